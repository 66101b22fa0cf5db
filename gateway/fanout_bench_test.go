package gateway_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"usher/gateway"
	"usher/presence"
)

// One teammate's status changes, and a thousand connections are told. Compared is, until all have read it, with writing as
// many bytes to as many bare sockets, one after the other.
func BenchmarkFanout(b *testing.B) {
	const agents = 1000
	h := newHouse(b, 1)
	h.records.HireAll(agents)
	n := h.node(merging, func(o *gateway.Options) { o.RosterTick = time.Millisecond })
	a := newAudience(b, n, nil)
	a.joinAll(gateway.Hired(agents), `,"seat":"none"`, 32)
	changes := choices(b, h)
	time.Sleep(time.Second) // what is merged yet is shown
	change := func() time.Duration {
		time.Sleep(150 * time.Millisecond) // the tick for so many: each change comes alone
		told := a.frames.start(agents)
		began := time.Now()
		changes()
		<-told
		return time.Since(began)
	}
	change()
	bare := newBareSockets(b, agents, a.all[0].length+4)
	bare.write()
	var ours, theirs time.Duration
	for b.Loop() {
		ours += change()
		theirs += bare.write()
	}
	b.ReportMetric(0, "ns/op") // has the pauses in it
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "µs/change")
	b.ReportMetric(float64(theirs.Microseconds())/float64(b.N), "µs/bare")
	b.ReportMetric(float64(ours)/float64(theirs), "x-bare")
}

// choices returns what changes the status of one of them.
func choices(b *testing.B, h *house) (change func()) {
	b.Helper()
	number := int64(0)
	return func() {
		number++
		status := []presence.Status{presence.Busy, presence.Away}[number%2]
		_, err := h.roster.Do(context.Background(), presence.Batch{License: presence.LicenseID(license), Commands: []presence.Command{
			presence.Choose{Teammate: "tm_x0000", Choice: presence.Choice{Number: number, Status: status}},
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// bareSockets are connections with nothing but a reader each.
type bareSockets struct {
	b     *testing.B
	conns []net.Conn
	bytes []byte
	read  countdown
}

func newBareSockets(b *testing.B, n, size int) *bareSockets {
	b.Helper()
	s := &bareSockets{b: b, bytes: make([]byte, size)}
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = door.Close() }()
	for range n {
		far, err := net.Dial("tcp", door.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		near, err := door.Accept()
		if err != nil {
			b.Fatal(err)
		}
		s.conns = append(s.conns, near)
		ended := make(chan struct{})
		b.Cleanup(func() {
			_ = near.Close()
			_ = far.Close()
			<-ended
		})
		go func() {
			defer close(ended)
			into := make([]byte, size)
			for {
				if _, err := io.ReadFull(far, into); err != nil {
					return
				}
				s.read.happened()
			}
		}()
	}
	return s
}

// write writes to all, and returns when all have read.
func (s *bareSockets) write() time.Duration {
	s.b.Helper()
	all := s.read.start(len(s.conns))
	began := time.Now()
	for _, c := range s.conns {
		if _, err := c.Write(s.bytes); err != nil {
			s.b.Fatal(err)
		}
	}
	<-all
	return time.Since(began)
}
