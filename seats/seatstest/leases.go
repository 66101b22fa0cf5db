package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// leases: nodes that die, come back or are late, and time that passes without anybody calling.
var leases = []promise{
	{"Promise7_ACrashedNodesSeatsAreFreeAfterLeaseAndGrace", crashed},
	{"LateHeartbeatRevivesNoLostSeat", lateHeartbeat},
	{"RenewWithinGraceBringsItsSessionsBack", revives},
	{"RenewBringsNoEndedOrDetachedSessionBack", revivesLiveOnly},
	{"RenewTellsWhetherTheNodeIsKnown", renewKnown},
	{"RenewNeverShortens", renewNeverShortens},
	{"ALapseSparesWhoIsOnAnotherNodeToo", lapseBesideLive},
	{"ALapseDoesNotProlongAGrace", lapseInGrace},
	{"DelayedTickAppliesDeadlinesAtTheirMoments", delayedTick},
	{"WhatIsDueAtOnceGoesInOrder", dueTogether},
	{"DueTellsTheNextMoment", dueMoments},
	{"ATickRepeatedChangesNothing", tickIdempotent},
	{"ASessionMovesWithItsTake", sessionMoves},
	{"OthersCanReadWhenALeaseEnds", leaseEndIsRead},
	{"OthersCanReadWhenALeaseEndedHoweverLateThatIsNoticed", leaseEndedIsRead},
	{"OthersReadARenewedLeaseAsLive", leaseBegunAnewIsRead},
}

// reads compares what others read of a node's lease; the zero time: nothing.
func (s *scene) reads(what string, n seats.NodeID, want time.Time) {
	s.Helper()
	end, ok := s.LeaseEnd(s.license, n)
	if ok != !want.IsZero() || ok && !end.Equal(want) {
		s.Fatalf("%s: the lease of %s ends %s (known: %t), want %s", what, n, end, ok, want)
	}
}

func leaseEndIsRead(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.reads("never had", nodeB, time.Time{})
	s.by(nodeB, seats.Renew{Lease: lease})
	ends := s.now().Add(lease)
	s.reads("begun", nodeB, ends)
	s.Advance(lease / 3)
	s.reads("later", nodeB, ends)
	s.by(nodeB, seats.Renew{Lease: time.Second})
	s.reads("renewed for less", nodeB, ends)
	s.by(nodeB, seats.Renew{Lease: lease})
	s.reads("renewed", nodeB, s.now().Add(lease))
}

func leaseEndedIsRead(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.by(nodeB, seats.Renew{Lease: lease})
	s.seat("ann", "ses-1")
	took := s.by("node-c", seats.Renew{Lease: lease}, s.take("bob", "ses-2", 1))
	granted(t, took.Replies[1])
	ended := s.now().Add(lease)
	s.Advance(lease + time.Minute)
	s.reads("over, and not noticed", nodeB, ended)
	s.reads("over with sessions, and not noticed", "node-c", ended)
	s.by(nodeA, seats.Renew{Lease: 3 * time.Hour})
	s.Advance(time.Hour - time.Minute - time.Millisecond)
	s.do()
	s.reads("over", nodeB, ended)
	s.reads("over with sessions", "node-c", ended)
	s.Advance(time.Minute)
	s.by("node-d", seats.Renew{Lease: time.Second})
	s.Advance(time.Minute)
	s.do() // another one is over, with which old ones are forgotten
	s.reads("for longer than an hour", nodeB, time.Time{})
	s.reads("for longer than an hour, with sessions", "node-c", time.Time{})
}

func leaseBegunAnewIsRead(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.by(nodeB, seats.Renew{Lease: lease}, s.take("ann", "ses-1", 1))
	s.by("node-c", seats.Renew{Lease: lease})
	s.Advance(lease + time.Second)
	s.do()
	s.do(seats.Renew{Lease: time.Hour})
	s.do()
	for _, n := range []seats.NodeID{nodeB, "node-c"} {
		s.by(n, seats.Renew{Lease: lease})
		s.reads("begun anew", n, s.now().Add(lease))
	}
}

func crashed(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.by(nodeB, seats.Renew{Lease: time.Hour})
	s.Advance(lease - time.Millisecond)
	equal(t, "before the lease ends", s.holder("ann"), ann)
	s.Advance(time.Millisecond)
	inGrace := ann
	inGrace.Sessions, inGrace.GraceUntil = 0, s.now().Add(grace)
	equal(t, "when the lease ended", s.holder("ann"), inGrace)
	s.Advance(grace - time.Millisecond)
	refused(t, s.by(nodeB, s.take("bob", "ses-bob", 1)).Replies[0], seats.SeatsFull)
	s.Advance(time.Millisecond)
	granted(t, s.by(nodeB, s.take("bob", "ses-bob", 2)).Replies[0])
	equal(t, "reason", s.loss("ann").Reason, seats.LostExpired)
}

func lateHeartbeat(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	s.Advance(lease + grace)
	out := s.do(seats.Renew{Lease: lease}) // the first that anybody hears of it
	equal[seats.Reply](t, "renew", out.Replies[0], seats.Renewed{Known: false})
	s.seated()
	equal(t, "loss at", s.loss("ann").At, s.now())
	// Its session was forgotten, not ended: it may take again, and counts from then on.
	equal(t, "taken again", granted(t, s.reply(s.take("ann", "ses-1", 1))).New, true)
}

func revives(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.Advance(lease + grace - time.Millisecond)
	out := s.do(seats.Renew{Lease: lease})
	equal[seats.Reply](t, "renew", out.Replies[0], seats.Renewed{Known: true})
	equal(t, "ann's seat", s.holder("ann"), ann)
	s.Advance(time.Millisecond)
	equal(t, "when the grace would have ended", s.holder("ann"), ann)
	s.Advance(lease)
	equal(t, "a second lapse begins a grace of its own", s.holder("ann").GraceUntil, s.now().Add(grace-time.Millisecond))
}

func revivesLiveOnly(t *testing.T, f Factory) {
	s := open(t, f, 2)
	ann := s.seat("ann", "ses-1")
	s.do(s.take("ann", "ses-2", 1))
	s.do(s.take("ann", "ses-3", 1), seats.Drop{Teammate: "ann", Session: "ses-3"})
	s.do(seats.Leave{Teammate: "ann", Session: "ses-2", Seq: 2, Fence: ann.Fence})
	ann = granted(t, s.reply(s.take("ann", "ses-2", 3))).Holder
	s.Advance(lease)
	s.by(nodeB, seats.Drop{Teammate: "ann", Session: "ses-2"}) // lost while its node was thought dead
	until := s.holder("ann").GraceUntil
	s.do(seats.Renew{Lease: lease})
	ann.Sessions, ann.GraceUntil = 0, until
	equal(t, "ann's seat", s.holder("ann"), ann)
}

func renewKnown(t *testing.T, f Factory) {
	s := open(t, f, 1)
	renew := func(node seats.NodeID, known bool) {
		t.Helper()
		got := s.by(node, seats.Renew{Lease: lease}).Replies[0]
		equal[seats.Reply](t, "renewal of "+string(node), got, seats.Renewed{Known: known})
	}
	renew(nodeA, true) // begun by open
	renew(nodeB, false)
	s.Advance(lease - time.Millisecond)
	renew(nodeB, true)
	s.seat("ann", "ses-1")
	s.Advance(time.Millisecond)
	renew(nodeA, true) // lapsed this moment, remembered for its session
	s.Advance(lease)
	renew(nodeB, false) // lapsed, and had nothing to be remembered for
	s.Advance(grace)
	renew(nodeA, false)
}

func renewNeverShortens(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.do(seats.Renew{Lease: time.Second})
	s.Advance(lease - time.Millisecond)
	equal(t, "ann's seat", s.holder("ann"), ann)
	s.Advance(time.Millisecond)
	equal(t, "grace", s.holder("ann").InGrace(), true)
}

func lapseBesideLive(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.by(nodeB, seats.Renew{Lease: time.Hour}, s.take("ann", "ses-2", 1))
	s.Advance(lease)
	equal(t, "node A lapsed", s.holder("ann"), ann)
	s.Advance(grace)
	equal(t, "node A forgotten", s.holder("ann"), ann)
}

func lapseInGrace(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.seat("ann", "ses-1")
	s.seat("bob", "ses-bob")
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	until := s.holder("ann").GraceUntil
	s.Advance(lease)
	equal(t, "ann's grace", s.holder("ann").GraceUntil, until)
	equal(t, "bob's grace", s.holder("bob").GraceUntil, s.now().Add(grace))
}

func delayedTick(t *testing.T, f Factory) {
	s := open(t, f, 3)
	start := s.now()
	s.seat("ann", "ses-ann")
	s.by(nodeB, seats.Renew{Lease: 5 * time.Second}, s.take("bob", "ses-bob", 1))
	s.Advance(time.Second)
	s.seat("cid", "ses-cid")
	s.do(seats.Drop{Teammate: "cid", Session: "ses-cid"})
	s.Advance(lease + grace - 2*time.Second) // 44 s in, and nobody called since
	out := s.do()
	losses := map[seats.TeammateID]time.Time{}
	for _, l := range s.change(out).Losses {
		losses[l.Teammate] = l.At
	}
	equal(t, "lost at", losses, map[seats.TeammateID]time.Time{
		"bob": start.Add(5*time.Second + grace),
		"cid": start.Add(time.Second + grace),
	})
	equal(t, "ann's grace", s.holder("ann").GraceUntil, start.Add(lease+grace))
	equal(t, "due", out.Due, start.Add(lease+grace))
	s.Advance(time.Minute)
	s.seated()
	equal(t, "ann's loss", s.loss("ann").At, start.Add(lease+grace))
	equal(t, "bob's loss", s.loss("bob").At, start.Add(5*time.Second+grace))
}

func dueTogether(t *testing.T, f Factory) {
	s := open(t, f, 2)
	// Ann's grace ends at the very moment at which node A's lease does, when her session there is all she has.
	s.configure(func(c *seats.Config) { c.Grace = lease })
	s.seat("ann", "ses-1")
	s.seat("bob", "ses-bob")
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	s.Advance(lease)
	out := s.do()
	equal(t, "gone", s.change(out).Gone, []seats.TeammateID{"ann"})
	equal(t, "bob's grace", s.holder("bob").GraceUntil, s.now().Add(lease))
	s.Advance(lease) // bob's grace and the node's being forgotten at one moment
	out = s.do(seats.Renew{Lease: lease})
	equal[seats.Reply](t, "renew", out.Replies[0], seats.Renewed{})
	equal(t, "gone", s.change(out).Gone, []seats.TeammateID{"bob"})
}

func dueMoments(t *testing.T, f Factory) {
	s := open(t, f, 2)
	due := func(what string, out seats.Outcome, want time.Time) {
		t.Helper()
		equal(t, what, out.Due, want)
	}
	due("a node without sessions", s.do(), time.Time{})
	start := s.now()
	due("a lease", s.do(s.take("ann", "ses-1", 1)), start.Add(lease))
	s.Advance(time.Second)
	due("a longer lease", s.do(seats.Renew{Lease: 2 * grace}), start.Add(time.Second+2*grace))
	due("a grace before the lease", s.do(s.take("bob", "ses-bob", 1), seats.Drop{Teammate: "bob", Session: "ses-bob"}),
		start.Add(time.Second+grace))
	s.Advance(grace)
	due("the lease again", s.do(), start.Add(time.Second+2*grace))
	s.Advance(grace)
	due("lapsed", s.do(), start.Add(time.Second+3*grace))
	s.Advance(grace)
	due("all over", s.do(), time.Time{})
}

func tickIdempotent(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	s.Advance(lease + time.Second)
	equal(t, "changes of the first", len(s.do().Changes), 1)
	s.unchanged(s.batch())
	s.unchanged(s.batch())
}

func sessionMoves(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.by(nodeB, seats.Renew{Lease: time.Hour}, s.take("ann", "ses-1", 2))
	equal(t, "moved", s.holder("ann"), ann)
	s.Advance(lease)
	equal(t, "the node that it left has lapsed", s.holder("ann"), ann)
}
