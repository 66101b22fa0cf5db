package gateway

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// What the WebSocket says by itself does not come into a frame that the socket took only a part of.
func TestNothingComesIntoAFrame(t *testing.T) {
	t.Parallel()
	near, far := sockets(t)
	_ = near.SetWriteBuffer(4096)
	sys, err := near.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	s := &socket{Conn: near, sys: sys}
	whole := bytes.Repeat([]byte("frame"), 1<<20)
	rest, err := s.tryWrite(whole)
	if err != nil || len(rest) == 0 || len(rest) == len(whole) {
		t.Fatalf("%d of %d bytes are left: %v", len(rest), len(whole), err)
	}
	pong := []byte("pong")
	ponged := make(chan error, 1)
	go func() {
		_, err := s.Write(pong)
		ponged <- err
	}()
	read := make(chan []byte, 1)
	go func() {
		b := make([]byte, len(whole)+len(pong))
		_, _ = io.ReadFull(far, b)
		read <- b
	}()
	select {
	case err := <-ponged:
		t.Errorf("written into a frame: %v", err)
	case <-time.After(50 * time.Millisecond): // as long as it may need to be wrong
	}
	if err := s.finish(rest, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := <-read; !bytes.Equal(got, append(whole, pong...)) {
		t.Error("the frame was not read as it was written")
	}
}

// sockets are the two ends of a connection.
func sockets(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer door.Close()
	a, err := net.Dial("tcp", door.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := door.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = a.Close()
		_ = b.Close()
	})
	return a.(*net.TCPConn), b.(*net.TCPConn)
}
