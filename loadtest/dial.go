package loadtest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/coder/websocket"
)

// readBuffer is what a socket is read with until its WebSocket is open. That of net/http would stay for as long as the socket does.
const readBuffer = 512

// socket is an agent's connection, whose bytes are counted.
type socket struct {
	net.Conn
	read, written *atomic.Int64 // bytes, of all
}

func (s *socket) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	s.read.Add(int64(n))
	return n, err
}

func (s *socket) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b)
	s.written.Add(int64(n))
	return n, err
}

// dialer opens the agents' WebSockets, each on a connection of its own.
type dialer struct {
	read, written *atomic.Int64
	net           net.Dialer
}

// dial is [websocket.Dial], and shows the socket below.
func (d *dialer) dial(ctx context.Context, url string, o *websocket.DialOptions) (*websocket.Conn, *http.Response, net.Conn, error) {
	trip := &upgrade{dialer: d}
	with := *o
	with.HTTPClient = &http.Client{Transport: trip}
	conn, res, err := websocket.Dial(ctx, url, &with)
	return conn, res, trip.socket, err
}

// upgrade is the one round trip of a WebSocket's handshake.
type upgrade struct {
	dialer *dialer
	socket net.Conn
}

func (u *upgrade) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	conn, err := u.connect(ctx, req)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	res, err := exchange(req, conn)
	if !stop() {
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	u.socket = conn
	return res, nil
}

// connect opens the connection, and shows it to who traces the request, as net/http does.
func (u *upgrade) connect(ctx context.Context, req *http.Request) (net.Conn, error) {
	port := req.URL.Port()
	if port == "" {
		port = req.URL.Scheme
	}
	plain, err := u.dialer.net.DialContext(ctx, "tcp", net.JoinHostPort(req.URL.Hostname(), port))
	if err != nil {
		return nil, err
	}
	var conn net.Conn = &socket{plain, u.dialer.read, u.dialer.written}
	if req.URL.Scheme == "https" {
		secured := tls.Client(conn, &tls.Config{ServerName: req.URL.Hostname(), MinVersion: tls.VersionTLS12})
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		conn = secured
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
	return conn, nil
}

// exchange sends the request and reads the head of its answer. What follows is the caller's, as the answer's body.
func exchange(req *http.Request, conn net.Conn) (*http.Response, error) {
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(conn, readBuffer)
	res, err := http.ReadResponse(r, req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		res.Body = refusal{res.Body, conn}
		return res, nil
	}
	early := make([]byte, r.Buffered())
	_, _ = io.ReadFull(r, early) // they are there
	res.Body = &rest{Conn: conn, early: early}
	return res, nil
}

// rest is a connection of which some was read early.
type rest struct {
	net.Conn
	early []byte
}

func (r *rest) Read(b []byte) (int, error) {
	if len(r.early) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.early)
	r.early = r.early[n:]
	return n, nil
}

// refusal is the body of an answer that opens no WebSocket. The connection ends with it.
type refusal struct {
	io.Reader
	io.Closer
}
