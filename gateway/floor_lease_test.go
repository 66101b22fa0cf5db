package gateway

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/seats"
	"usher/seats/seatsmem"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// late is a node's clock that a test can move ahead, as that of a process is when it goes on after a pause: its timers
// have not fired.
type late struct{ by atomic.Int64 }

func (l *late) now() time.Time { return time.Now().Add(time.Duration(l.by.Load())) }

// A node that was paused does not act on a lease that is over by its own clock, though no timer has told it so.
func TestAPausedNodeDoesNotActOnItsLease(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pause time.Duration
		want  []string
	}{
		{13 * time.Second, []string{"1: ok held 1/1000000001"}},
		{13500 * time.Millisecond, []string{"seat.suspended 1000000001", "access.changed no_seat", "1: ok suspended 1/1000000001"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var clock late
			faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
			tr := newTroupe(t, faulty, NewMemoryRecords(1), func(o *Options) { o.Now = clock.now })
			defer tr.close()
			ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
			synctest.Wait()
			ann.told()
			faulty.Set(Cut)
			clock.by.Store(int64(tc.pause))
			ann.request("1", wire.TypeSeatUnwait) // is answered with the seat, without asking the engine
			expectTold(t, ann, tc.want...)
			faulty.Set(None)
		})
	}
}

// The lease counts from before the renewal was sent, whenever its answer comes.
func TestALeaseCountsFromTheSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		tr := newTroupe(t, faulty, NewMemoryRecords(1), func(o *Options) { o.EngineTimeout = time.Minute })
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		ann.told()
		time.Sleep(4 * time.Second)
		faulty.Set(Hang)
		time.Sleep(5 * time.Second) // of which the renewal is under way for four
		faulty.Set(None)
		synctest.Wait()
		faulty.Set(Cut)
		time.Sleep(13400*time.Millisecond - 4*time.Second)
		expectTold(t, ann)
		time.Sleep(100 * time.Millisecond)
		expectTold(t, ann, "seat.suspended 1000000001", "access.changed no_seat")
		faulty.Set(None)
	})
}

// A renewal that arrives, but is not acknowledged, is none.
func TestAnUnacknowledgedRenewalIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		tr := newTroupe(t, faulty, NewMemoryRecords(1))
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		ann.told()
		faulty.Set(Mute)
		time.Sleep(14 * time.Second)
		expectTold(t, ann, "seat.suspended 1000000001", "access.changed no_seat")
		faulty.Set(None)
		time.Sleep(6 * time.Second)
		expectTold(t, ann, "seat.restored held 1/1000000001", "access.changed open")
	})
}

// A lease that was begun without an acknowledgement is renewed with the take that is worth it: nobody is let in and
// suspended in one.
func TestATakeOnALeaseOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		tr := newTroupe(t, faulty, NewMemoryRecords(2))
		defer tr.close()
		synctest.Wait()
		tr.floor.lock()
		tr.floor.lease.sent, tr.floor.lease.fenced = time.Time{}, true // of an earlier life of the floor
		tr.floor.unlock()
		faulty.Set(Mute)
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		expectTold(t, ann, "hi: welcome refused unavailable no_seat")
		faulty.Set(None)
		bob := tr.join("tm_bob", "ses_bob", wire.Hello{})
		expectTold(t, bob, "hi: welcome held 2/1000000002 open")
	})
}

// A floor without sessions says that somebody is alive, as long as something is due there: else the engine waits for
// those who are, and a seat in grace ends late.
func TestPromise7_AFloorWithoutSessionsLetsTimePass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), NewMemoryRecords(1))
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		tr.part(ann)
		synctest.Wait()
		time.Sleep(30*time.Second + 100*time.Millisecond)
		synctest.Wait()
		if b := tr.board(); b.Used != 0 {
			t.Errorf("%+v", b)
		}
	})
}

// press signs tickets that can be read, and keeps what it signed.
type press struct {
	mu     sync.Mutex
	signed []Ticket
	fails  bool
}

func (p *press) Sign(t Ticket) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails {
		return "", errDown
	}
	p.signed = append(p.signed, t)
	return fmt.Sprintf("T%d", len(p.signed)), nil
}

func (p *press) jam(fails bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = fails
}

func (p *press) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.signed)
}

func (p *press) last() Ticket {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.signed[len(p.signed)-1]
}

// A ticket is in what tells of a held seat, and comes anew at half its life, one for all devices of a teammate on the
// node, dated by the engine; nobody else gets one.
func TestTickets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var clock late
		clock.by.Store(int64(time.Hour)) // of the node, which is not the engine's
		var press press
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), line(1), func(o *Options) { o.Tickets, o.Now = &press, clock.now })
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{Ticket: true})
		expectTold(t, ann, "hi: welcome held 1/1000000001 T1 open")
		want := Ticket{
			License: TheLicense, Teammate: "tm_ann", Number: 1, Fence: 1000000001,
			Issued: time.Now().UTC(), Expires: time.Now().UTC().Add(20 * time.Second),
		}
		if got := press.last(); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		time.Sleep(4 * time.Second)
		phone := tr.join("tm_ann", "ses_ann_2", wire.Hello{Ticket: true})
		expectTold(t, phone, "hi: welcome held 1/1000000001 T1 open")
		quiet := tr.join("tm_ann", "ses_ann_3", wire.Hello{})
		expectTold(t, quiet, "hi: welcome held 1/1000000001 open")
		bob := tr.join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait, Ticket: true})
		expectTold(t, bob, "hi: welcome waiting 1 no_seat")
		time.Sleep(6 * time.Second)
		expectTold(t, ann, "seat.ticket T2")
		expectTold(t, phone, "seat.ticket T2")
		expectTold(t, quiet)
		if got := press.last(); !got.Issued.Equal(time.Now()) {
			t.Errorf("issued %s at %s", got.Issued, time.Now())
		}
		time.Sleep(10 * time.Second)
		expectTold(t, ann, "seat.ticket T3")
		ann.request("1", wire.TypeSeatTake)
		expectTold(t, ann, "1: ok held 1/1000000001 T3")
		ann.request("2", wire.TypeSeatLeave)
		expectTold(t, ann, "2: ok none", "access.changed no_seat")
		expectTold(t, bob, "seat.granted held 1/1000000002 T4 waitlist", "access.changed open")
		time.Sleep(time.Minute)
		tr.part(bob)
		synctest.Wait()
		n := press.count()
		time.Sleep(time.Minute)
		if press.count() != n {
			t.Errorf("%d tickets for nobody", press.count()-n)
		}
	})
}

// JWTs count whole seconds: a ticket that begins within one ends at one, and that is what is told of it.
func TestTicketsEndAtWholeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(400 * time.Millisecond)
		var press press
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), line(1), func(o *Options) { o.Tickets = &press })
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{Ticket: true})
		expectTold(t, ann, "hi: welcome held 1/1000000001 T1 open")
		got := press.last()
		if !got.Expires.Equal(got.Expires.Truncate(time.Second)) || got.Expires.Sub(got.Issued) != 19600*time.Millisecond {
			t.Errorf("from %s to %s", got.Issued, got.Expires)
		}
		time.Sleep(9800 * time.Millisecond)
		expectTold(t, ann, "seat.ticket T2")
	})
}

// While the node can't vouch for a seat no ticket is signed for it; nor for one that is lost, whether the announcement of
// that came or not. So the last ticket is over before anybody else can have the seat.
func TestPromise2_NoTicketOutlivesItsSeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := seatsmem.New(seatsmem.Options{})
		faulty := NewFaultyStore(store)
		var press press
		tr := newTroupe(t, faulty, line(1), func(o *Options) { o.Tickets = &press })
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{Ticket: true})
		synctest.Wait()
		other := seats.NewAdmission(store, tr.records, 15*time.Second)
		time.Sleep(7 * time.Second)
		faulty.Set(Cut)
		cut := time.Now()
		var seatLost time.Time
		for seatLost.IsZero() {
			time.Sleep(time.Second)
			renew(t, other)
			out, err := other.Do(t.Context(), seats.Batch{License: TheLicense, Commands: []seats.Command{seats.Read{}}})
			if err != nil {
				t.Fatal(err)
			}
			if out.Replies[0].(seats.BoardRead).Board.Used == 0 {
				seatLost = time.Now()
			}
		}
		synctest.Wait()
		if over := press.last().Expires; !over.Before(seatLost) || seatLost.Sub(cut) > 50*time.Second {
			t.Errorf("cut at %s, the last ticket ended at %s, the seat at %s", cut, over, seatLost)
		}
		ann.told()
		faulty.Set(None)
		time.Sleep(10 * time.Second)
		expectTold(t, ann, "seat.lost expired 1000000001")

		ann.request("1", wire.TypeSeatTake)
		synctest.Wait()
		n := press.count()
		ann.told()
		faulty.Deafen(true)
		if _, err := other.Do(t.Context(), seats.Batch{License: TheLicense, Commands: []seats.Command{
			seats.Free{Teammate: "tm_ann", Fence: 1000000002},
		}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if press.count() != n {
			t.Errorf("a ticket for a seat that was freed: %v", ann.told())
		}
	})
}

// Who is suspended gets a ticket with the seat when it is restored.
func TestTicketsAfterARestoration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		var press press
		tr := newTroupe(t, faulty, line(1), func(o *Options) { o.Tickets = &press })
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{Ticket: true})
		synctest.Wait()
		ann.told()
		faulty.Set(Cut)
		time.Sleep(20 * time.Second)
		expectTold(t, ann, "seat.suspended 1000000001", "access.changed no_seat")
		if press.count() != 1 {
			t.Errorf("%d tickets", press.count())
		}
		faulty.Set(None)
		time.Sleep(6 * time.Second)
		expectTold(t, ann, "seat.restored held 1/1000000001 T2", "access.changed open")
		time.Sleep(10 * time.Second)
		expectTold(t, ann, "seat.ticket T3")
		press.jam(true)
		time.Sleep(10 * time.Second)
		expectTold(t, ann)
		press.jam(false)
		time.Sleep(3 * time.Second)
		expectTold(t, ann, "seat.ticket T4")
	})
}

// corrupt is an engine that shows boards that can't be.
type corrupt struct{ seats.Store }

func (s corrupt) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	out, err := s.Store.Do(ctx, b)
	for i, r := range out.Replies {
		if read, ok := r.(seats.BoardRead); ok && read.Board.Used > 0 {
			read.Board.StaysBegan++
			out.Replies[i] = read
		}
	}
	return out, err
}

// A board that breaks its own rules is counted, and said aloud with the evidence.
func TestBoardsAreAudited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		reader := sdkmetric.NewManualReader()
		tr := newTroupe(t, corrupt{seatsmem.New(seatsmem.Options{})}, line(1), func(o *Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		defer tr.close()
		m, err := newMetrics(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), func() gaugeValues { return gaugeValues{} })
		if err != nil {
			t.Fatal(err)
		}
		tr.floor.metrics = m
		tr.join("tm_ann", "ses_ann", wire.Hello{})
		time.Sleep(tr.floor.settings.Resync)
		synctest.Wait()
		var got metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(fmt.Sprintf("%+v", got), "usher.audit.violations") {
			t.Errorf("%+v", got)
		}
		if s := log.String(); !strings.Contains(s, "level=ERROR") || !strings.Contains(s, "2 stays began and 0 ended, and 1 seats are held") ||
			!strings.Contains(s, "tm_ann") {
			t.Error(s)
		}
	})
}
