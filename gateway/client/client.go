package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"usher/gateway/wire"
)

// Client is one teammate's connection from one device. Its methods are safe for concurrent use. Make it with
// [New].
type Client struct {
	opts Options

	events sync.Mutex // one event at a time

	mu     sync.Mutex
	stop   context.CancelFunc // ends Run; nil: it does not run
	leave  bool               // a logout ends Run, however it is answered
	ask    Ask                // what the next connection asks for
	resume *string            // of the last welcome
	link   *link              // the connection, once welcomed
	state  State
	board  board
	roster roster
	ticket ticket
	idle   bool // nobody works at the device, as was told last
}

// State is what the server last told. After a connection is lost it stands as it was, with Connected false.
type State struct {
	Connected bool
	Session   string
	Node      string
	Resumed   bool // the connection continues an earlier session
	License   wire.License
	Teammate  wire.Teammate
	Access    wire.Access
	Seat      wire.Seat // the zero Seat before the first welcome; suspended when its ticket's time is over
	Limits    wire.Limits
}

// New makes a client. Errors: options that can't be meant.
func New(o Options) (*Client, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	return &Client{opts: o, ask: o.Seat}, nil
}

// State returns what the server last told.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	if c.ticket.isOver(c.opts.Now()) {
		s.Seat = suspended(s.Seat)
	}
	return s
}

// Board returns a copy of the license's board, holders by number and the waitlist in its order, and its position in the feed. The position is
// zero before the first welcome.
func (c *Client) Board() (wire.Board, wire.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.board.whole(), c.board.at
}

// Roster returns a copy of the license's roster, by teammate, and its position in the feed. The position is zero before the
// roster has come, which may be after the first welcome: [RosterChanged] tells.
func (c *Client) Roster() ([]wire.Entry, wire.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.roster.whole(), c.roster.at
}

// Run connects and stays connected until ctx ends or [Client.Logout] was called, and returns nil then. Errors:
// [*CloseError] when the server sent the client away for good, [*Error] when it refused hello as wrong, the
// error of Options.Token when it wraps [ErrGiveUp], [ErrRunning].
func (c *Client) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	if c.stop != nil {
		c.mu.Unlock()
		return ErrRunning
	}
	c.stop, c.leave = stop, false
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.stop = nil
		c.ticket.stop()
		c.mu.Unlock()
	}()

	var back backoff
	for {
		end := c.connect(ctx)
		final, err := c.judge(end)
		if ctx.Err() != nil { // whatever the connection ended with
			final, err = true, nil
		}
		if final {
			c.emit(Disconnected{Code: end.code, Err: end.err})
			return err
		}
		if end.lived >= stable {
			back.reset()
		}
		delay := max(end.retryAfter, 0)
		if !end.drained {
			delay = back.next(c.opts.Rand(), end.retryAfter)
		}
		c.emit(Disconnected{Code: end.code, Err: end.err, Reconnect: true, In: delay})
		if c.opts.Sleep(ctx, delay) != nil {
			return nil
		}
	}
}

// ending is how a connection came to its end, or why there was none.
type ending struct {
	code       wire.CloseCode
	reason     string
	err        error         // nil after an orderly close
	said       *Error        // what the server answered hello with
	lived      time.Duration // from the welcome on
	retryAfter time.Duration // what the server asked to wait at least
	drained    bool          // the server has chosen the moment to come back: no back-off
}

// judge decides whether Run ends, and with what.
func (c *Client) judge(end ending) (final bool, err error) {
	c.mu.Lock()
	leave := c.leave
	c.mu.Unlock()
	if leave || end.code == wire.CloseLoggedOut {
		return true, nil
	}
	switch {
	case errors.Is(end.err, ErrGiveUp), errors.Is(end.err, errProtocol):
		return true, end.err
	case end.code == wire.CloseAbnormal && end.said != nil && !end.said.Retryable:
		return true, end.said
	case !end.code.Reconnect():
		return true, &CloseError{Code: end.code, Reason: end.reason, Said: end.said}
	}
	return false, nil
}

func (c *Client) emit(e Event) {
	c.events.Lock()
	defer c.events.Unlock()
	c.opts.OnEvent(e)
}
