package client

import (
	"time"

	"usher/gateway/wire"
)

// ticket is the latest one, with the time from which on it proves nothing. Guarded by the client's mu.
type ticket struct {
	token string // "": there is none
	fence int64
	until time.Time
	timer *time.Timer
}

func (t *ticket) isOver(now time.Time) bool { return t.token != "" && !now.Before(t.until) }

func (t *ticket) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}

// holds tells whether a seat is the teammate's, whether or not it may be acted on.
func holds(s wire.Seat) bool { return s.State == wire.SeatHeld || s.State == wire.SeatSuspended }

// suspended is the seat as one that is not to be acted on.
func suspended(s wire.Seat) wire.Seat {
	if s.State == wire.SeatHeld {
		s.State, s.Ticket, s.TicketTTLMS = wire.SeatSuspended, "", 0
	}
	return s
}

// Ticket returns what proves the seat to an inbox backend now, and for how long yet. False: there is none, because no
// seat is held, it is suspended, the ticket's time is over, or Options.Tickets was not set.
func (c *Client) Ticket() (token string, left time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left = c.ticket.until.Sub(c.opts.Now())
	if c.ticket.token == "" || left <= 0 || c.state.Seat.State != wire.SeatHeld {
		return "", 0, false
	}
	return c.ticket.token, left, true
}

// noteSeat takes what the server tells of the seat.
func (c *Client) noteSeat(s wire.Seat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Seat = s
	c.heldBy(s)
}

// heldBy takes the ticket of a seat that was noted, or that there is none. A held seat that is told without one goes on
// with the one before. The caller holds mu.
func (c *Client) heldBy(s wire.Seat) {
	if s.State == wire.SeatHeld && s.Ticket == "" && s.Fence == c.ticket.fence {
		return
	}
	c.ticket.stop()
	c.ticket = ticket{}
	if s.State == wire.SeatHeld && s.Ticket != "" {
		c.keepTicket(s.Fence, s.Ticket, duration(s.TicketTTLMS))
	}
}

// keepTicket notes a ticket, which is over after ttl. The caller holds mu.
func (c *Client) keepTicket(fence int64, token string, ttl time.Duration) {
	c.ticket.stop()
	c.ticket = ticket{token: token, fence: fence, until: c.opts.Now().Add(ttl)}
	c.ticket.timer = time.AfterFunc(ttl, func() { c.ticketOver(token) })
}

// ticketOver stops acting on a seat whose ticket's time is over.
func (c *Client) ticketOver(token string) {
	c.mu.Lock()
	over := c.ticket.token == token && c.state.Seat.State == wire.SeatHeld && c.stop != nil
	fence := c.ticket.fence
	if over {
		c.state.Seat = suspended(c.state.Seat)
	}
	c.mu.Unlock()
	if over {
		c.emit(SeatSuspended{fence})
	}
}

// ticketCame takes another ticket. A seat that was suspended only because the ticket before was over is restored by it.
func (c *Client) ticketCame(v wire.SeatTicket) {
	c.mu.Lock()
	if !holds(c.state.Seat) || c.ticket.token == "" && c.state.Seat.State == wire.SeatSuspended {
		c.mu.Unlock()
		return // of a seat that is lost, or that the server is still to restore
	}
	restored := c.state.Seat.State == wire.SeatSuspended || c.ticket.isOver(c.opts.Now())
	c.keepTicket(c.state.Seat.Fence, v.Ticket, duration(v.TicketTTLMS))
	c.state.Seat.State, c.state.Seat.Ticket, c.state.Seat.TicketTTLMS = wire.SeatHeld, v.Ticket, v.TicketTTLMS
	seat := c.state.Seat
	c.mu.Unlock()
	c.emit(TicketRenewed{v.Ticket, duration(v.TicketTTLMS)})
	if restored {
		c.emit(SeatRestored{seat})
	}
}

// suspend stops acting on a seat because the server says so.
func (c *Client) suspend(fence int64) {
	c.mu.Lock()
	if c.state.Seat.Fence == fence {
		c.state.Seat = suspended(c.state.Seat)
		c.ticket.stop()
		c.ticket = ticket{}
	}
	c.mu.Unlock()
	c.emit(SeatSuspended{fence})
}
