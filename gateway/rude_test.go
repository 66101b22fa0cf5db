package gateway_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/gateway/wire"
)

// rude is a client without a WebSocket library, which can say what no library says.
type rude struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// rudely opens a connection and upgrades it.
func rudely(t *testing.T, n *node) *rude {
	t.Helper()
	return rudelySpeaking(t, n, wire.Subprotocol)
}

// rudelySpeaking is rudely with another subprotocol.
func rudelySpeaking(t *testing.T, n *node, subprotocol string) *rude {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.url, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
	r := &rude{t: t, conn: conn, in: bufio.NewReader(conn)}
	_, err = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", subprotocol)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(r.in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v %v", res, err)
	}
	return r
}

// head writes a frame's header; the mask is zero, so that the payload may follow as it is.
func (r *rude) head(op byte, fin bool, size uint64) error {
	b := []byte{op, 0x80 | 127}
	if fin {
		b[0] |= 0x80
	}
	if size < 126 {
		b[1] = 0x80 | byte(size)
	} else {
		b = binary.BigEndian.AppendUint64(b, size)
	}
	_, err := r.conn.Write(append(b, 0, 0, 0, 0))
	return err
}

func (r *rude) frame(op byte, fin bool, payload []byte) error {
	if err := r.head(op, fin, uint64(len(payload))); err != nil {
		return err
	}
	_, err := r.conn.Write(payload)
	return err
}

func (r *rude) text(s string) {
	r.t.Helper()
	if err := r.frame(opText, true, []byte(s)); err != nil {
		r.t.Fatal(err)
	}
}

// untilCut sends until nobody takes it any more.
func untilCut(send func() error) {
	for {
		if send() != nil {
			return
		}
	}
}

// login says hello as Bob and waits for the welcome.
func (r *rude) login() {
	r.t.Helper()
	r.text(`{"id":"hi","type":"hello","data":{"token":"tm_bob"}}`)
	for {
		op, b, err := r.read()
		if err != nil {
			r.t.Fatal(err)
		}
		if op == opText && strings.Contains(string(b), `"welcome"`) {
			return
		}
	}
}

func (r *rude) read() (op byte, payload []byte, err error) {
	var h [2]byte
	if _, err := io.ReadFull(r.in, h[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(h[1] & 0x7f)
	switch size {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(r.in, b[:])
		size = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(r.in, b[:])
		size = binary.BigEndian.Uint64(b[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(r.in, payload)
	return h[0] & 0xf, payload, err
}

// closed reads until the server closes, and returns the code, or 1006 when it gave none.
func (r *rude) closed() wire.CloseCode {
	r.t.Helper()
	for {
		op, b, err := r.read()
		var late net.Error
		switch {
		case errors.As(err, &late) && late.Timeout():
			r.t.Fatal("the server does not close")
		case err != nil:
			return wire.CloseAbnormal
		case op == opClose && len(b) >= 2:
			return wire.CloseCode(binary.BigEndian.Uint16(b))
		}
	}
}
