package seatsredis_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
)

// timedLicense is a license on a clock that the test moves.
type timedLicense struct {
	*seatsredis.Timed
	*testing.T
	client  redis.UniversalClient
	license seats.LicenseID
}

// everything is a license with something of all that is to come: ann is idle, and warned as dan waits, and ivy is idle;
// bob is in grace, and so is eve's place, and jim's seat, whose node has lapsed; fay waits in cooldown, and gil is in
// cooldown; dan has asked ann, and the administrators; hal's session has ended.
func everything(t *testing.T) timedLicense {
	t.Helper()
	client := connect(t, redistest.URL(t))
	l := timedLicense{seatsredis.NewTimed(t, client, leasetest.NewClock()), t, client, seatstest.NewLicense()}
	wait := func(id seats.TeammateID, session seats.SessionID) seats.Take {
		c := take(id, session, 1)
		c.Wait = true
		return c
	}
	l.do(seats.Open{Generation: 1}, seats.Configure{Config: seats.Config{
		Revision: 1, Status: seats.Active, Cap: 4, Grace: 30 * time.Second, Waitlist: true, HandOver: seats.HandOverAnyone,
		IdleAfter: 10 * time.Second, IdleWarning: 40 * time.Second,
	}}, seats.Renew{Lease: 15 * time.Second})
	l.do(take("fay", "s-fay", 1), take("gil", "s-gil", 1), take("ann", "s-ann", 1), take("bob", "s-bob", 1))
	l.do(seats.Free{Teammate: "fay", Fence: 1_000_000_001, Cooldown: 40 * time.Second},
		seats.Free{Teammate: "gil", Fence: 1_000_000_002, Cooldown: time.Minute},
		take("hal", "s-hal", 1), seats.Logout{Teammate: "hal", Session: "s-hal"}, take("ivy", "s-ivy", 1))
	other := batch(l.license, seats.Renew{Lease: 5 * time.Second}, take("jim", "s-jim", 1))
	other.Node = "node-b"
	do(t, l.Timed, other)
	l.do(wait("eve", "s-eve"), wait("dan", "s-dan"), wait("fay", "s-fay2"), seats.Drop{Teammate: "eve", Session: "s-eve"},
		seats.SetIdle{Teammate: "ann", Session: "s-ann", Seq: 2, Idle: true},
		seats.MakeAsk{ID: "ask-1", Teammate: "dan", Session: "s-dan", Of: "ann"},
		seats.MakeAsk{ID: "ask-2", Teammate: "dan", Session: "s-dan"})
	l.Clock.Advance(5 * time.Second)
	l.do(seats.SetIdle{Teammate: "ivy", Session: "s-ivy", Seq: 2, Idle: true})
	l.Clock.Advance(5 * time.Second)
	l.do(seats.Renew{Lease: 15 * time.Second}, seats.Drop{Teammate: "bob", Session: "s-bob"})
	return l
}

func (l timedLicense) do(commands ...seats.Command) seats.Outcome {
	l.Helper()
	return do(l.T, l.Timed, batch(l.license, commands...))
}

func (l timedLicense) board() seats.Board {
	l.Helper()
	return board(l.T, l.Timed, l.license)
}

// moments are all that is to come, as what is shown tells it, by whose it is.
func moments(b seats.Board) map[string]time.Time {
	all := map[string]time.Time{"halt": b.HaltUntil}
	for _, h := range b.Holders {
		id := string(h.Teammate)
		all["seat of "+id], all["idle "+id], all["warned "+id] = h.GraceUntil, h.IdleSince, h.WarnedUntil
	}
	for _, w := range b.Waiters {
		all["place of "+string(w.Teammate)], all["cooldown of "+string(w.Teammate)] = w.GraceUntil, w.CooldownUntil
	}
	for _, a := range b.Asks {
		all["ask "+string(a.ID)] = a.Until
	}
	for _, loss := range b.Losses {
		all["cooldown after the loss of "+string(loss.Teammate)] = loss.CooldownUntil
	}
	return all
}

func earlier(all map[string]time.Time, by time.Duration) map[string]time.Time {
	moved := map[string]time.Time{}
	for name, at := range all {
		moved[name] = at
		if !at.IsZero() {
			moved[name] = at.Add(-by)
		}
	}
	return moved
}

func TestClockSetBackMovesWhatIsToCome(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{1001 * time.Millisecond, time.Hour, 1000 * time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			l := everything(t)
			before, due := l.board(), l.do().Due
			if len(before.Asks) != 2 || len(before.Holders) != 4 || before.Holders[2].WarnedUntil.IsZero() {
				t.Fatalf("not everything is there: %+v", before)
			}
			l.Clock.Advance(-by)
			out := l.do()
			if want := l.Clock.Time().Truncate(time.Millisecond); !out.Now.Equal(want) || !out.Due.Equal(due.Add(-by)) {
				t.Errorf("now %s, due %s; want %s, %s", out.Now, out.Due, want, due.Add(-by))
			}
			after := l.board()
			if diff := cmp.Diff(earlier(moments(before), by), moments(after)); diff != "" {
				t.Errorf("what is to come (-want +got):\n%s", diff)
			}
			if len(out.Changes) != 1 {
				t.Fatalf("%d changes are announced, want one", len(out.Changes))
			}
			change := out.Changes[0]
			if len(change.Holders) != 4 || len(change.Waiters) != 2 || len(change.Asks) != 2 || len(change.Losses) > 0 {
				t.Errorf("announced: %+v", change)
			}
			if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(seats.Head{}, "Version"), cmpopts.IgnoreFields(seats.Holder{}, "GraceUntil", "IdleSince", "WarnedUntil"),
				cmpopts.IgnoreFields(seats.Waiter{}, "GraceUntil", "CooldownUntil"), cmpopts.IgnoreFields(seats.Ask{}, "Until"),
				cmpopts.IgnoreFields(seats.Loss{}, "CooldownUntil")); diff != "" {
				t.Errorf("something else changed:\n%s", diff)
			}
			if replies := l.do(take("hal", "s-hal", 2), take("gil", "s-gil2", 1)).Replies; replies[0] != any(seats.Ended{}) ||
				replies[1] != any(seats.Refused{Code: seats.InCooldown, RetryAfter: 50 * time.Second}) {
				t.Errorf("answered with %+v", replies)
			}
		})
	}
}

// scenery is what there is to see of a license at one moment, with its moments counted from then.
type scenery struct {
	Due, Cooling  time.Duration
	Used, Waiting int
	Moments       map[string]time.Duration
}

func (l timedLicense) look(out seats.Outcome) scenery {
	l.Helper()
	b := l.board()
	s := scenery{Due: out.Due.Sub(out.Now), Used: b.Used, Waiting: b.Waiting, Moments: map[string]time.Duration{}}
	if refused, ok := l.do(take("gil", "s-gil2", 1)).Replies[0].(seats.Refused); ok {
		s.Cooling = refused.RetryAfter
	}
	for name, at := range moments(b) {
		if !at.IsZero() {
			s.Moments[name] = at.Sub(out.Now)
		}
	}
	return s
}

// A license goes the same way with its clock set back as without: nothing comes earlier, and nothing later.
func TestClockSetBackChangesNothingThatIsToCome(t *testing.T) {
	t.Parallel()
	way := func(back time.Duration) []scenery {
		l := everything(t)
		l.do(take("gil", "s-gil2", 1))
		l.Clock.Advance(-back)
		all := []scenery{l.look(l.do())}
		// Another device of ann's, who is active there for a moment, and then is idle since when the first one is.
		l.do(take("ann", "s-ann2", 1), seats.Drop{Teammate: "ann", Session: "s-ann2"})
		for i := range 400 {
			l.Clock.Advance(time.Second)
			if i < 100 { // and then nobody renews
				l.do(seats.Renew{Lease: 15 * time.Second})
			}
			if i == 40 { // ann's seat would help the one, and then ivy's the other
				kay, lou := take("kay", "s-kay", 1), take("lou", "s-lou", 1)
				kay.Wait, lou.Wait = true, true
				l.do(kay, lou)
			}
			all = append(all, l.look(l.do()))
		}
		for name, content := range stored(t, l.client, l.Store, l.license) {
			if !slices.Contains([]string{"state", "config", "I.gaps", "over", "nodes"}, name) {
				t.Errorf("%s is left: %v", name, content)
			}
		}
		return all
	}
	if diff := cmp.Diff(way(0), way(3*time.Hour)); diff != "" {
		t.Errorf("it went (-never set back +set back):\n%s", diff)
	}
}

func TestClockSetBackALittleStandsStill(t *testing.T) {
	t.Parallel()
	l := everything(t)
	before := l.board()
	now := l.do().Now
	for _, by := range []time.Duration{time.Millisecond, 999 * time.Millisecond} { // a second behind in all
		l.Clock.Advance(-by)
		if out := l.do(); !out.Now.Equal(now) || len(out.Changes) > 0 {
			t.Errorf("now %s after %s, changes %+v", out.Now, now, out.Changes)
		}
	}
	if diff := cmp.Diff(before, l.board()); diff != "" {
		t.Error(diff)
	}
	l.Clock.Advance(1500 * time.Millisecond)
	if out := l.do(); !out.Now.Equal(now.Add(500 * time.Millisecond)) {
		t.Errorf("now %s, want half a second after %s", out.Now, now)
	}
}

// A clock that jumps forward looks like silence: nothing is lost when the nodes renew then.
func TestClockSetForwardWaitsForNodes(t *testing.T) {
	t.Parallel()
	l := everything(t)
	before := l.board()
	l.Clock.Advance(5 * time.Hour)
	out := l.do()
	if until := out.Now.Add(5 * time.Second); !l.board().HaltUntil.Equal(until) {
		t.Errorf("halted until %s, want %s", l.board().HaltUntil, until)
	}
	if diff := cmp.Diff(before.Holders, l.board().Holders); diff != "" {
		t.Errorf("the jump cost seats:\n%s", diff)
	}
	l.do(seats.Renew{Lease: 15 * time.Second})
	l.Clock.Advance(7 * time.Second)
	l.do()
	// The time of bob and jim, who were in grace, was over; dan and fay have their seats, so that ann may keep hers.
	var seated []seats.TeammateID
	for _, h := range l.board().Holders {
		seated = append(seated, h.Teammate)
	}
	if diff := cmp.Diff([]seats.TeammateID{"ann", "dan", "fay", "ivy"}, seated, cmpopts.SortSlices(func(a, b seats.TeammateID) bool { return a < b })); diff != "" {
		t.Errorf("those seated (-want +got):\n%s", diff)
	}
}

// In a window the halt moves with the clock, and so do the ends in what bars claims.
func TestClockSetBackInAWindow(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	l := timedLicense{seatsredis.NewTimed(t, client, leasetest.NewClock()), t, client, seatstest.NewLicense()}
	l.do(seats.Open{Generation: 2, Window: time.Minute}, openBatch("", 1, 2).Commands[1])
	l.do(seats.Free{Teammate: "ann", Fence: 1_000_000_001, Cooldown: 2 * time.Minute})
	l.Clock.Advance(-time.Hour)
	l.do()
	now := l.Clock.Time().Truncate(time.Millisecond)
	if head := l.board().Head; !head.HaltUntil.Equal(now.Add(time.Minute)) || !head.Window {
		t.Errorf("halted until %s, want %s", head.HaltUntil, now.Add(time.Minute))
	}
	reply := l.do(seats.Claim{
		Generation: 2, Member: member("ann"), Revision: 1,
		Holder: seats.Holder{Number: 1, Fence: 1_000_000_001, GraceUntil: now.Add(time.Minute)},
	}).Replies[0]
	lost, ok := reply.(seats.Lost)
	if !ok || lost.Loss.Reason != seats.LostFreed || !lost.Loss.CooldownUntil.Equal(now.Add(2*time.Minute)) {
		t.Errorf("answered with %+v", reply)
	}
}
