package presenceredis_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/presence"
)

// everything is a license in its window with something of all that is to come: ann is here through node A; bob is in grace;
// cid's node has lapsed; dan's choice is timed; eve has logged out.
func everything(t *testing.T) timedLicense {
	t.Helper()
	l := newTimed(t)
	o := opening(2, "ann", "bob", "cid", "dan", "eve")
	o.Window = 40 * time.Second
	l.lease(node, 25*time.Second)
	l.lease("node-b", 5*time.Second)
	l.do(o, arrive("ann"), arrive("bob"), arrive("eve"), depart("eve"))
	l.by("node-b", arrive("cid"))
	l.do(presence.Choose{Teammate: "dan", Choice: presence.Choice{
		Number: 1, Status: presence.Busy, Until: l.now().Add(time.Minute), Before: presence.Intent{Status: presence.Away},
	}})
	l.Timed.Clock.Advance(10 * time.Second)
	l.do(drop("bob"))
	return l
}

// moments are all that is to come, as what is shown tells it.
func moments(r presence.Roster) map[string]time.Time {
	all := map[string]time.Time{}
	if !r.WindowUntil.IsZero() {
		all["window"] = r.WindowUntil
	}
	for _, e := range r.Entries {
		if e.InGrace() {
			all["grace of "+string(e.Teammate)] = e.GraceUntil
		}
	}
	return all
}

func earlier(all map[string]time.Time, by time.Duration) map[string]time.Time {
	moved := map[string]time.Time{}
	for name, at := range all {
		moved[name] = at.Add(-by)
	}
	return moved
}

// moving moves the leases as another engine does that notices.
var moving = lease.NewLibrary(lease.Assemble(lease.LeaseKeys,
	"local function call() return move_leases(tonumber(ARGV[3]), tonumber(ARGV[4])) end"))

// move has another engine, which knows that the leases were moved so often, notice that the clock was set back.
func (l timedLicense) move(by time.Duration, known int) {
	l.Helper()
	if err := moving.Run(l.Context(), l.client, l.keys(l.license), 0, "", by.Milliseconds(), known).Err(); err != nil {
		l.Fatal(err)
	}
}

func TestClockSetBackMovesWhatIsToCome(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{1001 * time.Millisecond, time.Hour, 1000 * time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			l := everything(t)
			before, due := l.roster(), l.do().Due
			l.Timed.Clock.Advance(-by)
			out := l.do()
			if !out.Now.Equal(l.now()) || !out.Due.Equal(due.Add(-by)) {
				t.Errorf("now %s, due %s; want %s, %s", out.Now, out.Due, l.now(), due.Add(-by))
			}
			after := l.roster()
			if diff := cmp.Diff(earlier(moments(before), by), moments(after)); diff != "" || len(moments(after)) != 3 {
				t.Errorf("what is to come (-want +got):\n%s", diff)
			}
			if cs := out.Changes; len(cs) != 1 || len(cs[0].Entries) != 2 || cs[0].Version != before.Version+1 {
				t.Errorf("announced: %+v", cs)
			}
			for i, e := range after.Entries {
				e.GraceUntil = before.Entries[i].GraceUntil
				if diff := cmp.Diff(before.Entries[i], e, equateEmpty); diff != "" {
					t.Errorf("something else changed:\n%s", diff)
				}
			}
			if r := l.do(arrive("eve")).Replies[0]; r != any(presence.Ended{Ending: presence.Ending{Session: ses("eve"), Cause: presence.CauseDeparted}}) {
				t.Errorf("answered with %+v", r)
			}
		})
	}
}

// A license goes the same way with its clock set back as without: nothing comes earlier, and nothing later; whichever
// engine notices first.
func TestClockSetBackChangesNothingThatIsToCome(t *testing.T) {
	t.Parallel()
	const back = 3 * time.Hour
	way := func(set func(timedLicense)) []map[string]time.Duration {
		l := everything(t)
		// Who chose until when did so by the clock on the wall.
		l.do(presence.Choose{Teammate: "dan", Choice: presence.Choice{Number: 2, Status: presence.Busy}})
		set(l)
		var all []map[string]time.Duration
		for i := range 240 {
			if i > 0 {
				l.Timed.Clock.Advance(time.Second)
			}
			if i == 20 {
				l.lease("node-b", 20*time.Second) // within the grace, so that cid was never away
			}
			out := l.do()
			seen := map[string]time.Duration{}
			if !out.Due.IsZero() {
				seen["due"] = out.Due.Sub(out.Now)
			}
			for name, at := range moments(l.roster()) {
				seen[name] = at.Sub(out.Now)
			}
			for _, e := range l.roster().Entries {
				seen[string(e.Teammate)+" "+string(e.Status)] = 1
			}
			if _, ended := l.do(presence.SetIdle{Teammate: "eve", Session: ses("eve"), Seq: 2}).Replies[0].(presence.Ended); ended {
				seen["eve has ended"] = 1
			}
			all = append(all, seen)
		}
		return all
	}
	want := way(func(timedLicense) {})
	for name, set := range map[string]func(timedLicense){
		"this engine notices first": func(l timedLicense) { l.Timed.Clock.Advance(-back); l.do(); l.move(back, 0) },
		"another one notices first": func(l timedLicense) { l.Timed.Clock.Advance(-back); l.move(back, 0); l.do() },
		"twice, alone":              func(l timedLicense) { l.Timed.Clock.Advance(-time.Hour); l.do(); l.Timed.Clock.Advance(-back); l.do() },
		"twice, with another one": func(l timedLicense) {
			l.Timed.Clock.Advance(-time.Hour)
			l.move(time.Hour, 0)
			l.do()
			l.Timed.Clock.Advance(-back)
			l.move(back, 1)
			l.do()
		},
	} {
		if diff := cmp.Diff(want, way(set)); diff != "" {
			t.Errorf("%s: it went (-never set back +set back):\n%s", name, diff)
		}
	}
}

func TestClockSetBackALittleStandsStill(t *testing.T) {
	t.Parallel()
	l := everything(t)
	before := l.roster()
	now := l.do().Now
	for _, by := range []time.Duration{time.Millisecond, 999 * time.Millisecond} { // a second behind in all
		l.Timed.Clock.Advance(-by)
		if out := l.do(); !out.Now.Equal(now) || len(out.Changes) > 0 {
			t.Errorf("now %s after %s, changes %+v", out.Now, now, out.Changes)
		}
	}
	if diff := cmp.Diff(before, l.roster()); diff != "" {
		t.Error(diff)
	}
	l.Timed.Clock.Advance(1500 * time.Millisecond)
	if out := l.do(); !out.Now.Equal(now.Add(500 * time.Millisecond)) {
		t.Errorf("now %s, want half a second after %s", out.Now, now)
	}
}

func TestClockSetBackMovesNoTimedChoice(t *testing.T) {
	t.Parallel()
	l := everything(t)
	until := l.roster().Entries[3].Until
	l.Timed.Clock.Advance(-time.Hour)
	l.do()
	if e := l.roster().Entries[3]; !e.Until.Equal(until) {
		t.Errorf("until %s, want %s", e.Until, until)
	}
	l.Timed.Clock.Advance(time.Hour + 49*time.Second)
	if out := l.do(); !out.Due.Equal(until) {
		t.Errorf("due %s, want %s", out.Due, until)
	}
	l.Timed.Clock.Advance(time.Second)
	l.do()
	if e := l.roster().Entries[3]; !e.Until.IsZero() {
		t.Errorf("%+v after its end", e)
	}
}

// In silence the halt moves with the clock, and so does what was waited for: the next silence is waited for too.
func TestClockSetBackInSilence(t *testing.T) {
	t.Parallel()
	l := newTimed(t)
	l.lease(node, 15*time.Second)
	l.do(opening(1, "ann"), arrive("ann"))
	l.Timed.Clock.Advance(15 * time.Second)
	if out := l.do(); !out.Due.Equal(l.now().Add(5 * time.Second)) {
		t.Fatalf("due %s, want a third of a lease after %s", out.Due, l.now())
	}
	l.Timed.Clock.Advance(-time.Hour)
	if out := l.do(); !out.Due.Equal(l.now().Add(5 * time.Second)) {
		t.Errorf("due %s, want a third of a lease after %s", out.Due, l.now())
	}
	l.Timed.Clock.Advance(5 * time.Second)
	l.do()
	if e := l.roster().Entries[0]; !e.GraceUntil.Equal(l.now().Add(grace - 5*time.Second)) {
		t.Errorf("%+v at %s, want in grace since 5 s", e, l.now())
	}
	l.lease(node, 15*time.Second)
	l.do()
	l.Timed.Clock.Advance(15 * time.Second)
	if out := l.do(); !out.Due.Equal(l.now().Add(5 * time.Second)) {
		t.Errorf("due %s in the next silence, want a third of a lease after %s", out.Due, l.now())
	}
}

// A server that took over, and whose clock is behind, forgets who ended in time.
func TestOpeningUnderAClockThatIsBehind(t *testing.T) {
	t.Parallel()
	l := newTimed(t)
	l.lease(node, 1000*time.Hour)
	l.do(opening(1, "ann"), arrive("ann"), depart("ann"))
	l.loseRunID()
	l.Timed.Clock.Advance(-time.Hour)
	l.do(opening(2, "ann"))
	if r, ok := l.do(arrive("ann")).Replies[0].(presence.Ended); !ok {
		t.Errorf("answered with %+v, want that it has ended", r)
	}
	l.Timed.Clock.Advance(presence.EndedMemory)
	if r, ok := l.do(arrive("ann")).Replies[0].(presence.Present); !ok {
		t.Errorf("answered with %+v, want present", r)
	}
}

// loseRunID has the license be as one that was last used on another server.
func (l timedLicense) loseRunID() {
	l.Helper()
	err := l.client.Eval(l.Context(), `local state = cmsgpack.unpack(redis.call('GET', KEYS[1]))
		state.run = 'another'
		redis.call('SET', KEYS[1], cmsgpack.pack(state))`, []string{l.Keys(l.license)[0]}).Err()
	if err != nil && !errors.Is(err, redis.Nil) {
		l.Fatal(err)
	}
}
