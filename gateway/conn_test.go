package gateway

import (
	"context"
	"testing"
	"testing/synctest"

	"usher/gateway/wire"
	"usher/presence/presencemem"
	"usher/seats/seatsmem"
)

// A connection that ended while it was let in leaves nothing on the floor that it came too late for.
func TestAConnectionThatEndedWhileEntering(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := NewMemoryRecords(1)
		s, err := New(Options{
			Store: seatsmem.New(seatsmem.Options{}), Presence: newAttendance(presencemem.New(presencemem.Options{}), records),
			Records: records, Tokens: NewPlainTokens(),
		})
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.floor(t.Context(), TheLicense)
		if err != nil {
			t.Fatal(err)
		}
		c := newConn(s, nil, "")
		c.gone = true
		c.feed(func(s *session) { s.phase = ended })
		if !c.join(f, ofAnn(), *ann(1), 1, wire.Hello{}) {
			t.Error("the floor knows a newer revision")
		}
		if len(f.sessions) != 0 || len(f.byMate) != 0 || f.users != 0 {
			t.Errorf("%d sessions, %d teammates, %d users", len(f.sessions), len(f.byMate), f.users)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// A large frame takes a quarter of the room at most; nothing follows a close; the first code stands.
func TestTheOutbox(t *testing.T) {
	t.Parallel()
	o := outbox{limit: 100}
	for _, tc := range []struct {
		bytes int
		fits  bool
	}{{20, true}, {700, true}, {25, true}, {25, true}, {4, true}, {700, true}, {1, false}, {6, false}} {
		if got := o.put(make(packet, tc.bytes)); got != tc.fits {
			t.Errorf("%d bytes after %d: %t", tc.bytes, o.bytes, got)
		}
	}
	o.shut(wire.CloseLoggedOut)
	o.shut(wire.CloseDraining)
	if !o.put(make(packet, 100)) || len(o.packets) != 6 || o.code != wire.CloseLoggedOut {
		t.Errorf("%d packets, code %d", len(o.packets), o.code)
	}
	o.discard(wire.CloseSlowConsumer)
	if len(o.packets) != 0 || o.code != wire.CloseLoggedOut {
		t.Errorf("%d packets, code %d", len(o.packets), o.code)
	}
}
