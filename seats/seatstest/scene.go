package seatstest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/seats"
)

// What a scene's license is configured with, unless a test says otherwise.
const (
	lease = 15 * time.Second
	grace = 30 * time.Second
)

const (
	nodeA seats.NodeID = "node-a"
	nodeB seats.NodeID = "node-b"

	// witness is a node without sessions whose lease outlives every scene, so that there is no silence: what tests
	// of other things wait for comes at its moment.
	witness      seats.NodeID = "node-witness"
	witnessLease              = 1000 * time.Hour
)

// scene is one license on the engine under test, with short words for what a test does to it.
type scene struct {
	testing.TB
	Engine
	license  seats.LicenseID
	revision seats.Revision // that takes are sent with
	config   seats.Config
	seq      uint64 // of the latest SetIdle
}

// empty returns a scene whose license was never opened.
func empty(t testing.TB, f Factory) *scene {
	return &scene{TB: t, Engine: f(t), license: NewLicense()}
}

// open returns a scene with an active license of that many seats, opened as generation 1, and leases for node A and
// the witness.
func open(t testing.TB, f Factory, seatCap int) *scene {
	t.Helper()
	s := silent(t, f, seatCap)
	s.witnessed()
	return s
}

// witnessed gives the witness a lease, and node A another one: the last one, whose length counts.
func (s *scene) witnessed() {
	s.Helper()
	s.by(witness, seats.Renew{Lease: witnessLease})
	s.do(seats.Renew{Lease: lease})
}

// silent is open without the witness: when node A does not renew, there is silence.
func silent(t testing.TB, f Factory, seatCap int) *scene {
	t.Helper()
	s := unserved(t, f, seatCap, seats.Open{Generation: 1})
	s.do(seats.Renew{Lease: lease})
	return s
}

// unserved returns a scene with an active license of that many seats, for which no node has a lease yet.
func unserved(t testing.TB, f Factory, seatCap int, as seats.Open) *scene {
	t.Helper()
	s := empty(t, f)
	s.config = seats.Config{
		Revision: 1, Status: seats.Active, Cap: seatCap, Grace: grace, Waitlist: true, HandOver: seats.HandOverAnyone,
	}
	s.revision = 1
	s.do(as, seats.Configure{Config: s.config})
	return s
}

// batch is what commands are sent in, by node A.
func (s *scene) batch(commands ...seats.Command) seats.Batch {
	return seats.Batch{License: s.license, Node: nodeA, Commands: commands}
}

// try sends a batch and returns what came of it.
func (s *scene) try(b seats.Batch) (seats.Outcome, error) { return s.Store.Do(s.Context(), b) }

// send sends a batch that may not fail.
func (s *scene) send(b seats.Batch) seats.Outcome {
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
func (s *scene) do(commands ...seats.Command) seats.Outcome {
	s.Helper()
	return s.send(s.batch(commands...))
}

// by sends commands by some node.
func (s *scene) by(node seats.NodeID, commands ...seats.Command) seats.Outcome {
	s.Helper()
	b := s.batch(commands...)
	b.Node = node
	return s.send(b)
}

// change is the one change that a batch came to.
func (s *scene) change(out seats.Outcome) seats.Change {
	s.Helper()
	if len(out.Changes) != 1 {
		s.Fatalf("%d changes, want 1: %+v", len(out.Changes), out.Changes)
	}
	return out.Changes[0]
}

// reply sends one command by node A and returns what it was answered with.
func (s *scene) reply(c seats.Command) seats.Reply {
	s.Helper()
	return s.do(c).Replies[0]
}

// take is a take of an operator at the scene's revision.
func (s *scene) take(teammate seats.TeammateID, session seats.SessionID, seq uint64) seats.Take {
	return seats.Take{Member: member(teammate), Revision: s.revision, Session: session, Seq: seq}
}

// member is an operator whose name follows from the id.
func member(id seats.TeammateID) seats.Member {
	return seats.Member{Teammate: id, Name: "Name of " + string(id), Operator: true}
}

// seat has a teammate take a new seat by node A, and returns the holder.
func (s *scene) seat(teammate seats.TeammateID, session seats.SessionID) seats.Holder {
	s.Helper()
	reply := s.reply(s.take(teammate, session, 1))
	granted, ok := reply.(seats.Granted)
	if !ok || !granted.New {
		s.Fatalf("take of %s: %#v, want a new seat", teammate, reply)
	}
	return granted.Holder
}

// ses is the session by which a teammate is there where a test does not say which.
func ses(teammate seats.TeammateID) seats.SessionID { return "ses-" + seats.SessionID(teammate) }

// boss is an operator who is an administrator too.
func boss(id seats.TeammateID) seats.Member {
	m := member(id)
	m.Administrator = true
	return m
}

// wants is a member's first take, for a place in line too.
func (s *scene) wants(m seats.Member) seats.Take {
	return seats.Take{Member: m, Revision: s.revision, Session: ses(m.Teammate), Seq: 1, Wait: true}
}

// fill has teammates take new seats.
func (s *scene) fill(teammates ...seats.TeammateID) {
	s.Helper()
	for _, id := range teammates {
		s.seat(id, ses(id))
	}
}

// seatAs has a member take a new seat.
func (s *scene) seatAs(m seats.Member) {
	s.Helper()
	equal(s, "a new seat for "+string(m.Teammate), granted(s, s.reply(s.wants(m))).New, true)
}

// queue has teammates wait in line.
func (s *scene) queue(teammates ...seats.TeammateID) {
	s.Helper()
	for _, id := range teammates {
		s.queueAs(member(id))
	}
}

// queueAs has a member wait in line.
func (s *scene) queueAs(m seats.Member) {
	s.Helper()
	waits(s, s.reply(s.wants(m)))
}

// logout logs a teammate's usual session out.
func (s *scene) logout(teammate seats.TeammateID) seats.Outcome {
	s.Helper()
	return s.do(seats.Logout{Teammate: teammate, Session: ses(teammate)})
}

// drop loses a teammate's usual session.
func (s *scene) drop(teammate seats.TeammateID) seats.Outcome {
	s.Helper()
	return s.do(seats.Drop{Teammate: teammate, Session: ses(teammate)})
}

// line fails unless exactly these wait, in the order in which they stand.
func (s *scene) line(want ...seats.TeammateID) {
	s.Helper()
	board := s.board()
	slices.SortStableFunc(board.Waiters, func(a, b seats.Waiter) int {
		if board.Before(a, b) {
			return -1
		}
		return 1
	})
	got := []seats.TeammateID{}
	for _, w := range board.Waiters {
		got = append(got, w.Teammate)
	}
	equal(s, "those waiting", got, want)
}

// waiter returns a teammate's place as the board shows it, or fails.
func (s *scene) waiter(teammate seats.TeammateID) seats.Waiter {
	s.Helper()
	board := s.board()
	for _, w := range board.Waiters {
		if w.Teammate == teammate {
			return w
		}
	}
	s.Fatalf("%s does not wait: %+v", teammate, board.Waiters)
	return seats.Waiter{}
}

// board reads the board, which is audited.
func (s *scene) board() seats.Board {
	s.Helper()
	board := answered[seats.BoardRead](s, s.reply(seats.Read{})).Board
	audit(s, board)
	return board
}

// holder returns a teammate's seat as the board shows it, or fails.
func (s *scene) holder(teammate seats.TeammateID) seats.Holder {
	s.Helper()
	board := s.board()
	for _, h := range board.Holders {
		if h.Teammate == teammate {
			return h
		}
	}
	s.Fatalf("%s holds no seat: %+v", teammate, board.Holders)
	return seats.Holder{}
}

// loss returns the last loss of a teammate as the board remembers it, or fails.
func (s *scene) loss(teammate seats.TeammateID) seats.Loss {
	s.Helper()
	board := s.board()
	for _, l := range board.Losses {
		if l.Teammate == teammate {
			return l
		}
	}
	s.Fatalf("no loss of %s is remembered: %+v", teammate, board.Losses)
	return seats.Loss{}
}

// lossOf is the loss of a seat, by nobody's command.
func lossOf(h seats.Holder, r seats.Reason, at time.Time) seats.Loss {
	return seats.Loss{
		Teammate: h.Teammate, Number: h.Number, Fence: h.Fence, Reason: r, At: at, Since: h.Since, Overage: h.Overage, Via: h.Via,
	}
}

// seated fails unless exactly these hold seats, in the order of their numbers.
func (s *scene) seated(want ...seats.TeammateID) {
	s.Helper()
	got := []seats.TeammateID{}
	board := s.board()
	for _, h := range board.Holders {
		got = append(got, h.Teammate)
	}
	equal(s, "those seated", got, want)
	equal(s, "seats used", board.Used, len(want))
}

// configure brings the license to the next revision after a change of its configuration.
func (s *scene) configure(change func(*seats.Config), changed ...seats.Member) seats.Outcome {
	s.Helper()
	base := s.config.Revision
	s.config.Revision++
	if change != nil {
		change(&s.config)
	}
	s.revision = s.config.Revision
	out := s.do(seats.Configure{Config: s.config, Base: base, Changed: changed})
	equal[seats.Reply](s, "configure", out.Replies[0], seats.Done{})
	return out
}

// age advances the engine's time in steps in which node A renews its lease in time.
func (s *scene) age(d time.Duration) {
	s.Helper()
	for d > 0 {
		part := min(d, lease/3)
		s.Advance(part)
		d -= part
		s.do(seats.Renew{Lease: lease})
	}
}

// now is the engine's time as outcomes tell it.
func (s *scene) now() time.Time { return s.Now().Truncate(time.Millisecond) }

// equal fails when what there is differs from what is wanted. An empty slice is as good as none.
func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// refused fails unless the reply is a refusal with that code.
func refused(t testing.TB, reply seats.Reply, code seats.RefusalCode) seats.Refused {
	t.Helper()
	r, ok := reply.(seats.Refused)
	if !ok || r.Code != code {
		t.Fatalf("answered with %#v, want refused with %s", reply, code)
	}
	return r
}

// answered is a reply of the kind that is wanted, or fails.
func answered[R seats.Reply](t testing.TB, reply seats.Reply) R {
	t.Helper()
	r, ok := reply.(R)
	if !ok {
		t.Fatalf("answered with %#v, want %T", reply, r)
	}
	return r
}

// granted fails unless the reply is a grant.
func granted(t testing.TB, reply seats.Reply) seats.Granted {
	t.Helper()
	return answered[seats.Granted](t, reply)
}

// waits fails unless the reply is a place in line.
func waits(t testing.TB, reply seats.Reply) seats.Waiting {
	t.Helper()
	return answered[seats.Waiting](t, reply)
}
