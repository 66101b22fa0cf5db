package client

import (
	"context"
	"time"

	"usher/gateway/wire"
)

// take acts on a frame of the server. An error ends the connection.
func (c *Client) take(l *link, f wire.ServerFrame) error {
	if f.ID != "" {
		return c.takeReply(l, f)
	}
	switch f.Type {
	case wire.TypeSeatGranted:
		return on(f, func(v wire.SeatGranted) { c.granted(v) })
	case wire.TypeSeatLost:
		return on(f, func(v wire.SeatLost) { c.lost(v) })
	case wire.TypeAccessChanged:
		return on(f, func(v wire.AccessChanged) {
			c.change(func(s *State) { s.Access = v.Access })
			c.emit(AccessChanged{v.Access})
		})
	case wire.TypeLicenseChanged:
		return on(f, func(v wire.LicenseChanged) {
			c.change(func(s *State) { s.License = v.License })
			c.emit(LicenseChanged{v.License})
		})
	case wire.TypeTokenExpiring:
		return on(f, func(v wire.TokenExpiring) { c.tokenExpiring(l, v) })
	case wire.TypeDraining:
		return on(f, func(v wire.Draining) { c.drain(l, v) })
	case wire.TypeBoardChanged:
		return c.boardChanged(l, f)
	case wire.TypeSnapshot:
		return on(f, func(v wire.Snapshot) { c.snapshot(v) })
	case wire.TypeError:
		return on(f, func(v wire.Error) { c.emit(ServerError{errorOf(v)}) })
	}
	return nil // of a later version
}

func on[T any](f wire.ServerFrame, do func(T)) error {
	v, err := read[T](f)
	if err == nil {
		do(v)
	}
	return err
}

func (c *Client) change(do func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(&c.state)
}

// takeReply notes what a reply says of the seat, whether or not its caller still waits, and passes it on.
func (c *Client) takeReply(l *link, f wire.ServerFrame) error {
	call := l.answered(f)
	if call == nil {
		return nil
	}
	if call.typ == wire.TypeHello {
		return c.takeHello(l, f)
	}
	if f.Type == wire.TypeOK && (call.typ == wire.TypeSeatTake || call.typ == wire.TypeSeatLeave) {
		if err := c.takeSeat(f); err != nil {
			close(call.reply)
			return err
		}
	}
	if call.typ == wire.TypeSync {
		c.synced(l, f)
	}
	call.reply <- f
	return nil
}

// takeSeat notes the seat of a reply. One without a state is no seat.
func (c *Client) takeSeat(f wire.ServerFrame) error {
	v, err := read[wire.SeatReply](f)
	if err != nil {
		return err
	}
	if v.Seat.State == "" {
		return errNoSeat
	}
	if c.opts.NoBoard {
		v.Seat.Holders = nil
	}
	c.change(func(s *State) { s.Seat = v.Seat })
	return nil
}

func (c *Client) takeHello(l *link, f wire.ServerFrame) error {
	switch f.Type {
	case wire.TypeWelcome:
		return on(f, func(w wire.Welcome) { c.welcomed(l, w) })
	case wire.TypeError:
		// The close frame that follows tells whether to come back.
		return on(f, func(e wire.Error) {
			l.said = errorOf(e)
			l.watchdog.Reset(lastWords)
		})
	}
	return errNoHello
}

func (c *Client) welcomed(l *link, w wire.Welcome) {
	l.began = c.opts.Now()
	l.silence = time.Duration(w.Limits.PingMS) * time.Millisecond * 5 / 2
	l.watchdog.Stop()
	if l.silence > 0 {
		l.watchdog = time.AfterFunc(l.silence, func() { l.cancel(errSilent) })
	}
	if c.opts.NoBoard {
		w.Board.Holders, w.Seat.Holders = nil, nil
	}
	c.mu.Lock()
	c.link = l
	if w.Resume != "" {
		c.resume = &w.Resume
	}
	c.state = State{
		Connected: true, Session: w.Session, Node: w.Node, Resumed: w.Resumed, License: w.License,
		Teammate: w.Teammate, Access: w.Access, Seat: w.Seat, Limits: w.Limits,
	}
	if w.Feeds.Board != nil {
		// Another node's replica may be behind what this client has seen; then its changes lead on from there.
		c.floor.replace(*w.Feeds.Board, w.Board)
	}
	c.mu.Unlock()
	c.emit(Welcomed{w})
}

// detach forgets a connection that is over.
func (c *Client) detach(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == l {
		c.link = nil
	}
	c.state.Connected = false
}

func (c *Client) granted(v wire.SeatGranted) {
	c.change(func(s *State) { s.Seat = v.Seat })
	c.emit(SeatGranted{v.Seat, v.Cause})
}

// staysAway has the reasons of a loss after which a client does not take again by itself.
var staysAway = map[string]bool{"freed": true, "left": true, "idle": true, "shrunk": true}

func (c *Client) lost(v wire.SeatLost) {
	c.mu.Lock()
	if c.state.Seat.State != wire.SeatHeld || c.state.Seat.Fence <= v.Fence { // else: of an earlier stay
		c.state.Seat = wire.Seat{State: wire.SeatNone}
		if staysAway[v.Reason] {
			c.ask = SeatNone
		}
	}
	c.mu.Unlock()
	c.emit(SeatLost{v})
}

func (c *Client) tokenExpiring(l *link, v wire.TokenExpiring) {
	c.emit(TokenExpiring{time.Duration(v.InMS) * time.Millisecond})
	l.wg.Go(func() {
		err := c.refresh(l.ctx, l)
		if l.ctx.Err() == nil {
			c.emit(TokenRefreshed{err})
		}
	})
}

func (c *Client) refresh(ctx context.Context, l *link) error {
	token, err := c.opts.Token(ctx)
	if err != nil {
		return err
	}
	_, err = c.request(ctx, l, wire.TypeTokenRefresh, wire.TokenRefresh{Token: token})
	return err
}

// drain comes back at the moment the server has chosen, so that not all its clients do at once.
func (c *Client) drain(l *link, v wire.Draining) {
	after := time.Duration(v.ReconnectAfterMS) * time.Millisecond
	first := l.draining.IsZero()
	l.draining = c.opts.Now().Add(after)
	c.emit(Draining{after})
	if !first {
		return
	}
	l.wg.Go(func() {
		if sleep(l.ctx, after) != nil {
			return
		}
		l.mu.Lock()
		l.leaving = true
		l.mu.Unlock()
		l.shut(wire.CloseGoingAway)
	})
}
