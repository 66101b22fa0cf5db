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
	return c.seat(ctx, wire.TypeSeatTake)
}

// Leave gives the seat back and stays online. All other devices of the teammate lose it too. From now on the
// client does not ask for a seat when it reconnects, unless the server said no to the leave.
func (c *Client) Leave(ctx context.Context) error {
	before := c.setAsk(SeatNone)
	_, err := c.seat(ctx, wire.TypeSeatLeave)
	if _, no := errors.AsType[*Error](err); no {
		c.setAsk(before)
	}
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

// Sync asks for the whole board, which then comes as [BoardChanged].
func (c *Client) Sync(ctx context.Context) error {
	_, err := c.do(ctx, wire.TypeSync, wire.Sync{Feeds: []string{wire.FeedBoard}})
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

func (c *Client) seat(ctx context.Context, typ string) (wire.Seat, error) {
	f, err := c.do(ctx, typ, nil)
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
	call, err := l.send(typ, data)
	if err != nil {
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
