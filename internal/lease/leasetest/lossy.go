package leasetest

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
)

// lossy is a connection that loses the next reply when told to: the server has sent it, the client sees the
// connection end.
type lossy struct {
	net.Conn
	lose *atomic.Int32 // how many replies are still to be lost
}

func (c *lossy) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.lose.Load() > 0 && c.lose.Add(-1) >= 0 {
		_ = c.Close()
		return 0, io.EOF
	}
	return n, err
}

// Lossy is a client of the same server, all of whose connections lose as many replies as lose is set to.
func Lossy(t testing.TB, of *redis.Client) (client *redis.Client, lose *atomic.Int32) {
	t.Helper()
	o := *of.Options()
	lose = new(atomic.Int32)
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return &lossy{conn, lose}, err
	}
	client = redis.NewClient(&o)
	t.Cleanup(func() { _ = client.Close() })
	return client, lose
}
