package gateway

import (
	"fmt"
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/presence"
)

// crowd is a roster of that many who are online.
func crowd(n int) *roster {
	r := &roster{head: presence.Head{Epoch: "1", Version: 1}, entries: map[presence.TeammateID]presence.Entry{}}
	for i := range n {
		t := presence.TeammateID(fmt.Sprintf("tm_%04d", i))
		r.entries[t] = presence.Entry{
			Teammate: t, Name: fmt.Sprintf("Agent <%d>", i), Operator: true, Status: presence.Online, Since: curtain,
			Devices: []presence.Device{{Session: presence.SessionID("ses_" + t), Name: "web", Node: "node_a", Since: curtain}},
		}
	}
	return r
}

// awake is an audience that somebody is in.
func awake(view func(presence.Entry) wire.Entry) *audience {
	a := newAudience(view)
	a.awake = true
	return a
}

// decoded follows frames as an app does.
func followed(t *testing.T, packets []packet) *mirror {
	t.Helper()
	var m mirror
	for _, p := range packets {
		f, err := wire.DecodeServer(p.payload())
		if err != nil {
			t.Fatal(err)
		}
		m.follow(t, f)
	}
	return &m
}

// A small roster comes with the welcome, a large one in parts that are each below the bound, the same bytes to all.
func TestALargeRosterComesInParts(t *testing.T) {
	t.Parallel()
	const most = 33 << 10 // as the guide of the wire says, and what is around the entries
	for n, parts := range map[int]int{1: 1, 100: 1, 1000: 5, 5000: 25} {
		r := crowd(n)
		a := awake(wireEntry)
		a.show(r, r.everybody(), nil)
		frames := a.snapshots(nil)
		if whole := a.whole(nil); (whole != nil) != (len(frames) == 1) || whole != nil && len(whole) != n {
			t.Errorf("%d: %d with the welcome, %d frames", n, len(whole), len(frames))
		}
		if len(frames) < parts || len(frames) > 2*parts {
			t.Errorf("%d: %d frames", n, len(frames))
		}
		for i, f := range frames {
			if len(f) > most {
				t.Errorf("%d: frame %d has %d bytes", n, i, len(f))
			}
		}
		if m := followed(t, frames); len(m.entries) != n || m.growing != nil || m.at != a.at {
			t.Errorf("%d: shown %d at %v", n, len(m.entries), m.at)
		}
		if again := a.snapshots(nil); &again[0][0] != &frames[0][0] {
			t.Error("the same is encoded twice")
		}
	}
}

// Who sees something else of themselves than others do gets a page of their own, and shares the rest.
func TestOneIsShownOneselfAsOneIs(t *testing.T) {
	t.Parallel()
	r := crowd(1000)
	e := r.entries["tm_0500"]
	e.Status = presence.Invisible
	r.entries["tm_0500"] = e
	a := awake(func(e presence.Entry) wire.Entry { return wireEntry(e.ForColleagues()) })
	a.show(r, r.everybody(), nil)
	own := wireOwn(e).Encoded()
	shared, mine := a.snapshots(nil), a.snapshots(own)
	if got := followed(t, shared).entries["tm_0500"].Status; got != wire.StatusOffline {
		t.Errorf("others see %q", got)
	}
	if got := followed(t, mine).entries["tm_0500"].Status; got != wire.StatusInvisible {
		t.Errorf("they see themselves %q", got)
	}
	different := 0
	for i := range shared {
		if &shared[i][0] != &mine[i][0] {
			different++
		}
	}
	if different != 1 || len(followed(t, mine).entries) != 1000 {
		t.Errorf("%d of %d frames are their own", different, len(shared))
	}
}

// What changed without showing is no news; what shows is, once.
func TestOnlyWhatShowsIsNews(t *testing.T) {
	t.Parallel()
	r := crowd(3)
	a := awake(func(e presence.Entry) wire.Entry { return wireEntry(e.ForColleagues()) })
	a.show(r, r.everybody(), nil)
	change := func(f func(*presence.Entry)) rosterNews {
		e := r.entries["tm_0001"]
		f(&e)
		r.entries["tm_0001"] = e
		r.head.Version++
		return a.show(r, []presence.TeammateID{"tm_0001"}, nil)
	}
	if n := change(func(e *presence.Entry) { e.GraceUntil = curtain.Add(time.Minute) }); !n.none() {
		t.Errorf("grace shows: %+v", n)
	}
	if n := change(func(e *presence.Entry) { e.Status = presence.Invisible; e.Seen.Shown = curtain }); len(n.changed) != 1 {
		t.Errorf("going invisible does not show as going offline: %+v", n)
	}
	if n := change(func(e *presence.Entry) { e.Devices[0].Idle = true; e.Note = "secret" }); !n.none() {
		t.Errorf("what an invisible one does shows: %+v", n)
	}
	if n := change(func(e *presence.Entry) {
		*e = presence.Entry{Teammate: e.Teammate, Name: e.Name, Operator: true, Status: presence.Offline, Seen: presence.Seen{At: curtain.Add(time.Hour), Shown: curtain}}
	}); !n.none() {
		t.Errorf("that an invisible one went shows: %+v", n)
	}
	if a.at.version != r.head.Version {
		t.Errorf("at %v", a.at)
	}
	delete(r.entries, "tm_0001")
	r.head.Version++
	if n := a.show(r, []presence.TeammateID{"tm_0001"}, nil); len(n.removed) != 1 || len(a.order) != 2 {
		t.Errorf("%+v", n)
	}
}
