package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// socket is an upgraded connection: a WebSocket, and the bytes below it, which pass through Read and Write. It keeps nothing of the HTTP
// server's, and needs no goroutine while nothing comes.
//
// One goroutine at a time reads. One writes frames; what the WebSocket says by itself (it answers pings and closes) goes in between.
type socket struct {
	net.Conn
	sys      syscall.RawConn // of Conn; nil: it can't tell whether it would block
	ws       *websocket.Conn
	in       *bufio.Reader // from here to ws
	settings *settings

	// Of who reads.
	early   []byte    // what came with the request
	awaits  bool      // next is looking for a message
	between bool      // what comes next from Conn begins a frame
	until   time.Time // when the frame has to be there that began
	timed   bool      // Conn has a deadline

	heard atomic.Int64 // when something was read last, as settings.since has it

	writing sync.Mutex
	cut     bool        // a part of a frame was written, and writing is still held for the rest
	closing atomic.Bool // we are closing: what the WebSocket says by itself is not said any more
}

// A frame of the client is read through a buffer of this size; larger ones go around it. What the WebSocket says by itself fits into its
// own, so that it leaves in one Write.
const (
	inBytes  = 256
	outBytes = 2 + 125
)

// errAtRest says that no message has begun.
var errAtRest = errors.New("nothing came")

// upgrade answers a request with a WebSocket. pinged is told of pings and pongs, and says whether to answer; it is called while the
// socket is read. On an error the request was answered.
func upgrade(w http.ResponseWriter, r *http.Request, set *settings, pinged func() bool) (*socket, error) {
	s := &socket{settings: set}
	var err error
	s.ws, err = websocket.Accept(&taker{w, s}, r, &websocket.AcceptOptions{
		Subprotocols:       []string{wire.Subprotocol},
		InsecureSkipVerify: len(set.Origins) == 0,
		OriginPatterns:     set.Origins,
		OnPingReceived: func(context.Context, []byte) bool {
			s.mayRest()
			return pinged()
		},
		OnPongReceived: func(context.Context, []byte) {
			s.mayRest()
			pinged()
		},
	})
	if err != nil {
		return nil, err
	}
	s.in.Reset(s)
	s.ws.SetReadLimit(-1)           // conn.message has its own, which can answer
	runtime.SetFinalizer(s.ws, nil) // it would close what its conn closes
	return s, nil
}

// taker has a socket take a connection over from the HTTP server, with what was read of it already.
type taker struct {
	http.ResponseWriter
	socket *socket
}

func (t *taker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	s := t.socket
	s.Conn = c
	if waiting, _ := rw.Reader.Peek(rw.Reader.Buffered()); len(waiting) > 0 {
		s.early = append(s.early, waiting...)
	}
	if sc, ok := c.(syscall.Conn); ok {
		s.sys, _ = sc.SyscallConn()
	}
	s.in = bufio.NewReaderSize(s, inBytes)
	return s, bufio.NewReadWriter(s.in, bufio.NewWriterSize(s, outBytes)), nil
}

// next returns the next message of which something is there, errAtRest where nothing is. Who calls it reads the message to its end.
// The error is [os.ErrDeadlineExceeded] when a frame does not arrive in its time.
func (s *socket) next() (websocket.MessageType, io.Reader, error) {
	s.awaits = true
	s.mayRest()
	typ, r, err := s.ws.Reader(context.Background())
	s.awaits, s.between = false, false
	return typ, r, err
}

// mayRest takes that the frame before was read to its end.
func (s *socket) mayRest() {
	if !s.awaits {
		return
	}
	s.between = s.in.Buffered() == 0
	s.until = s.settings.Now().Add(s.settings.FrameTimeout)
}

// drained tells whether all was read that is not in Conn.
func (s *socket) drained() bool { return len(s.early) == 0 && s.in.Buffered() == 0 }

// wait returns when there is something to read.
func (s *socket) wait() {
	s.untime()
	s.awaits, s.between, s.until = false, false, time.Time{}
	_, _ = s.in.Peek(1) // who reads next is told of an error
}

// Read is how ws reads. Between frames it does not wait.
func (s *socket) Read(p []byte) (int, error) {
	n, err := s.read(p)
	if n > 0 {
		s.between = false
		s.heard.Store(int64(s.settings.since()))
	}
	return n, err
}

func (s *socket) read(p []byte) (int, error) {
	if n := copy(p, s.early); n > 0 {
		if s.early = s.early[n:]; len(s.early) == 0 {
			s.early = nil
		}
		return n, nil
	}
	left := time.Duration(0)
	if !s.between && !s.until.IsZero() { // a peer may not keep a frame open with a trickle of bytes, or with continuations that have none
		if left = s.until.Sub(s.settings.Now()); left <= 0 {
			return 0, os.ErrDeadlineExceeded
		}
	}
	if s.sys != nil {
		s.untime()
		if n, err := readNow(s.sys, p); !errors.Is(err, errWouldBlock) {
			return n, err
		}
	}
	if s.between {
		return 0, errAtRest
	}
	if left > 0 {
		_ = s.Conn.SetReadDeadline(time.Now().Add(left))
		s.timed = true
	}
	return s.Conn.Read(p)
}

// untime has Conn wait for as long as it takes.
func (s *socket) untime() {
	if s.timed {
		_ = s.Conn.SetReadDeadline(time.Time{})
		s.timed = false
	}
}

// discard reads until the connection is closed, or until then; zero: for as long as it takes.
func (s *socket) discard() {
	s.untime()
	_, _ = io.Copy(io.Discard, s.Conn)
}

// Write is how ws writes: a whole frame each time.
func (s *socket) Write(p []byte) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closing.Load() { // the client's close, which this is for, is the answer to ours
		return len(p), nil
	}
	return s.Conn.Write(p)
}

// tryWrite writes of whole frames as much as can be written at once, and returns what is left. Where something is, finish has to write it.
func (s *socket) tryWrite(frames []byte) (rest []byte, err error) {
	if s.sys == nil || !s.writing.TryLock() {
		return frames, nil
	}
	n, err := writeNow(s.sys, frames)
	if errors.Is(err, errWouldBlock) {
		err = nil
	}
	if s.cut = n > 0 && n < len(frames) && err == nil; !s.cut {
		s.writing.Unlock()
	}
	return frames[n:], err
}

// finish writes what tryWrite has left, within its time.
func (s *socket) finish(rest []byte, within time.Duration) error {
	if !s.cut {
		s.writing.Lock()
	}
	s.cut = false
	defer s.writing.Unlock()
	_ = s.Conn.SetWriteDeadline(time.Now().Add(within))
	defer func() { _ = s.Conn.SetWriteDeadline(time.Time{}) }()
	_, err := s.Conn.Write(rest)
	return err
}

// turnAway closes a connection that is not served.
func (s *socket) turnAway(code wire.CloseCode) {
	defer func() { _ = s.Conn.Close() }()
	s.until = s.settings.Now().Add(closeTime)
	s.closing.Store(true)
	if err := s.finish(closePacket(code), closeTime); err != nil {
		return
	}
	for { // what the client says until it closes, too
		_, r, err := s.ws.Reader(context.Background())
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil {
			return
		}
	}
}
