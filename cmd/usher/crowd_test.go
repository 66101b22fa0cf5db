package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"usher/internal/redistest"
)

// worker is one teammate's agent app, as a client author would write it from the wire's document alone: it acts on
// its seat by showing its newest ticket to the backend, until it is told not to, or the ticket is over.
type worker struct {
	crowd    *crowd
	teammate string
	token    string
	random   *rand.Rand
	stays    bool   // never leaves: it must never lose its seat
	url      string // of the node to connect to; "": any

	mu     sync.Mutex
	ticket string // shown to the backend; "": none
	until  time.Time
	fence  int64 // of the seat held; 0: none
	first  int64 // the first fence held
	place  int   // in the waitlist; 0: does not wait
	lost   []string
	ws     *websocket.Conn
	resume string
	ended  chan struct{} // closed when the connection is
	heard  chan message  // gets all that is told; nil: nothing does
}

// crowd is many workers on one license.
type crowd struct {
	t       testing.TB
	home    *process // whose API is asked
	backend *backend
	urls    []string
	license string
	to      []string // teammates to whom a seat may be offered
	workers sync.WaitGroup

	granted, waited, handed, resumed atomic.Int64
}

// message is a frame of the server.
type message struct {
	ID   string
	Type string
	Data struct {
		Seat   *seatShown
		Ticket string
		TTL    int64 `json:"ticket_ttl_ms"`
		Resume string
		Reason string
		Fence  int64
		Place  *int
	}
}

type seatShown struct {
	State  string
	Number int
	Fence  int64
	Ticket string
	TTL    int64 `json:"ticket_ttl_ms"`
	Code   string
	Place  int
}

// act shows the ticket to the backend again and again.
func (w *worker) act(ctx context.Context) {
	for ctx.Err() == nil {
		w.show()
		pause(ctx, 100*time.Millisecond)
	}
}

// show acts once. It holds the lock: once the app knows that its seat is gone it does nothing more on it.
func (w *worker) show() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ticket != "" && time.Now().After(w.until) { // a good app stops by itself
		w.ticket = ""
	}
	if w.ticket != "" {
		w.crowd.backend.accept(w.ticket)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// connect logs in and returns when welcomed, or tells that this did not work.
func (w *worker) connect(ctx context.Context) bool {
	dial, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	url := w.url
	if url == "" {
		url = w.crowd.urls[w.random.IntN(len(w.crowd.urls))]
	}
	ws, res, err := websocket.Dial(dial, url+"/v1/agent", &websocket.DialOptions{Subprotocols: []string{"usher.v1"}})
	if err != nil {
		return false
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	ws.SetReadLimit(4 << 20)
	w.mu.Lock()
	w.ws, w.ended = ws, make(chan struct{})
	resume := w.resume
	w.mu.Unlock()
	hello := map[string]any{"token": w.token, "seat": "wait", "ticket": true, "roster": "none"}
	if resume != "" {
		hello["resume"] = resume
	}
	welcomed := make(chan bool, 1)
	go w.read(ctx, ws, w.ended, welcomed)
	if w.send(ctx, "hello", hello) != nil {
		return false
	}
	select {
	case ok := <-welcomed:
		return ok
	case <-dial.Done():
		_ = ws.CloseNow()
		<-w.ended
		return false
	}
}

func (w *worker) send(ctx context.Context, typ string, data any) error {
	frame, err := json.Marshal(map[string]any{"id": fmt.Sprint(w.random.Int64()), "type": typ, "data": data})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return w.ws.Write(ctx, websocket.MessageText, frame)
}

// read takes what the server says until the connection ends.
func (w *worker) read(ctx context.Context, ws *websocket.Conn, ended chan struct{}, welcomed chan bool) {
	defer close(ended)
	for {
		_, raw, err := ws.Read(ctx)
		if err != nil {
			select {
			case welcomed <- false:
			default:
			}
			return
		}
		var m message
		if json.Unmarshal(raw, &m) == nil {
			w.told(m)
			if w.heard != nil {
				w.heard <- m
			}
		}
		if m.Type == "welcome" {
			welcomed <- true
		}
	}
}

// told takes a frame.
func (w *worker) told(m message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.Data.Resume != "" {
		w.resume = m.Data.Resume
	}
	switch m.Type {
	case "seat.lost":
		if m.Data.Fence == w.fence {
			w.fence, w.ticket = 0, ""
		}
		w.lost = append(w.lost, m.Data.Reason)
	case "seat.suspended":
		w.ticket = ""
	case "waitlist.changed":
		w.place = 0
		if m.Data.Place != nil {
			w.place = *m.Data.Place
		}
	case "seat.ticket":
		w.tickets(m.Data.Ticket, m.Data.TTL)
	}
	if s := m.Data.Seat; s != nil {
		w.seated(*s)
	}
}

func (w *worker) seated(s seatShown) {
	w.place = s.Place
	if s.State == "waiting" {
		w.crowd.waited.Add(1)
	}
	switch s.State {
	case "held":
		if w.fence != s.Fence {
			w.crowd.granted.Add(1)
		} else {
			w.crowd.resumed.Add(1)
		}
		w.fence = s.Fence
		if w.first == 0 {
			w.first = s.Fence
		}
		w.tickets(s.Ticket, s.TTL)
	case "none":
		w.fence, w.ticket = 0, ""
	case "refused", "waiting":
		if s.Code != "unavailable" { // else nothing is known: the ticket is good until it is over
			w.fence, w.ticket = 0, ""
		}
	}
}

func (w *worker) tickets(ticket string, ttl int64) {
	if ticket == "" || w.fence == 0 {
		return
	}
	w.ticket, w.until = ticket, time.Now().Add(time.Duration(ttl)*time.Millisecond)
}

func (w *worker) holds() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fence
}

// live is the life of a worker until ctx ends: coming, waiting, working, going in one way or another.
func (w *worker) live(ctx context.Context) {
	defer w.crowd.workers.Done()
	acting := make(chan struct{})
	go func() {
		defer close(acting)
		w.act(ctx)
	}()
	for ctx.Err() == nil {
		if !w.connect(ctx) {
			pause(ctx, 100*time.Millisecond+time.Duration(w.random.Int64N(int64(400*time.Millisecond))))
			continue
		}
		w.attend(ctx)
		_ = w.ws.CloseNow()
		<-w.ended
	}
	<-acting
}

// attend is the life of one connection.
func (w *worker) attend(ctx context.Context) {
	for ctx.Err() == nil {
		work := time.NewTimer(300*time.Millisecond + time.Duration(w.random.Int64N(int64(3*time.Second))))
		select {
		case <-ctx.Done():
			return
		case <-w.ended:
			return // the app comes back with its resume key
		case <-work.C:
		}
		if w.stays || !w.part(ctx) {
			continue
		}
		return
	}
}

// part does one of the things that a teammate may do, and tells whether the connection is over with it.
func (w *worker) part(ctx context.Context) bool {
	switch w.random.IntN(10) {
	case 0, 1: // give the seat or the place back, stay online, and ask again later
		w.quit()
		typ := "seat.leave"
		if w.holds() == 0 {
			typ = "seat.unwait"
		}
		_ = w.send(ctx, typ, nil)
		pause(ctx, time.Duration(w.random.Int64N(int64(2*time.Second))))
		_ = w.send(ctx, "seat.wait", nil)
	case 2, 3:
		w.quit()
		_ = w.send(ctx, "logout", nil)
		select {
		case <-w.ended:
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
		w.mu.Lock()
		w.resume = ""
		w.mu.Unlock()
		pause(ctx, time.Duration(w.random.Int64N(int64(2*time.Second))))
		return true
	case 4, 5, 6: // the train goes into a tunnel: the app acts on until its ticket is over
		_ = w.ws.CloseNow()
		pause(ctx, time.Duration(w.random.Int64N(int64(4*time.Second))))
		return true
	case 7:
		to := w.crowd.to[w.random.IntN(len(w.crowd.to))]
		if w.holds() != 0 && to != w.teammate {
			w.crowd.handed.Add(1)
			w.quit() // whatever becomes of it
			_ = w.send(ctx, "seat.hand_over", map[string]any{"to": to})
			pause(ctx, time.Second)
			_ = w.send(ctx, "seat.wait", nil) // whose answer has the ticket, if the seat was kept
		}
	}
	return false
}

// quit stops acting: whoever gives a seat back does not go on as if it was theirs.
func (w *worker) quit() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ticket = ""
}

// TestPromise2_NobodyTooManyThroughPausesFailoverAndLoss lets two hundred agents come and go on two nodes, in front of
// a backend that believes tickets alone, while a node stands still for longer than its lease, Redis fails over to a
// replica, and Redis loses all it has. Never are more accepted than there are seats, no fence is given twice, and
// those who held a seat and stayed connected have it still.
func TestPromise2_NobodyTooManyThroughPausesFailoverAndLoss(t *testing.T) {
	const (
		seatCap  = 30
		stayers  = 10
		comers   = 190
		settling = 12 * time.Second // after each fault
	)
	failover := startReplicated(t)
	one, two := startTwo(t, failover.URL(), "--lease", "2s", "--ticket-ttl", "2s", "--grace", "12s", "--drain", "0s")
	c := newCrowd(t, []*process{one, two}, seatCap, stayers+comers)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()

	all := c.hire(stayers + comers)
	for _, w := range all[:stayers] {
		w.stays = true
		c.start(ctx, w)
	}
	until(t, "those who stay have their seats", func() bool {
		return !slices.ContainsFunc(all[:stayers], func(w *worker) bool { return w.holds() == 0 })
	})
	for _, w := range all[stayers:] {
		c.start(ctx, w)
	}
	until(t, "all seats are taken once", func() bool { return c.granted.Load() >= seatCap })

	t.Log("a node stands still for longer than its lease")
	two.pause()
	time.Sleep(4 * time.Second)
	two.resume()
	time.Sleep(settling)

	t.Log("Redis fails over to a replica")
	failover.Promote(t)
	time.Sleep(settling)

	t.Log("Redis loses all it has")
	failover.Forget(t)
	time.Sleep(settling)

	for _, w := range all[:stayers] {
		w.check(t)
	}
	stop()
	c.workers.Wait()
	c.backend.check(t, seatCap, seatCap)
	for _, w := range all[stayers:] {
		if i := slices.IndexFunc(w.lost, func(r string) bool { return !strings.HasPrefix(r, "left") && r != "handed_over" }); i >= 0 {
			t.Errorf("%s was connected and lost a seat: %s", w.teammate, w.lost)
		}
	}
	t.Logf("%d grants, %d waits, %d hand-overs tried, %d times back to the same seat",
		c.granted.Load(), c.waited.Load(), c.handed.Load(), c.resumed.Load())
}

// TestPromise6_OneLineOverTwoNodes: five who wait on two nodes are served in their order, each in the step in which
// the one before leaves, and each knows the place meanwhile.
func TestPromise6_OneLineOverTwoNodes(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, redistest.Start(t).URL())
	c := newCrowd(t, []*process{one, two}, 1, 6)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	all := c.hire(6)
	for i, w := range all {
		w.url = c.urls[i%2]
		if !w.connect(ctx) {
			t.Fatalf("%s was not let in", w.teammate)
		}
		if i > 0 && w.placed() != i {
			t.Fatalf("%s has place %d, want %d", w.teammate, w.placed(), i)
		}
	}
	for i, w := range all {
		until(t, w.teammate+" holds the seat", func() bool { return w.holds() != 0 })
		for n, other := range all[i+1:] {
			if other.holds() != 0 {
				t.Fatalf("%s passed %s", other.teammate, w.teammate)
			}
			until(t, other.teammate+" is told the place", func() bool { return other.placed() == n+1 })
		}
		if err := w.send(ctx, "logout", nil); err != nil {
			t.Fatal(err)
		}
		<-w.ended
	}
}

func (w *worker) placed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.place
}

// check fails unless the worker holds the seat that it had first, and never lost it.
func (w *worker) check(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fence != w.first || len(w.lost) > 0 {
		t.Errorf("%s stayed connected, had fence %d and has %d; lost: %v", w.teammate, w.first, w.fence, w.lost)
	}
}

// startReplicated starts a Redis with two replicas under a Sentinel, which acknowledges nothing that no replica has.
func startReplicated(t testing.TB) *redistest.Failover {
	t.Helper()
	return redistest.StartFailover(t, 2, "--min-replicas-to-write", "1", "--min-replicas-max-lag", "1")
}

func flushAll(t testing.TB, s *redistest.Server) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Addr()})
	defer client.Close()
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
}

// pause stops the process without ending it, and resume lets it go on.
func (p *process) pause()  { p.signal(syscall.SIGSTOP) }
func (p *process) resume() { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func newCrowd(t testing.TB, ps []*process, seatCap, size int) *crowd {
	t.Helper()
	c := &crowd{t: t, home: ps[0], backend: newBackend(ps[0].url + "/.well-known/jwks.json")}
	for _, p := range ps {
		c.urls = append(c.urls, p.url)
	}
	teammates := make([]map[string]any, size)
	for i := range teammates {
		id := fmt.Sprintf("tm_%03d", i)
		c.to = append(c.to, id)
		teammates[i] = map[string]any{
			"id": id, "email": id + "@example.com", "name": id, "operator": true, "administrator": false,
		}
	}
	status, answer := ps[0].call(ps[0].demo.APIKey, "POST", "/v1/licenses", map[string]any{
		"name": "Crowd", "cap": seatCap, "teammates": teammates, "policy": map[string]any{"hand_over": "anyone"},
	})
	if status != 201 {
		t.Fatalf("%d %v", status, answer)
	}
	c.license, _ = answer["id"].(string)
	return c
}

// hire makes workers for the first teammates, each with a token.
func (c *crowd) hire(n int) []*worker {
	c.t.Helper()
	workers := make([]*worker, n)
	for i := range workers {
		path := fmt.Sprintf("/v1/licenses/%s/teammates/%s/tokens", c.license, c.to[i])
		status, answer := c.home.call(c.home.demo.APIKey, "POST", path, nil)
		token, _ := answer["token"].(string)
		if status != 201 || token == "" {
			c.t.Fatalf("%d %v", status, answer)
		}
		workers[i] = &worker{crowd: c, teammate: c.to[i], token: token, random: rand.New(rand.NewPCG(1, uint64(i)))}
	}
	return workers
}

func (c *crowd) start(ctx context.Context, w *worker) {
	c.workers.Add(1)
	go w.live(ctx)
}
