package loadtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"usher/gateway/client"
	"usher/gateway/wire"
)

// agent is one simulated agent app: a device of a teammate. It logs in and out, again and again; its client comes back by itself when
// a connection is lost.
type agent struct {
	run      *run
	id       Agent
	license  *license
	teammate *teammate
	random   *rand.Rand // of the client's back-off

	// When it did something last, and when it may choose a status again, since the run began; for who has it act.
	acted, chooses time.Duration

	mu      sync.Mutex
	client  *client.Client // nil: never logged in
	ending  context.CancelFunc
	ended   chan struct{} // closed when the client has come to its end
	entered chan struct{} // closed when it is welcomed first
	online  bool          // between the two
	dials   int
	socket  net.Conn // of the connection that was dialled last

	due      time.Duration // when the request that is being sent was due, since the run began; 0: when it is sent
	dialled  time.Duration
	lost     time.Duration // when the connection was lost that is to be had back; 0: none is
	wanted   bool          // with a seat
	expected bool          // the end of the connection: it is ours
	sent     []request

	call    uint32 // of the last request
	greeted bool   // a hello was sent on this connection
	up      bool   // and answered
	node    string
	seat    Seat
	board   *view // what it was shown of the board last; nil: that is not known
	roster  *view
	pieces  [][]byte // of a roster that is coming
	syncing bool
}

// request is one that was not answered yet.
type request struct {
	id   uint64 // on its connection
	call uint32
	op   Op
	at   time.Duration // when it was due
}

// errNotIn says that a login did not come to a welcome.
var errNotIn = errors.New("loadtest: the login came to nothing")

// start begins to log in with a client of its own, and returns at once. due is when that should have been. The agent must be
// offline.
func (a *agent) start(due time.Duration, ask client.Ask) error {
	r := a.run
	options := client.Options{
		URL:     r.target.base(0) + "/v1/agent",
		Token:   a.token,
		Device:  deviceNames[int(a.id.Device)%len(deviceNames)],
		Seat:    ask,
		OnEvent: a.happened,
		Trace:   &client.Trace{Sending: a.sending, Received: a.received},
		Traced:  true, NoRoster: !r.plan.Roster,
		HandshakeTimeout: patience, RequestTimeout: patience,
		Dial: a.dial,
		Rand: a.random.Float64,
	}
	c, err := client.New(options)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.living)
	a.mu.Lock()
	a.client, a.ending, a.due = c, cancel, due
	a.ended, a.entered = make(chan struct{}), make(chan struct{})
	a.online, a.expected, a.lost, a.wanted = true, false, 0, false
	ended := a.ended
	a.mu.Unlock()
	r.clients.Go(func() {
		defer close(ended)
		defer cancel()
		if err := c.Run(ctx); err != nil {
			r.meter.failed(codeOf(err))
		}
		a.mu.Lock()
		a.online = false
		a.mu.Unlock()
	})
	return nil
}

var deviceNames = []string{"web", "phone", "tablet", "desktop"}

// codeOf names the error that a client ended with.
func codeOf(err error) string {
	if closed, ok := errors.AsType[*client.CloseError](err); ok {
		return "close_" + closed.Code.Reason()
	}
	if said, ok := errors.AsType[*client.Error](err); ok {
		return said.Code
	}
	return "client"
}

// enter logs in and waits for the welcome.
func (a *agent) enter(ctx context.Context, due time.Duration, ask client.Ask) error {
	if err := a.start(due, ask); err != nil {
		return err
	}
	return a.await(ctx)
}

// await waits until the agent is welcomed.
func (a *agent) await(ctx context.Context) error {
	a.mu.Lock()
	entered, ended := a.entered, a.ended
	a.mu.Unlock()
	select {
	case <-entered:
		return nil
	case <-ended:
		return errNotIn
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// token is for one connection.
func (a *agent) token(context.Context) (string, error) {
	if a.teammate.token != "" {
		return a.teammate.token, nil
	}
	return a.run.signer.sign(a.license.id, a.teammate.id, a.run.clock(), a.run.ttl)
}

// dial connects to a node: colleagues to different ones, and who comes back to the next one.
func (a *agent) dial(ctx context.Context, _ string, o *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	a.mu.Lock()
	node := int(a.id.Teammate+a.id.Device) + a.dials
	a.dials++
	a.dialled = a.run.now()
	a.greeted = false
	a.mu.Unlock()
	conn, res, socket, err := a.run.dialer.dial(ctx, a.run.target.base(node)+"/v1/agent", o)
	a.mu.Lock()
	a.socket = socket
	a.mu.Unlock()
	return conn, res, err
}

// isUp tells whether the agent is welcomed on a connection that stands.
func (a *agent) isUp() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.up
}

// isAway tells whether a connection that was lost is to be had back, with the seat.
func (a *agent) isAway() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost > 0
}

func (a *agent) isOnline() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.online
}

// holds is the agent's seat as it was told last.
func (a *agent) holds() Seat {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seat
}

// cut ends the connection without a word, as a network does that fails. The client comes back. due is when that should have been.
func (a *agent) cut(due time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.up || a.lost > 0 {
		return
	}
	a.lost, a.wanted, a.expected = due, a.seat.State == SeatHeld, true
	_ = a.socket.Close()
}

// ask does a request. Its answer is told by the trace; here it is only waited for.
func (a *agent) ask(due time.Duration, do func(*client.Client) error) {
	a.mu.Lock()
	c := a.client
	a.due = due
	a.mu.Unlock()
	if c == nil {
		return
	}
	err := do(c)
	a.mu.Lock()
	a.due = 0 // where it was never sent
	a.mu.Unlock()
	if errors.Is(err, context.DeadlineExceeded) {
		a.run.meter.failed("timeout")
	}
}

// leave gives the seat back and stays; logOut gives it back and goes.
func (a *agent) leave(ctx context.Context, due time.Duration) {
	a.ask(due, func(c *client.Client) error { return c.Leave(ctx) })
}

func (a *agent) take(ctx context.Context, due time.Duration) {
	a.ask(due, func(c *client.Client) error { _, err := c.Take(ctx); return err })
}

func (a *agent) wait(ctx context.Context, due time.Duration) {
	a.ask(due, func(c *client.Client) error { _, err := c.Wait(ctx); return err })
}

func (a *agent) unwait(ctx context.Context, due time.Duration) {
	a.ask(due, func(c *client.Client) error { _, err := c.Unwait(ctx); return err })
}

func (a *agent) handOver(ctx context.Context, due time.Duration, to *agent) {
	a.ask(due, func(c *client.Client) error { return c.HandOver(ctx, to.teammate.id) })
}

func (a *agent) setIdle(ctx context.Context, due time.Duration, idle bool) {
	a.ask(due, func(c *client.Client) error { return c.SetIdle(ctx, idle) })
}

// choosesEvery is how often a teammate's device may choose a status without being told to slow down.
const choosesEvery = time.Second

// maySetStatus tells whether the agent has not chosen a status just now.
func (a *agent) maySetStatus() bool { return a.run.now() >= a.chooses }

func (a *agent) setStatus(ctx context.Context, due time.Duration, status string) {
	a.chooses = a.run.now() + choosesEvery
	note := a.license.notes.Add(1)
	a.ask(due, func(c *client.Client) error {
		_, err := c.SetStatus(ctx, status, nil, noteText(note))
		return err
	})
}

// logOut logs out, and waits until the client has come to its end.
func (a *agent) logOut(ctx context.Context, due time.Duration) {
	a.mu.Lock()
	a.expected = true
	ended := a.ended
	a.mu.Unlock()
	a.ask(due, func(c *client.Client) error { return c.Logout(ctx) })
	if ended != nil {
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
}

// stop ends the client, without logging out.
func (a *agent) stop() {
	a.mu.Lock()
	a.expected = true
	end := a.ending
	a.mu.Unlock()
	if end != nil {
		end()
	}
}

// statuses are those that are chosen: an invisible teammate looks to each colleague like another one than to themselves.
var statuses = []string{wire.StatusOnline, wire.StatusAway, wire.StatusBusy}
