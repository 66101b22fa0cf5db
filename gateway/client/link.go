package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"

	"usher/gateway/wire"
)

const (
	closeTimeout = time.Second      // how long a close handshake may take
	writeTimeout = 10 * time.Second // how long a frame may take to be written
	lastWords    = 2 * time.Second  // between an error reply to hello and the close frame
)

// link is one connection.
type link struct {
	conn     *websocket.Conn
	ctx      context.Context // ends with the connection, and the connection with it
	cancel   context.CancelCauseFunc
	closed   chan struct{} // once ctx is over and conn was closed for it
	watchdog *time.Timer   // gives the connection up
	silence  time.Duration // how long the server may say nothing; 0: for ever
	wg       sync.WaitGroup

	// For the reader alone.
	said     *Error
	began    time.Time // when it was welcomed; zero: it was not
	draining time.Time // when to come back; zero: not draining
	parts    parts     // of a roster that is coming

	mu      sync.Mutex
	socket  net.Conn // below conn; nil when the Dial given has not shown it
	over    bool
	leaving bool            // we closed it ourselves, to come back
	syncing map[string]bool // the feeds that were asked for as a whole
	lastID  uint64
	pending map[string]*call
	trace   *Trace
}

// call is a request that waits for its reply. One whose caller has gone away stays, for what it tells of the seat.
type call struct {
	id    uint64 // on its connection; set when it is sent
	typ   string
	feed  string                // a sync of the client's own: of which feed
	reply chan wire.ServerFrame // one frame, or closed when the connection is over
}

func newCall(typ string) *call { return &call{typ: typ, reply: make(chan wire.ServerFrame, 1)} }

// connect makes one connection and serves it to its end.
func (c *Client) connect(ctx context.Context) ending {
	token, err := c.opts.Token(ctx)
	if err != nil {
		return ending{code: wire.CloseAbnormal, err: err}
	}
	l, end := c.dial(ctx)
	if l == nil {
		return end
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		l.shut(wire.CloseGoingAway)
	})
	end = c.serve(l, token)
	c.detach(l)
	l.finish()
	if !stop() {
		<-closed
	}
	return end
}

// dial opens a connection, or says why there is none.
func (c *Client) dial(ctx context.Context) (*link, ending) {
	l := &link{pending: map[string]*call{}, syncing: map[string]bool{}, trace: c.opts.Trace}
	dctx, cancel := context.WithTimeout(ctx, c.opts.HandshakeTimeout)
	defer cancel()
	dctx = httptrace.WithClientTrace(dctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		l.mu.Lock()
		l.socket = i.Conn
		l.mu.Unlock()
	}})
	//nolint:bodyclose // the library closes it, and says so
	conn, resp, err := c.opts.Dial(dctx, c.opts.URL, &websocket.DialOptions{
		Subprotocols:   []string{wire.Subprotocol},
		OnPingReceived: func(context.Context, []byte) bool { l.alive(); return true },
	})
	if err != nil {
		return nil, ending{code: wire.CloseAbnormal, err: err, retryAfter: retryAfter(resp)}
	}
	if conn.Subprotocol() != wire.Subprotocol {
		_ = conn.CloseNow()
		return nil, ending{code: wire.CloseUnsupportedVersion, err: errProtocol}
	}
	conn.SetReadLimit(c.opts.ReadLimit)
	l.conn = conn
	l.ctx, l.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	l.closed = make(chan struct{})
	context.AfterFunc(l.ctx, func() {
		defer close(l.closed)
		_ = conn.CloseNow()
	})
	l.watchdog = time.AfterFunc(c.opts.HandshakeTimeout, func() { l.cancel(errNoHello) })
	return l, ending{}
}

// retryAfter is what a server that would not upgrade asks for, in seconds.
func retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	s, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(s) * time.Second
}

// serve says hello and reads until the connection is over.
func (c *Client) serve(l *link, token string) ending {
	c.mu.Lock()
	hello := wire.Hello{
		Token: token, Device: c.opts.Device, Seat: string(c.ask), Resume: c.resume, Roster: wire.RosterFull, Ticket: c.opts.Tickets,
		Feeds: wire.Feeds{Board: c.board.shown(), Roster: c.roster.shown()},
	}
	c.mu.Unlock()
	if c.opts.NoRoster {
		hello.Roster = wire.RosterNone
	}
	err := l.send(newCall(wire.TypeHello), hello)
	var whole bytes.Buffer
	for err == nil {
		var f wire.ServerFrame
		if f, err = l.read(&whole); err == nil {
			err = c.take(l, f)
		}
	}
	return c.ended(l, err)
}

// usualFrame is how many bytes of room are kept for what is read next.
const usualFrame = 4 << 10

// read reads a frame, by way of a buffer.
func (l *link) read(whole *bytes.Buffer) (wire.ServerFrame, error) {
	// Not l.ctx, which closes the connection once for all: the library would watch it anew for each part of a frame.
	typ, r, err := l.conn.Reader(context.Background())
	if err != nil {
		return wire.ServerFrame{}, err
	}
	if whole.Reset(); whole.Cap() > usualFrame {
		*whole = bytes.Buffer{}
	}
	if _, err := whole.ReadFrom(r); err != nil {
		return wire.ServerFrame{}, err
	}
	l.alive()
	if typ != websocket.MessageText {
		return wire.ServerFrame{}, errNotText
	}
	return wire.DecodeServer(bytes.Clone(whole.Bytes()))
}

// ended puts together how a connection ended from what reading it ended with.
func (c *Client) ended(l *link, err error) ending {
	end := ending{code: wire.CloseAbnormal, err: err, said: l.said}
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		end.code, end.reason, end.err = wire.CloseCode(closed.Code), closed.Reason, nil
	} else if cause := context.Cause(l.ctx); cause != nil {
		end.err = cause
	}
	if l.said != nil {
		end.retryAfter = l.said.RetryAfter
		if end.err != nil {
			end.err = l.said
		}
	}
	now := c.opts.Now()
	if !l.began.IsZero() {
		end.lived = now.Sub(l.began)
	}
	l.mu.Lock()
	left := l.leaving
	l.mu.Unlock()
	if !l.draining.IsZero() && (left || end.code == wire.CloseDraining) {
		end.code, end.err, end.drained = wire.CloseDraining, nil, true
		end.retryAfter = l.draining.Sub(now)
	}
	return end
}

// finish ends what belongs to the connection, and waits for it.
func (l *link) finish() {
	l.watchdog.Stop()
	l.mu.Lock()
	l.over = true
	for id, call := range l.pending {
		delete(l.pending, id)
		close(call.reply)
	}
	l.mu.Unlock()
	l.cancel(nil)
	<-l.closed
	l.wg.Wait()
}

// shut closes the connection in an orderly way, but not for ever: a stalled peer is left behind.
func (l *link) shut(code wire.CloseCode) {
	t := time.AfterFunc(closeTimeout, l.cut)
	defer t.Stop()
	_ = l.conn.Close(websocket.StatusCode(code), code.Reason())
}

// cut ends a close handshake that takes too long. The library waits five seconds for it, or more when the peer
// stalls amid a frame; only the socket below ends that.
func (l *link) cut() {
	l.cancel(nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.socket != nil {
		_ = l.socket.SetDeadline(time.Unix(1, 0))
	}
}

// alive notes that the server is there.
func (l *link) alive() {
	if l.silence > 0 {
		l.watchdog.Reset(l.silence)
	}
}

// send writes a request, whose reply goes to the call. Errors: [ErrNotConnected] when nothing was sent,
// [ErrUnknownOutcome] when something may have been.
func (l *link) send(call *call, data any) error {
	l.mu.Lock()
	if l.over {
		l.mu.Unlock()
		return ErrNotConnected
	}
	l.lastID++
	id := strconv.FormatUint(l.lastID, 10)
	frame, err := wire.Request(id, call.typ, data)
	if err != nil {
		l.mu.Unlock()
		return err
	}
	call.id = l.lastID
	l.pending[id] = call
	l.trace.sending(call.id, call.typ, data) // here, so that no end of the connection comes before it
	l.mu.Unlock()
	// Not the caller's context: when that ends amid a write, the connection is lost.
	ctx, cancel := context.WithTimeout(l.ctx, writeTimeout)
	defer cancel()
	if err := l.conn.Write(ctx, websocket.MessageText, frame); err != nil {
		return errors.Join(ErrUnknownOutcome, err)
	}
	return nil
}

// answered takes a reply off the list, or returns nil when nothing waits for it.
func (l *link) answered(f wire.ServerFrame) *call {
	l.mu.Lock()
	defer l.mu.Unlock()
	call := l.pending[f.ID]
	delete(l.pending, f.ID)
	return call
}

// read reads the data of a frame.
func read[T any](f wire.ServerFrame) (T, error) {
	var v T
	if err := json.Unmarshal(f.Data, &v); err != nil { // no data is an error too
		return v, errors.New("client: the server's " + f.Type + " can't be read")
	}
	return v, nil
}
