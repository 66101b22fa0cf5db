package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway/wire"
)

// Requests have errors in common: [ErrNotConnected] (nothing was sent), [ErrUnknownOutcome] (no reply came: the
// connection was lost, or time was up), [*Error] (the server said no).

// Take asks for a seat. A refusal is an answer and no error: see the seat's State. From now on the client asks
// for a seat whenever it reconnects, until the seat is left or taken away.
func (c *Client) Take(ctx context.Context) (wire.Seat, error) {
	c.setAsk(SeatAuto)
	return c.seat(ctx, wire.TypeSeatTake, nil)
}

// Wait asks for a seat, or else for a place in line. See the seat's State: it is refused where there is no line. From
// now on the client asks for the same whenever it reconnects, until the seat or the place is left or taken away.
func (c *Client) Wait(ctx context.Context) (wire.Seat, error) {
	c.setAsk(SeatWait)
	return c.seat(ctx, wire.TypeSeatWait, nil)
}

// Unwait gives the place in line up and stays online; so do all other devices of the teammate. When it has become a
// seat already, that is held, as the returned Seat says. From now on the client does not ask for a seat or a place when
// it reconnects, unless the server said no or it holds a seat.
func (c *Client) Unwait(ctx context.Context) (wire.Seat, error) {
	before := c.setAsk(SeatNone)
	seat, err := c.seat(ctx, wire.TypeSeatUnwait, nil)
	if _, no := errors.AsType[*Error](err); no || holds(seat) {
		c.setAsk(before)
	}
	return seat, err
}

// Leave gives the seat, or the place in line, back and stays online. All other devices of the teammate lose it too. From
// now on the client does not ask for a seat when it reconnects, unless the server said no to the leave.
func (c *Client) Leave(ctx context.Context) error {
	_, err := c.give(ctx, wire.TypeSeatLeave, nil)
	return err
}

// HandOver gives the seat to a colleague who is connected and has asked for one. All other devices of the teammate lose
// it too. From now on the client does not ask for a seat when it reconnects, unless the server said no: the codes of the
// [*Error] are those of seat.hand_over.
func (c *Client) HandOver(ctx context.Context, to string) error {
	_, err := c.give(ctx, wire.TypeSeatHandOver, wire.HandOver{To: to})
	return err
}

// give gives the seat away.
func (c *Client) give(ctx context.Context, typ string, data any) (wire.Seat, error) {
	before := c.setAsk(SeatNone)
	seat, err := c.seat(ctx, typ, data)
	if _, no := errors.AsType[*Error](err); no {
		c.setAsk(before)
	}
	return seat, err
}

// Ask asks a colleague for their seat, or the administrators for more seats where of is "". What became of it comes as
// [AskAnswered], and a colleague's seat as [SeatGranted]. What more seats the administrators add is for who waits, or takes.
func (c *Client) Ask(ctx context.Context, of, note string) (wire.AskMade, error) {
	f, err := c.do(ctx, wire.TypeSeatAsk, wire.Ask{Of: of, Note: note})
	if err != nil {
		return wire.AskMade{}, err
	}
	return read[wire.AskMade](f)
}

// Answer answers an ask that was received. Accepting one for the teammate's seat is handing over. One to the administrators
// leaves the seat as it is; the first answer of one of them counts. The returned Seat is what is had then.
func (c *Client) Answer(ctx context.Context, asked AskReceived, accept bool) (wire.Seat, error) {
	data := wire.Answer{Ask: asked.Ask, Accept: &accept}
	if accept && asked.Of != "" {
		return c.give(ctx, wire.TypeSeatAnswer, data)
	}
	return c.seat(ctx, wire.TypeSeatAnswer, data)
}

// SetRouting tells whether the holder of the seat gets new chats: wire.AcceptingChats or wire.NotAcceptingChats. It
// belongs to the seat, and ends with it.
func (c *Client) SetRouting(ctx context.Context, routing string) error {
	_, err := c.do(ctx, wire.TypeRoutingSet, wire.Routing{Routing: routing})
	return err
}

// SetStatus chooses the teammate's status, on all devices: wire.StatusOnline, StatusAway, StatusBusy or StatusInvisible, with
// a note for colleagues. At until the one before holds again; nil: for good. The returned entry is how the teammate sees
// themselves from now on. The server keeps it: it need not be told again on another connection.
func (c *Client) SetStatus(ctx context.Context, status string, until *time.Time, note string) (wire.Entry, error) {
	data := wire.SetStatus{Status: status, Note: note}
	if until != nil {
		data.Until = new(wire.Time(*until))
	}
	f, err := c.do(ctx, wire.TypeStatusSet, data)
	if err != nil {
		return wire.Entry{}, err
	}
	v, err := read[wire.StatusReply](f)
	return v.Entry, err
}

// SetIdle tells whether nobody works at the device any more. Call it when that changes. What was told last is told
// again on each new connection, whose server takes a device for active.
func (c *Client) SetIdle(ctx context.Context, idle bool) error {
	c.mu.Lock()
	c.idle = idle
	c.mu.Unlock()
	_, err := c.do(ctx, wire.TypeActivity, wire.Activity{Idle: &idle})
	return err
}

// Explain asks what a take would be answered now, and takes nothing.
func (c *Client) Explain(ctx context.Context) (wire.Explain, error) {
	f, err := c.do(ctx, wire.TypeSeatExplain, nil)
	if err != nil {
		return wire.Explain{}, err
	}
	return read[wire.Explain](f)
}

// Sync asks for the whole board and the whole roster, which then come as [BoardChanged] and [RosterChanged].
func (c *Client) Sync(ctx context.Context) error {
	_, err := c.do(ctx, wire.TypeSync, wire.Sync{Feeds: []string{wire.FeedBoard, wire.FeedRoster}})
	return err
}

// RefreshToken asks Options.Token for a token and replaces that of the connection by it.
func (c *Client) RefreshToken(ctx context.Context) error {
	l, err := c.connected()
	if err != nil {
		return err
	}
	return c.refresh(ctx, l)
}

// Logout ends the session, which gives the seat back at once unless another device uses it, and ends Run. Run
// ends even when the client is not connected or no reply comes; the seat is then given back when its grace is
// over. Only after an [*Error] all goes on as before.
func (c *Client) Logout(ctx context.Context) error {
	c.mu.Lock()
	c.leave = true
	l, stop := c.link, c.stop
	c.mu.Unlock()
	if l == nil {
		if stop != nil {
			stop()
		}
		return ErrNotConnected
	}
	_, err := c.request(ctx, l, wire.TypeLogout, nil)
	var no *Error
	switch {
	case err == nil:
		c.mu.Lock()
		c.resume = nil // there is nothing left to resume
		c.mu.Unlock()
		time.AfterFunc(closeTimeout, stop) // for a server that does not close the connection after its ok
	case errors.As(err, &no):
		c.mu.Lock()
		c.leave = false
		c.mu.Unlock()
	default:
		stop()
	}
	return err
}

func (c *Client) setAsk(a Ask) (before Ask) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, c.ask = c.ask, a
	return before
}

func (c *Client) seat(ctx context.Context, typ string, data any) (wire.Seat, error) {
	f, err := c.do(ctx, typ, data)
	if err != nil {
		return wire.Seat{}, err
	}
	v, err := read[wire.SeatReply](f)
	return v.Seat, err
}

func (c *Client) connected() (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == nil {
		return nil, ErrNotConnected
	}
	return c.link, nil
}

func (c *Client) do(ctx context.Context, typ string, data any) (wire.ServerFrame, error) {
	l, err := c.connected()
	if err != nil {
		return wire.ServerFrame{}, err
	}
	return c.request(ctx, l, typ, data)
}

// request sends a request and waits for its reply.
func (c *Client) request(ctx context.Context, l *link, typ string, data any) (wire.ServerFrame, error) {
	if err := ctx.Err(); err != nil {
		return wire.ServerFrame{}, fmt.Errorf("%w: %w", ErrNotConnected, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.RequestTimeout)
	defer cancel()
	call := newCall(typ)
	if err := l.send(call, data); err != nil {
		return wire.ServerFrame{}, err
	}
	select {
	case f, ok := <-call.reply:
		if !ok {
			return wire.ServerFrame{}, ErrUnknownOutcome
		}
		if f.Type == wire.TypeError {
			e, err := read[wire.Error](f)
			if err != nil {
				return wire.ServerFrame{}, errors.Join(ErrUnknownOutcome, err)
			}
			return wire.ServerFrame{}, errorOf(e)
		}
		return f, nil
	case <-ctx.Done():
		return wire.ServerFrame{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, ctx.Err())
	}
}
