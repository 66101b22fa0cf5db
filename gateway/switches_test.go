package gateway_test

import (
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/seats"
)

// apply brings the engine to the database's revision, as the HTTP API does after a commit.
func (n *node) apply(t *testing.T) {
	t.Helper()
	if _, err := n.Configure(t.Context(), license); err != nil {
		t.Fatal(err)
	}
}

func (a *agent) access() wire.Access {
	a.t.Helper()
	return data[wire.AccessChanged](a, a.until("", wire.TypeAccessChanged)).Access
}

func (a *agent) lost() wire.SeatLost {
	a.t.Helper()
	return data[wire.SeatLost](a, a.until("", wire.TypeSeatLost))
}

func (a *agent) license() wire.License {
	a.t.Helper()
	return data[wire.LicenseChanged](a, a.until("", wire.TypeLicenseChanged)).License
}

func TestTheOperatorSwitch(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	one, two := h.node(), h.node()
	ann, w := login(t, two, "tm_ann")
	h.records.SetMember("tm_ann", func(m *seats.Member) { m.Operator = false })
	one.apply(t)
	if lost := ann.lost(); lost.Reason != "not_operator" || lost.Fence != w.Seat.Fence {
		t.Errorf("%+v", lost)
	}
	for access := ann.access(); access.Inbox != wire.InboxNotOperator; access = ann.access() {
		if access.Inbox != wire.InboxNoSeat { // the seat is lost first, then the record is read
			t.Fatalf("%+v", access)
		}
	}
	if seat := ann.seat(wire.TypeSeatTake); seat.Code != "not_operator" {
		t.Errorf("%+v", seat)
	}
	h.records.SetMember("tm_ann", func(m *seats.Member) { m.Operator = true })
	one.apply(t)
	if access := ann.access(); access.Inbox != wire.InboxNoSeat || !access.Visitors {
		t.Errorf("%+v", access)
	}
	if seat := ann.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld || seat.Fence <= w.Seat.Fence {
		t.Errorf("%+v", seat)
	}
	if access := ann.access(); access.Inbox != wire.InboxOpen {
		t.Errorf("%+v", access)
	}
}

func TestTheAdministratorSwitchAndTheName(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	one, two := h.node(), h.node()
	ann, w := login(t, two, "tm_ann")
	h.records.SetMember("tm_ann", func(m *seats.Member) { m.Administrator, m.Name = true, "Ann Ash" })
	one.apply(t)
	if access := ann.access(); !access.Settings || access.Tasks != wire.ScopeAll || access.Inbox != wire.InboxOpen {
		t.Errorf("%+v", access)
	}
	ann.sees("the name", func(b view) bool {
		return b.holders["tm_ann"].Name == "Ann Ash" && b.holders["tm_ann"].Fence == w.Seat.Fence
	})
}

func TestARemovedTeammateIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	one, two := h.node(), h.node()
	ann, _ := login(t, two, "tm_ann")
	meg, _ := login(t, two, "tm_meg", `"seat":"none"`)
	bob, _ := login(t, one, "tm_bob")
	h.records.Remove("tm_ann")
	one.apply(t)
	if code := ann.closed(); code != wire.CloseTeammateRemoved {
		t.Errorf("closed with %d", code)
	}
	meg.sees("her seat free", func(b view) bool { return b.Used == 1 && b.holders["tm_bob"].Fence > 0 })
	if seat := bob.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
		t.Errorf("%+v", seat)
	}
}

func TestASuspendedLicenseKeepsItsSockets(t *testing.T) {
	t.Parallel()
	for status, reason := range map[seats.Status]string{
		seats.Suspended: "license_suspended", seats.Expired: "license_expired",
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 2)
			one, two := h.node(), h.node()
			ann, w := login(t, one, "tm_ann")
			bob, _ := login(t, two, "tm_bob")
			h.records.Change(func(l *gateway.License) { l.Config.Status = status })
			one.apply(t)
			for _, a := range []*agent{ann, bob} {
				if lost := a.lost(); lost.Reason != reason {
					t.Errorf("%+v", lost)
				}
				if l := a.license(); l.Status != string(status) {
					t.Errorf("%+v", l)
				}
				if access := a.access(); access.Inbox != wire.InboxNoSeat {
					t.Errorf("%+v", access)
				}
				if seat := a.seat(wire.TypeSeatTake); seat.Code != reason {
					t.Errorf("%+v", seat)
				}
			}
			h.records.Change(func(l *gateway.License) { l.Config.Status = seats.Active })
			two.apply(t)
			if l := ann.license(); l.Status != "active" {
				t.Errorf("%+v", l)
			}
			if seat := ann.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld || seat.Fence <= w.Seat.Fence {
				t.Errorf("%+v", seat)
			}
		})
	}
}

func TestTheCap(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	one, two := h.node(), h.node()
	ann, _ := login(t, one, "tm_ann")
	bob, _ := login(t, two, "tm_bob")
	h.records.Change(func(l *gateway.License) { l.Config.Cap = 1 })
	one.apply(t)
	for _, a := range []*agent{ann, bob} {
		if l := a.license(); l.Cap != 1 || *l.Total != 1 {
			t.Errorf("%+v", l)
		}
		a.sees("the cap", func(b view) bool { return b.Cap == 1 && *b.Total == 1 && b.Used == 2 })
	}
	bob.ask(wire.TypeLogout, "{}")
	cid, w := login(t, two, "tm_cid")
	if w.Seat.Code != "seats_full" { // thrown out is nobody, let in is nobody
		t.Errorf("%+v", w.Seat)
	}
	h.records.Change(func(l *gateway.License) { l.Config.Cap, l.Config.Overage = 2, seats.Overage1_5 })
	two.apply(t)
	cid.sees("the total", func(b view) bool { return b.Cap == 2 && *b.Total == 3 })
	if seat := cid.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld || *seat.Overage {
		t.Errorf("%+v", seat)
	}
	if _, w := login(t, one, "tm_dan"); w.Seat.State != wire.SeatHeld || !*w.Seat.Overage {
		t.Errorf("%+v", w.Seat)
	}
	h.records.Change(func(l *gateway.License) { l.Config.Overage = seats.OverageAlways })
	two.apply(t)
	ann.sees("no total", func(b view) bool { return b.Total == nil })
	if _, w := login(t, one, "tm_eve"); w.Seat.State != wire.SeatHeld {
		t.Errorf("%+v", w.Seat)
	}
}

// Whoever committed the change died before telling the engine: the nodes look, and all of them learn it.
func TestACrashBetweenCommitAndConfigureHeals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	often := func(o *gateway.Options) { o.Poll = 10 * time.Millisecond }
	one, two := h.node(often), h.node(often)
	ann, _ := login(t, one, "tm_ann")
	bob, _ := login(t, two, "tm_bob")
	h.records.Change(func(l *gateway.License) { l.Config.Cap = 7 })
	h.records.SetMember("tm_ann", func(m *seats.Member) { m.Operator = false })
	h.records.Remove("tm_bob")
	if lost := ann.lost(); lost.Reason != "not_operator" {
		t.Errorf("%+v", lost)
	}
	if l := ann.license(); l.Cap != 7 {
		t.Errorf("%+v", l)
	}
	if code := bob.closed(); code != wire.CloseTeammateRemoved {
		t.Errorf("closed with %d", code)
	}
}

// A take by a node that has not heard of the newest revision is not decided by an older one.
func TestATakeWithAnOldRevisionIsHealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	line := gateway.NewFaultyStore(h.store)
	deaf := h.node(func(o *gateway.Options) { o.Store, o.Resync, o.Poll = line, time.Hour, time.Hour })
	other := h.node()
	login(t, deaf, "tm_bob")
	ann, w := login(t, deaf, "tm_ann")
	if w.Seat.Code != "seats_full" {
		t.Fatalf("%+v", w.Seat)
	}
	line.Deafen(true)
	h.records.Change(func(l *gateway.License) { l.Config.Cap = 2 })
	other.apply(t)
	if seat := ann.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
		t.Errorf("%+v", seat)
	}
	// The database is ahead of the engine, and the node of both.
	h.records.SetMember("tm_ann", func(m *seats.Member) { m.Operator = false })
	_, w = login(t, other, "tm_ann")
	if w.Seat.Code != "not_operator" {
		t.Errorf("%+v", w.Seat)
	}
}

// A database that was restored from a back-up is the truth all the same.
func TestARestoredDatabaseRules(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n := h.node()
	ann, _ := login(t, n, "tm_ann", `"seat":"none"`)
	for range 3 {
		h.records.Change(func(l *gateway.License) { l.Config.Cap++ })
		n.apply(t)
	}
	ann.sees("the cap", func(b view) bool { return b.Cap == 4 })
	h.records.Restore(func(l *gateway.License) { l.Config.Cap, l.Config.Revision = 1, 1 })
	bob, w := login(t, n, "tm_bob")
	if w.Seat.State != wire.SeatHeld {
		t.Fatalf("%+v", w.Seat)
	}
	bob.sees("the cap", func(b view) bool { return b.Cap == 1 })
	if seat := ann.seat(wire.TypeSeatTake); seat.Code != "seats_full" {
		t.Errorf("%+v", seat)
	}
}

func TestADeletedLicenseClosesItsSockets(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	n := h.node(func(o *gateway.Options) { o.Poll = 10 * time.Millisecond })
	ann, _ := login(t, n, "tm_ann")
	meg, _ := login(t, n, "tm_meg", `"seat":"none"`)
	h.records.Delete()
	for _, a := range []*agent{ann, meg} {
		if code := a.closed(); code != wire.CloseTeammateRemoved {
			t.Errorf("closed with %d", code)
		}
	}
}
