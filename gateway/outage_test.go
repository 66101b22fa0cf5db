package gateway_test

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
	"usher/seats/seatsmem"
)

// A board may be larger than the outbox of a client that reads.
func TestALargeBoardIsNoReasonToClose(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 100)
	n := h.node(func(o *gateway.Options) { o.OutboxBytes = 4 << 10 })
	engine := seats.NewAdmission(h.store, h.records, time.Minute)
	for i := range 100 {
		_, err := engine.Do(t.Context(), seats.Batch{License: license, Node: "node_other", Commands: []seats.Command{seats.Take{
			Member:   seats.Member{Teammate: seats.TeammateID(fmt.Sprintf("tm_%d", i)), Name: "Somebody", Operator: true},
			Revision: 1, Session: seats.SessionID(fmt.Sprintf("ses_%d", i)), Seq: 1,
		}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	ann, w := login(t, n, "tm_ann")
	if w.Seat.Code != "seats_full" || len(w.Seat.Holders) != 100 || len(w.Board.Holders) != 100 {
		t.Fatalf("%s, %d holders", w.Seat.Code, len(w.Seat.Holders))
	}
	ann.ask(wire.TypeSync, `{"feeds":["board"]}`)
	ann.until("", wire.TypeSnapshot)
}

// While the database is down, known teammates of known licenses are admitted; a holder who reconnects keeps the seat.
func TestKnownTeammatesComeInWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	ann, first := login(t, n, "tm_ann")
	login(t, n, "tm_bob")
	h.records.SetDown(true)
	_ = ann.ws.CloseNow()
	_, back := login(t, n, "tm_ann", resume(first))
	sameSeat(t, back, first)

	stranger := dial(t, n)
	stranger.send(`{"id":"hi","type":"hello","data":{"token":"tm_cid"}}`)
	if code := stranger.errorCode("hi"); code != wire.CodeUnavailable {
		t.Errorf("cid: %s", code)
	}
	if code := stranger.closed(); code != wire.CloseTryAgainLater {
		t.Errorf("cid: closed with %d", code)
	}
}

// A take that needs the database while that is down is answered unavailable, and nobody else is.
func TestATakeThatNeedsTheDatabaseFailsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	ann, _ := login(t, n, "tm_ann")
	h.records.SetDown(true)
	_, err := h.store.Do(t.Context(), seats.Batch{License: license, Commands: []seats.Command{seats.Configure{
		Config: seats.Config{Revision: 2, Status: seats.Active, Cap: 3, Grace: time.Minute}, Base: 1,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := seats.NewAdmission(h.store, h.records, time.Minute).Do(t.Context(), seats.Batch{
		License: license, Node: "node_other", Commands: []seats.Command{
			seats.Renew{Lease: time.Minute},
			seats.Take{Member: seats.Member{Teammate: "tm_bob", Operator: true}, Revision: 1, Session: "ses_bob", Seq: 1},
			seats.Drop{Teammate: "tm_cid", Session: "ses_cid"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := out.Replies[1].(seats.Unhealed); !ok {
		t.Errorf("the take was answered %#v", out.Replies[1])
	}
	if _, ok := out.Replies[2].(seats.Done); !ok {
		t.Errorf("the drop was answered %#v", out.Replies[2])
	}
	ann.send(`{"id":"t","type":"seat.take"}`)
	if code := ann.errorCode("t"); code != wire.CodeUnavailable {
		t.Errorf("ann: %s", code)
	}
}

// A logout whose answer was lost has logged out: the client is told so, and not that it was resumed elsewhere.
func TestALogoutOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	ann, _ := login(t, n, "tm_ann")
	h.store.Set(gateway.Mute)
	ann.send(`{"id":"out","type":"logout"}`)
	if code := ann.errorCode("out"); code != wire.CodeUnavailable {
		t.Fatalf("%s", code)
	}
	h.store.Set(gateway.None)
	ann.send(`{"id":"again","type":"logout"}`)
	if code := ann.closed(); code != wire.CloseLoggedOut {
		t.Errorf("closed with %d", code)
	}
}

// Whoever leaves while it is not known whether a take landed does not sit without knowing it.
func TestLeavingAfterATakeOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node(func(o *gateway.Options) { o.Resync = 200 * time.Millisecond })
	meg, _ := login(t, n, "tm_meg", `"seat":"none"`)
	ann, _ := login(t, n, "tm_ann", `"seat":"none"`)
	h.store.Deafen(true)
	h.store.Set(gateway.Mute)
	ann.send(`{"id":"t","type":"seat.take"}`)
	if code := ann.errorCode("t"); code != wire.CodeUnavailable {
		t.Fatal(code)
	}
	if seat := ann.seat(wire.TypeSeatLeave); seat.State != wire.SeatNone {
		t.Fatalf("%+v", seat)
	}
	if out, err := h.store.Real().Do(t.Context(), seats.Batch{License: license, Commands: []seats.Command{seats.Read{}}}); err != nil {
		t.Fatal(err)
	} else if b := out.Replies[0].(seats.BoardRead).Board; b.Used != 1 {
		t.Fatalf("the take did not land: %+v", b)
	}
	h.store.Set(gateway.None)
	h.store.Deafen(false)
	meg.sees("the seat given back", func(b view) bool { return b.Used == 0 && b.Version >= 3 })
}

// licenses is one directory for any number of licenses.
type licenses struct{ *gateway.MemoryRecords }

func (m licenses) Config(c context.Context, _ seats.LicenseID, s seats.Revision) (seats.Config, []seats.Member, error) {
	return m.MemoryRecords.Config(c, license, s)
}

func (m licenses) NextGeneration(c context.Context, _ seats.LicenseID, a seats.Generation) (seats.Open, error) {
	return m.MemoryRecords.NextGeneration(c, license, a)
}

func (m licenses) Profile(c context.Context, id seats.LicenseID, t seats.TeammateID) (gateway.Profile, error) {
	p, err := m.MemoryRecords.Profile(c, license, t)
	p.License.ID = id
	return p, err
}

func (m licenses) License(c context.Context, id seats.LicenseID) (gateway.License, error) {
	l, err := m.MemoryRecords.License(c, license)
	l.ID = id
	return l, err
}

func (licenses) NextEpoch(context.Context, presence.LicenseID, presence.Generation) (presence.Generation, error) {
	return 1, nil
}

func (m licenses) Roster(ctx context.Context, _ presence.LicenseID, since presence.Revision) (presence.Changed, error) {
	return m.MemoryRecords.Roster(ctx, presence.LicenseID(license), since)
}

// deadFor is an engine that does not answer for one license.
type deadFor struct {
	seats.Store
	license seats.LicenseID
	asked   chan struct{}
}

func (s deadFor) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if b.License != s.license {
		return s.Store.Do(ctx, b)
	}
	select {
	case s.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return seats.Outcome{}, fmt.Errorf("%w: %w", seats.ErrUnavailable, ctx.Err())
}

// An engine that does not answer for one license keeps nobody of another one out.
func TestALicenseWithoutAnEngineHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	dead := deadFor{seatsmem.New(seatsmem.Options{}), "lic_dead", make(chan struct{}, 1)}
	n := h.node(func(o *gateway.Options) {
		o.Store, o.Records, o.Logins = dead, licenses{h.records}, 1
		o.Presence = presence.NewAttendance(h.roster, licenses{h.records}, 0)
		o.EngineTimeout, o.HelloTimeout = time.Hour, time.Hour
	})
	stuck := dial(t, n)
	stuck.send(`{"id":"hi","type":"hello","data":{"token":"tm_ann@lic_dead"}}`)
	<-dead.asked
	if _, w := login(t, n, "tm_ann@lic_live"); w.Seat.State != wire.SeatHeld {
		t.Fatalf("%+v", w.Seat)
	}
	_ = stuck.ws.CloseNow()
}

// slowReads is a directory in which two reads wait until they may go on.
type slowReads struct {
	*gateway.MemoryRecords
	on                    atomic.Bool
	profile, member       chan struct{}
	inProfile, inMember   chan struct{}
	profileOnce, oneTimes atomic.Bool
}

func (g *slowReads) Config(c context.Context, id seats.LicenseID, s seats.Revision) (seats.Config, []seats.Member, error) {
	cfg, m, err := g.MemoryRecords.Config(c, id, s)
	sort.Slice(m, func(i, j int) bool { return m[i].Teammate > m[j].Teammate })
	return cfg, m, err
}

func (g *slowReads) Profile(c context.Context, id seats.LicenseID, t seats.TeammateID) (gateway.Profile, error) {
	p, err := g.MemoryRecords.Profile(c, id, t)
	if g.on.Load() && t == "tm_bob" && g.profileOnce.CompareAndSwap(false, true) {
		close(g.inProfile)
		<-g.profile
	}
	return p, err
}

func (g *slowReads) Member(c context.Context, id seats.LicenseID, t seats.TeammateID) (seats.Member, seats.Revision, error) {
	if g.on.Load() && t == "tm_ann" && g.oneTimes.CompareAndSwap(false, true) {
		close(g.inMember)
		<-g.member
	}
	return g.MemoryRecords.Member(c, id, t)
}

// Whoever comes in with a profile of before a change, while the floor reads that change, is not taken for unchanged.
func TestAChangeWhileSomebodyComesIn(t *testing.T) {
	t.Parallel()
	for _, removed := range []bool{false, true} {
		t.Run(fmt.Sprint("removed ", removed), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 3)
			g := &slowReads{
				MemoryRecords: h.records, profile: make(chan struct{}), member: make(chan struct{}),
				inProfile: make(chan struct{}), inMember: make(chan struct{}),
			}
			n := h.node(func(o *gateway.Options) { o.Records = g })
			login(t, n, "tm_ann")
			g.on.Store(true)
			bob := dial(t, n)
			bob.send(`{"id":"hi","type":"hello","data":{"token":"tm_bob","seat":"none"}}`)
			<-g.inProfile
			h.records.SetMember("tm_ann", func(m *seats.Member) { m.Name = "Anna" })
			if removed {
				h.records.Remove("tm_bob")
			} else {
				h.records.SetMember("tm_bob", func(m *seats.Member) { m.Operator = false })
			}
			if _, err := n.Configure(t.Context(), license); err != nil {
				t.Fatal(err)
			}
			<-g.inMember
			close(g.profile)
			goOn := sync.OnceFunc(func() { close(g.member) })
			defer goOn()
			if removed { // which the roster knows by now
				bob.until("hi", wire.TypeError)
				if code := bob.closed(); code != wire.CloseTeammateRemoved {
					t.Errorf("closed with %d", code)
				}
				return
			}
			bob.until("hi", wire.TypeWelcome)
			goOn()
			bob.until("", wire.TypeAccessChanged)
			if seat := bob.seat(wire.TypeSeatTake); seat.Code != "not_operator" {
				t.Errorf("%+v", seat)
			}
		})
	}
}
