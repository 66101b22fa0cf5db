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
	c.opts.Trace.received(0, f)
	switch f.Type {
	case wire.TypeSeatGranted:
		return on(f, func(v wire.SeatGranted) { c.granted(v) })
	case wire.TypeSeatLost:
		return on(f, func(v wire.SeatLost) { c.lost(v) })
	case wire.TypeSeatSuspended:
		return on(f, func(v wire.SeatSuspension) { c.suspend(v.Fence) })
	case wire.TypeSeatRestored:
		return on(f, func(v wire.SeatRestored) {
			c.noteSeat(v.Seat)
			c.emit(SeatRestored{v.Seat})
		})
	case wire.TypeSeatWarned:
		return on(f, func(v wire.SeatWarned) { c.emit(SeatWarned{v.Fence, v.Reason, duration(v.DeadlineMS)}) })
	case wire.TypeSeatUnwarned:
		return on(f, func(v wire.SeatUnwarned) { c.emit(WarningWithdrawn{v.Fence}) })
	case wire.TypeSeatTicket:
		return on(f, func(v wire.SeatTicket) { c.ticketCame(v) })
	case wire.TypeWaitlist:
		return on(f, func(v wire.WaitlistChanged) { c.waitlistChanged(v) })
	case wire.TypeAskReceived:
		return on(f, func(v wire.AskReceived) { c.emit(AskReceived{v.Ask, v.Of, v.From, v.Note, duration(v.ExpiresMS)}) })
	case wire.TypeAskAnswered:
		return on(f, func(v wire.AskAnswered) { c.emit(AskAnswered{v.Ask, v.Outcome}) })
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
	case wire.TypeRosterChanged:
		return c.rosterChanged(l, f)
	case wire.TypeSnapshot:
		if c.opts.Traced {
			return on(bare(f), func(v bareSnapshot) { c.followSnapshot(v) })
		}
		return on(f, func(v wire.Snapshot) { c.snapshot(l, v) })
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

func duration(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// tellsSeat has the requests whose ok tells the seat.
var tellsSeat = map[string]bool{
	wire.TypeSeatTake: true, wire.TypeSeatWait: true, wire.TypeSeatUnwait: true, wire.TypeSeatLeave: true,
	wire.TypeSeatHandOver: true, wire.TypeSeatAnswer: true,
}

// takeReply notes what a reply says of the seat, whether or not its caller still waits, and passes it on.
func (c *Client) takeReply(l *link, f wire.ServerFrame) error {
	call := l.answered(f)
	if call == nil {
		return nil
	}
	c.opts.Trace.received(call.id, f)
	if call.typ == wire.TypeHello {
		return c.takeHello(l, f)
	}
	if f.Type == wire.TypeOK && tellsSeat[call.typ] {
		if err := c.takeSeat(f); err != nil {
			close(call.reply)
			return err
		}
	}
	if call.feed != "" {
		c.synced(l, call.feed, f)
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
	if c.opts.NoBoard || c.opts.Traced {
		v.Seat.Holders = nil
	}
	c.noteSeat(v.Seat)
	return nil
}

func (c *Client) takeHello(l *link, f wire.ServerFrame) error {
	switch f.Type {
	case wire.TypeWelcome:
		if c.opts.Traced {
			return on(bare(f), func(w bareWelcome) { c.welcomed(l, w.bare()) })
		}
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
		w.Board.Holders, w.Board.Waitlist, w.Seat.Holders = nil, nil, nil
	}
	if c.opts.NoRoster {
		w.Roster, w.Feeds.Roster = nil, nil
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
		c.board.replace(*w.Feeds.Board, w.Board)
	}
	if w.Feeds.Roster != nil && w.Roster != nil { // else it is to come in snapshots
		c.roster.replace(*w.Feeds.Roster, w.Roster)
	}
	c.heldBy(w.Seat)
	idle := c.idle
	c.mu.Unlock()
	if idle {
		l.wg.Go(func() { _ = c.SetIdle(l.ctx, true) }) // when it can't be told the connection is over
	}
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
	c.noteSeat(v.Seat)
	c.emit(SeatGranted{v.Seat, v.Cause})
}

// staysAway has the reasons of a loss after which a client does not take again by itself.
var staysAway = map[string]bool{
	"freed": true, "handed_over": true, "left": true, "idle": true, "shrunk": true,
	"logged_out_remotely": true, // the close that says to stay away may get lost
}

func (c *Client) lost(v wire.SeatLost) {
	c.mu.Lock()
	if !holds(c.state.Seat) || c.state.Seat.Fence <= v.Fence { // else: of an earlier stay
		c.state.Seat = wire.Seat{State: wire.SeatNone}
		c.heldBy(c.state.Seat)
		if staysAway[v.Reason] {
			c.ask = SeatNone
		}
	}
	c.mu.Unlock()
	c.emit(SeatLost{v})
}

// waitlistChanged notes the place. One that is gone was given up by the teammate elsewhere, or there is no line any more:
// the client does not wait again by itself.
func (c *Client) waitlistChanged(v wire.WaitlistChanged) {
	e := WaitlistChanged{Waiting: v.Waiting}
	c.mu.Lock()
	switch {
	case v.Place != nil:
		e.Place = *v.Place
		if c.state.Seat.State != wire.SeatWaiting {
			c.state.Seat = wire.Seat{State: wire.SeatWaiting}
			c.heldBy(c.state.Seat)
		}
		c.state.Seat.Place = e.Place
	case c.state.Seat.State == wire.SeatWaiting:
		c.state.Seat = wire.Seat{State: wire.SeatNone}
		c.ask = SeatNone
	}
	c.mu.Unlock()
	c.emit(e)
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
