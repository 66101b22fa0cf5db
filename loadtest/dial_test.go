package loadtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
)

// A WebSocket is opened on a connection of its own, whose bytes are counted, and which can be cut.
func TestDial(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/agent" {
			w.Header().Set("Retry-After", "7")
			http.Error(w, "full", http.StatusServiceUnavailable)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		_ = conn.Write(r.Context(), websocket.MessageText, []byte("early"))
		_, _, _ = conn.Read(r.Context())
	}))
	defer web.Close()
	var read, written atomic.Int64
	d := &dialer{read: &read, written: &written}
	var shown net.Conn
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { shown = i.Conn }})
	conn, _, socket, err := d.dial(ctx, web.URL+"/v1/agent", &websocket.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if _, b, err := conn.Read(t.Context()); err != nil || string(b) != "early" {
		t.Errorf("%q, %v", b, err)
	}
	if socket == nil || shown != socket || read.Load() < 100 || written.Load() < 100 {
		t.Errorf("%d bytes in, %d out", read.Load(), written.Load())
	}
	_ = socket.Close()
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("it can be read after it was cut")
	}
}

func TestDialRefused(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer web.Close()
	var read, written atomic.Int64
	d := &dialer{read: &read, written: &written}
	_, res, _, err := d.dial(t.Context(), web.URL, &websocket.DialOptions{})
	if err == nil || res == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "7" {
		t.Errorf("%v, %v", res, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, _, err := d.dial(ctx, web.URL, &websocket.DialOptions{}); err == nil {
		t.Error("dialled after its time")
	}
}
