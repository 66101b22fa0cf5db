package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// silence: nobody renews for a lease, while there are holders or waiters. So living nodes get the time to renew.
var silence = []promise{
	{"Promise7_InSilenceNothingExpiresForAThirdOfTheLease", silenceHalts},
	{"LivingNodesKeepAllThroughSilence", silenceLiving},
	{"DeadNodesLapseAtTheirOwnMoments", silenceDead},
	{"WhatWasDueComesWhenTheSilenceIsOver", silenceDue},
	{"SilenceBeginsWhenItIsNoticed", silenceNoticed},
	{"SilenceIsWaitedForOnceUntilARenewal", silenceOnce},
	{"SilenceMattersWhereSomebodyHoldsOrWaits", silenceMatters},
	{"InSilenceNothingIsGranted", silenceGrants},
	{"InSilenceSeatsAreGivenBackAndGrantedAfterwards", silenceGivesBack},
	{"InSilenceNobodyIsWarnedOrEvicted", silenceWarns},
	{"TheLastLeasesLengthCounts", silenceLength},
}

const hush = lease / 3

func silenceHalts(t *testing.T, f Factory) {
	s := silent(t, f, 2)
	s.fill("ann")
	ann := s.holder("ann")
	start := s.now()
	equal(t, "due", s.do().Due, start.Add(lease))
	s.Advance(lease)
	out := s.do()
	until := s.now().Add(hush)
	equal(t, "changes", len(out.Changes), 1)
	equal(t, "halted until, window", [2]any{s.change(out).HaltUntil, s.change(out).Window}, [2]any{until, false})
	equal(t, "due", out.Due, until)
	equal(t, "ann's seat", s.holder("ann"), ann) // live still: who knows
	s.Advance(hush - time.Millisecond)
	s.unchanged(s.batch())
	s.Advance(time.Millisecond)
	out = s.do()
	equal(t, "halted", s.change(out).HaltUntil, time.Time{})
	equal(t, "in grace since the lease ended", s.holder("ann").GraceUntil, start.Add(lease+grace))
	equal(t, "due", out.Due, start.Add(lease+grace))
	s.Advance(grace - hush)
	s.seated()
	equal(t, "lost at", s.loss("ann").At, start.Add(lease+grace))
}

func silenceLiving(t *testing.T, f Factory) {
	s := silent(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	ann, bob := s.holder("ann"), s.waiter("bob")
	s.Advance(lease + grace + time.Hour) // the engine was cut off for long
	s.do()
	s.Advance(hush - time.Millisecond)
	equal[seats.Reply](t, "renew", s.reply(seats.Renew{Lease: lease}), seats.Renewed{Known: true})
	s.Advance(time.Millisecond)
	s.do()
	equal(t, "ann's seat", s.holder("ann"), ann)
	equal(t, "bob's place", s.waiter("bob"), bob)
	equal(t, "halted", s.board().HaltUntil, time.Time{})
}

func silenceDead(t *testing.T, f Factory) {
	s := silent(t, f, 3)
	start := s.now()
	s.fill("ann")
	s.by(nodeB, seats.Renew{Lease: lease - 2*time.Second}, s.take("bob", "ses-bob", 1))
	s.by(nodeC, seats.Renew{Lease: lease}, s.take("cid", "ses-cid", 1))
	s.Advance(lease)
	s.do(seats.Renew{Lease: lease}) // the only one that lives; it is the first to be heard, and ends no halt
	equal(t, "halted until", s.board().HaltUntil, s.now().Add(hush))
	equal(t, "bob lapsed before", s.holder("bob").Sessions, 1)
	s.Advance(hush)
	s.do()
	equal(t, "ann's grace", s.holder("ann").GraceUntil, time.Time{})
	equal(t, "bob's grace", s.holder("bob").GraceUntil, start.Add(lease-2*time.Second+grace))
	equal(t, "cid's grace", s.holder("cid").GraceUntil, start.Add(lease+grace))
}

// silenceDue: what became due before the silence was noticed comes about after it, in its order.
func silenceDue(t *testing.T, f Factory) {
	s := silent(t, f, 3)
	start := s.now()
	s.fill("ann", "bob", "cid")
	s.drop("ann")
	s.Advance(time.Second)
	s.drop("bob")
	s.Advance(9 * time.Second)
	s.do(seats.Renew{Lease: lease})
	s.Advance(lease + 10*time.Second) // 35 s in: both graces are over, and so is the lease
	s.do()
	ends := start.Add(35*time.Second + hush)
	equal(t, "halted until", s.board().HaltUntil, ends)
	s.seated("ann", "bob", "cid")
	s.Advance(hush + time.Second) // late
	out := s.do()
	lost := []seats.TeammateID{}
	for _, l := range s.change(out).Losses {
		lost = append(lost, l.Teammate)
		equal(t, "lost at", l.At, ends)
	}
	equal(t, "lost", lost, []seats.TeammateID{"ann", "bob"})
	equal(t, "cid's grace", s.holder("cid").GraceUntil, start.Add(25*time.Second+grace))
}

func silenceNoticed(t *testing.T, f Factory) {
	s := silent(t, f, 1)
	s.fill("ann")
	s.Advance(lease + 7*time.Second)
	s.do()
	equal(t, "halted until", s.board().HaltUntil, s.now().Add(hush))
}

func silenceOnce(t *testing.T, f Factory) {
	s := silent(t, f, 2)
	s.configure(func(c *seats.Config) { c.Grace = time.Hour })
	s.fill("ann")
	s.Advance(lease)
	s.do()
	s.Advance(hush)
	s.do()
	s.Advance(20 * time.Minute)
	equal(t, "halted", s.board().HaltUntil, time.Time{})
	s.do(seats.Renew{Lease: lease})
	s.Advance(lease)
	equal(t, "halted after a renewal", s.board().HaltUntil, s.now().Add(hush))
}

func silenceMatters(t *testing.T, f Factory) {
	s := silent(t, f, 1)
	s.Advance(lease)
	s.unchanged(s.batch())
	equal[seats.Reply](t, "take", s.reply(s.take("ann", "ses-ann", 1)), seats.NoLease{}) // and nothing is attached
	s.do(seats.Renew{Lease: lease})
	s.configure(func(c *seats.Config) { c.Cap = 0 })
	s.here("ann")
	s.Advance(lease)
	equal(t, "halted for who was refused", s.board().HaltUntil, time.Time{})
	s.do(seats.Renew{Lease: lease})
	s.queue("bob")
	s.Advance(lease)
	equal(t, "halted for who waits", s.board().HaltUntil, s.now().Add(hush))
}

func silenceGrants(t *testing.T, f Factory) {
	s := silent(t, f, 2)
	s.fill("ann")
	s.Advance(lease)
	s.do()
	s.by(nodeB, seats.Renew{Lease: lease})
	s.Advance(time.Second)
	left := hush - time.Second
	equal(t, "a newcomer", refused(t, s.by(nodeB, s.take("bob", "ses-bob", 1)).Replies[0], seats.Recovering).RetryAfter, left)
	equal(t, "explained", s.explain(member("bob")), seats.Explained{
		Rule: seats.Rule(seats.Recovering), Occupancy: seats.Occupancy{Total: 2, Used: 1}, RetryAfter: left,
	})
	waits(t, s.by(nodeB, s.wants(member("cid"))).Replies[0])
	equal(t, "asked again", waits(t, s.by(nodeB, s.take("cid", "ses-cid", 2)).Replies[0]).Place, 1)
	equal(t, "a holder", granted(t, s.by(nodeB, s.take("ann", "ses-2", 1)).Replies[0]).New, false)
	c := s.hands("ann", "bob")
	equal[seats.Reply](t, "hand-over", s.unchanged(s.batch(c))[0], seats.NotHanded{Code: seats.HandOverUnavailable, RetryAfter: left})
	ends := s.now().Add(left)
	s.Advance(left + time.Second) // late
	s.by(nodeB)
	cid := s.holder("cid")
	equal(t, "since, how", [2]any{cid.Since, cid.Via}, [2]any{ends, seats.ViaWaitlist})
	refused(t, s.by(nodeB, s.take("bob", "ses-bob", 2)).Replies[0], seats.SeatsFull)
}

func silenceGivesBack(t *testing.T, f Factory) {
	s := silent(t, f, 3)
	s.fill("ann", "bob", "cid")
	s.queue("dan", "eve", "fay", "gus")
	s.Advance(lease)
	s.do()
	s.do(seats.Renew{Lease: lease})
	s.logout("ann")
	s.do(seats.Leave{Teammate: "bob", Session: "ses-bob", Seq: 2, Fence: s.holder("bob").Fence})
	s.do(seats.Free{Teammate: "cid", Fence: s.holder("cid").Fence})
	s.do(seats.Unwait{Teammate: "dan", Session: "ses-dan", Seq: 2, Turn: s.waiter("dan").Turn})
	s.drop("eve")
	s.seated()
	s.line("eve", "fay", "gus")
	s.configure(func(c *seats.Config) { c.Cap = 4 })
	s.seated()
	s.Advance(hush)
	s.seated("fay", "gus")
}

func silenceWarns(t *testing.T, f Factory) {
	s := silent(t, f, 2)
	s.configure(func(c *seats.Config) {
		c.IdleAfter, c.IdleWarning, c.OnShrink = lease+time.Second, time.Second, seats.ShrinkEvictNewest
	})
	s.fill("ann", "bob")
	s.queue("cid")
	s.idles("ann", true)
	s.Advance(lease)
	s.do()
	ends := s.now().Add(hush)
	s.do(seats.Renew{Lease: lease})
	s.Advance(2 * time.Second)
	s.warned()
	s.do(seats.Unwait{Teammate: "cid", Session: "ses-cid", Seq: 2, Turn: s.waiter("cid").Turn})
	s.configure(func(c *seats.Config) { c.Cap = 1 })
	s.seated("ann", "bob")
	equal(t, "draining until then", s.board().Draining, true)
	waits(t, s.reply(s.wantsAgain("cid", "ses-cid", 3)))
	s.Advance(hush) // late, by two seconds
	ann, bob := s.loss("ann"), s.loss("bob")
	equal(t, "evicted", [3]any{bob.Teammate, bob.Reason, bob.At}, [3]any{seats.TeammateID("bob"), seats.LostShrunk, ends})
	// Warned at that moment, as cid waits and would get a seat by it.
	equal(t, "lost", [3]any{ann.Teammate, ann.Reason, ann.At}, [3]any{seats.TeammateID("ann"), seats.LostIdle, ends.Add(time.Second)})
	equal(t, "since", s.holder("cid").Since, ends.Add(time.Second))
}

func silenceLength(t *testing.T, f Factory) {
	s := silent(t, f, 1)
	s.fill("ann")
	s.do(seats.Renew{Lease: 6 * time.Second}) // shortens nothing
	s.Advance(lease)
	s.do()
	equal(t, "halted until", s.board().HaltUntil, s.now().Add(2*time.Second))
}
