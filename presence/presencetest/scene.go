package presencetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/presence"
)

// grace is that of a scene's license, unless a test says otherwise.
const grace = 30 * time.Second

const (
	nodeA presence.NodeID = "node-a"
	nodeB presence.NodeID = "node-b"
	nodeC presence.NodeID = "node-c"

	// forever is a lease that outlives every scene.
	forever = 1000 * time.Hour
)

// scene is one license on the engine under test, with short words for what a test does to it.
type scene struct {
	testing.TB
	Engine
	license presence.LicenseID
	config  presence.Config
	choices int64 // the latest one's number
}

// unopened returns a scene whose license was never opened.
func unopened(t testing.TB, f Factory) *scene {
	return &scene{
		TB: t, Engine: f(t), license: NewLicense(), config: presence.Config{Revision: 1, Grace: grace},
	}
}

// open returns a scene whose license has these teammates, opened as generation 1, with a lease of node A that outlives it.
func open(t testing.TB, f Factory, teammates ...presence.TeammateID) *scene {
	t.Helper()
	s := unopened(t, f)
	s.opens(1, 0, teammates...)
	s.lease(nodeA, forever)
	return s
}

// beside is open with one more teammate, zoe, who is here through node A: when another node's lease ends there is no silence.
func beside(t testing.TB, f Factory, teammates ...presence.TeammateID) *scene {
	t.Helper()
	s := open(t, f, append(teammates, "zoe")...)
	s.enter("zoe")
	return s
}

// opens begins the license's first generation.
func (s *scene) opens(g presence.Generation, window time.Duration, teammates ...presence.TeammateID) presence.Outcome {
	s.Helper()
	o := presence.Open{Generation: g, Window: window, Config: s.config}
	for _, id := range teammates {
		o.Members = append(o.Members, member(id))
	}
	return s.do(o)
}

// member is an operator who never chose a status.
func member(id presence.TeammateID) presence.Member {
	return presence.Member{Teammate: id, Name: "Name of " + string(id), Operator: true}
}

// lease renews a node's lease on the scene's license.
func (s *scene) lease(node presence.NodeID, d time.Duration) { s.Lease(s.license, node, d) }

// batch is what commands are sent in, by node A.
func (s *scene) batch(commands ...presence.Command) presence.Batch {
	return presence.Batch{License: s.license, Node: nodeA, Commands: commands}
}

// try sends a batch and returns what came of it.
func (s *scene) try(b presence.Batch) (presence.Outcome, error) { return s.Store.Do(s.Context(), b) }

// send sends a batch that may not fail.
func (s *scene) send(b presence.Batch) presence.Outcome {
	s.Helper()
	out, err := s.try(b)
	if err != nil {
		s.Fatalf("Do(%+v): %v", b.Commands, err)
	}
	if len(out.Replies) != len(b.Commands) {
		s.Fatalf("Do(%+v): %d replies, want one for each command", b.Commands, len(out.Replies))
	}
	return out
}

// do sends commands by node A; none of them: a tick.
func (s *scene) do(commands ...presence.Command) presence.Outcome {
	s.Helper()
	return s.send(s.batch(commands...))
}

// by sends commands by some node.
func (s *scene) by(node presence.NodeID, commands ...presence.Command) presence.Outcome {
	s.Helper()
	b := s.batch(commands...)
	b.Node = node
	return s.send(b)
}

// reply sends one command by node A and returns what it was answered with.
func (s *scene) reply(c presence.Command) presence.Reply {
	s.Helper()
	return s.do(c).Replies[0]
}

// ses is the session by which a teammate is here where a test does not say which.
func ses(teammate presence.TeammateID) presence.SessionID {
	return "ses-" + presence.SessionID(teammate)
}

// arrive is the first arrival of a teammate's usual session.
func arrive(teammate presence.TeammateID) presence.Arrive {
	return presence.Arrive{Teammate: teammate, Session: ses(teammate), Seq: 1, Device: "web"}
}

// enter has teammates' usual sessions arrive through node A.
func (s *scene) enter(teammates ...presence.TeammateID) {
	s.Helper()
	for _, id := range teammates {
		present(s, s.reply(arrive(id)))
	}
}

// enterBy has teammates' usual sessions arrive through a node, which gets a lease.
func (s *scene) enterBy(node presence.NodeID, teammates ...presence.TeammateID) {
	s.Helper()
	s.lease(node, LeaseTime)
	for _, id := range teammates {
		present(s, s.by(node, arrive(id)).Replies[0])
	}
}

// another is the first arrival of one more session of a teammate.
func another(teammate presence.TeammateID, session presence.SessionID) presence.Arrive {
	c := arrive(teammate)
	c.Session = session
	return c
}

// configure brings the license to the next revision after a change of its configuration and members.
func (s *scene) configure(change func(*presence.Configure)) presence.Outcome {
	s.Helper()
	c := presence.Configure{Base: s.config.Revision, Config: s.config}
	c.Config.Revision++
	change(&c)
	s.config = c.Config
	out := s.do(c)
	equal[presence.Reply](s, "configure", out.Replies[0], presence.Done{})
	return out
}

// chooses has a teammate choose, with the next number that nobody has.
func (s *scene) chooses(teammate presence.TeammateID, c presence.Choice) presence.Entry {
	s.Helper()
	s.choices++
	c.Number = s.choices
	return answered[presence.Chosen](s, s.reply(presence.Choose{Teammate: teammate, Choice: c})).Entry
}

// status fails unless a teammate's status is that, since that moment.
func (s *scene) status(teammate presence.TeammateID, want presence.Status, since time.Time) {
	s.Helper()
	e := s.entry(teammate)
	if e.Status != want || !e.Since.Equal(since) {
		s.Fatalf("%s is %s since %s, want %s since %s", teammate, e.Status, e.Since, want, since)
	}
}

// sessions fails unless these are the sessions of a teammate's devices, in that order.
func (s *scene) sessions(teammate presence.TeammateID, want ...presence.SessionID) {
	s.Helper()
	var got []presence.SessionID
	for _, d := range s.entry(teammate).Devices {
		got = append(got, d.Session)
	}
	equal(s, "sessions of "+string(teammate), got, want)
}

// quiet fails unless a batch changed nothing.
func (s *scene) quiet(out presence.Outcome) {
	s.Helper()
	equal(s, "changes", out.Changes, nil)
}

// wait moves the clock and returns what the engine's time was before.
func (s *scene) wait(d time.Duration) (before time.Time) {
	before = s.now()
	s.Advance(d)
	return before
}

// drop loses a teammate's usual session.
func (s *scene) drop(teammate presence.TeammateID) {
	s.Helper()
	s.do(presence.Drop{Teammate: teammate, Session: ses(teammate)})
}

// depart logs a teammate's usual session out.
func (s *scene) depart(teammate presence.TeammateID) presence.Outcome {
	s.Helper()
	return s.do(presence.Depart{Teammate: teammate, Session: ses(teammate)})
}

// roster reads the roster.
func (s *scene) roster() presence.Roster {
	s.Helper()
	return answered[presence.RosterRead](s, s.reply(presence.Read{})).Roster
}

// entry is what the roster says of a teammate, or fails.
func (s *scene) entry(teammate presence.TeammateID) presence.Entry {
	s.Helper()
	for _, e := range s.roster().Entries {
		if e.Teammate == teammate {
			return e
		}
	}
	s.Fatalf("%s is not on the roster", teammate)
	return presence.Entry{}
}

// change is the one change that a batch came to.
func (s *scene) change(out presence.Outcome) presence.Change {
	s.Helper()
	if len(out.Changes) != 1 {
		s.Fatalf("%d changes, want 1: %+v", len(out.Changes), out.Changes)
	}
	return out.Changes[0]
}

// changed is the one entry of the one change that a batch came to.
func (s *scene) changed(out presence.Outcome) presence.Entry {
	s.Helper()
	c := s.change(out)
	if len(c.Entries) != 1 {
		s.Fatalf("%d entries changed, want 1: %+v", len(c.Entries), c.Entries)
	}
	return c.Entries[0]
}

// now is the engine's time as outcomes tell it.
func (s *scene) now() time.Time { return s.Now().Truncate(time.Millisecond).UTC() }

// equal fails when what there is differs from what is wanted. An empty slice is as good as none.
func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// present fails unless the reply says that the session is here.
func present(t testing.TB, reply presence.Reply) presence.Present {
	t.Helper()
	return answered[presence.Present](t, reply)
}

// answered is a reply of the kind that is wanted, or fails.
func answered[R presence.Reply](t testing.TB, reply presence.Reply) R {
	t.Helper()
	r, ok := reply.(R)
	if !ok {
		t.Fatalf("answered with %#v, want %T", reply, r)
	}
	return r
}
