package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// idle: a seat that nobody works at goes to who waits for one.
var idle = []promise{
	{"AnIdleHolderIsWarnedWhereThatHelps", idleHelps},
	{"AWarningComesAtItsMoment", warnedAtMoment},
	{"AWarningComesAtOnceWhenSomebodyBeginsToWait", warnedAtOnce},
	{"TheLongestIdleIsWarned", longestIdle},
	{"OneHolderIsWarnedAtATime", warnedOneByOne},
	{"TheWarnedLosesTheSeatAtTheDeadline", warnedLoses},
	{"ActivityIsAVeto", activityVetoes},
	{"AWarningIsWithdrawnWhenItHelpsNobodyAnyMore", warningWithdrawn},
	{"AnIdleHolderWhoIsInGraceIsNotIdle", idleInGrace},
	{"AHolderIsIdleWhenAllDevicesAre", idleDevices},
	{"TheIdlePolicyChangesForWhoIsWarned", idlePolicy},
	{"IdlenessIsTheSessionsOwn", idleSessions},
	{"Promise4_ARepeatedOrLateSetIdleChangesNothing", idleRepeated},
}

const (
	idleAfter   = 10 * time.Minute
	idleWarning = time.Minute
)

// idling is a scene with an idle policy, whose nodes' leases do not end.
func idling(t testing.TB, f Factory, seatCap int) *scene {
	t.Helper()
	s := open(t, f, seatCap)
	s.configure(func(c *seats.Config) { c.IdleAfter, c.IdleWarning = idleAfter, idleWarning })
	s.do(seats.Renew{Lease: witnessLease})
	return s
}

// idles has a teammate's usual session become idle, or active.
func (s *scene) idles(teammate seats.TeammateID, is bool) seats.Outcome {
	s.Helper()
	s.seq++
	return s.do(seats.SetIdle{Teammate: teammate, Session: ses(teammate), Seq: 1000 + s.seq, Idle: is})
}

// warned fails unless exactly these are warned.
func (s *scene) warned(want ...seats.TeammateID) {
	s.Helper()
	got := []seats.TeammateID{}
	for _, h := range s.board().Holders {
		if !h.WarnedUntil.IsZero() {
			got = append(got, h.Teammate)
		}
	}
	equal(s, "those warned", got, want)
}

func idleHelps(t *testing.T, f Factory) {
	for name, c := range map[string]struct {
		setting func(*scene)
		helps   bool
	}{
		"nobody waits":             {func(*scene) {}, false},
		"somebody who was refused": {func(s *scene) { s.here("cid") }, false},
		"somebody waits":           {func(s *scene) { s.queue("cid") }, true},
		"a waiter in grace": {func(s *scene) {
			s.queue("cid")
			s.configure(func(c *seats.Config) { c.Grace = time.Hour })
			s.drop("cid")
		}, false},
		"a waiter in cooldown": {func(s *scene) {
			s.logout("bob")
			s.fill("cid")
			s.do(seats.Free{Teammate: "cid", Fence: s.holder("cid").Fence, Cooldown: time.Hour})
			s.fill("dan")
			waits(s, s.reply(s.wantsAgain("cid", "ses-cid", 2)))
		}, false},
		"draining": {func(s *scene) {
			s.queue("cid")
			s.configure(func(c *seats.Config) { c.Cap = 1 })
		}, false},
		"reserved for others": {func(s *scene) {
			s.queue("cid")
			s.configure(func(c *seats.Config) { c.ReservedAdministrators = 2 })
		}, false},
		"reserved, and an administrator waits": {func(s *scene) {
			s.queue("cid")
			s.queueAs(boss("meg"))
			s.configure(func(c *seats.Config) { c.ReservedAdministrators = 2 })
		}, true},
		"reserved, used by an idle administrator": {func(s *scene) {
			s.queue("cid")
			s.configure(func(c *seats.Config) { c.ReservedAdministrators = 1 }, boss("ann"))
		}, false},
		"no policy": {func(s *scene) {
			s.queue("cid")
			s.configure(func(c *seats.Config) { c.IdleAfter = 0 })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := idling(t, f, 2)
			s.fill("ann", "bob")
			c.setting(s)
			s.idles("ann", true)
			s.Advance(idleAfter)
			s.do()
			if c.helps {
				s.warned("ann")
				return
			}
			s.warned()
			s.Advance(idleWarning)
			s.holder("ann")
		})
	}
}

func warnedAtMoment(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	ann := s.holder("ann")
	out := s.idles("ann", true)
	ann.IdleSince = s.now()
	equal(t, "announced", s.change(out).Holders, []seats.Holder{ann})
	equal(t, "due", out.Due, s.now().Add(idleAfter))
	s.Advance(idleAfter - time.Millisecond)
	s.warned()
	s.Advance(11 * time.Millisecond) // late
	out = s.do()
	ann.WarnedUntil = ann.IdleSince.Add(idleAfter + idleWarning)
	equal(t, "announced", s.change(out).Holders, []seats.Holder{ann})
	equal(t, "due", out.Due, ann.WarnedUntil)
	s.unchanged(s.batch())
}

func warnedAtOnce(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	leaseEnds := s.now().Add(witnessLease)
	s.fill("ann")
	s.idles("ann", true)
	s.Advance(2 * idleAfter)
	equal(t, "due while nobody waits", s.do().Due, leaseEnds)
	out := s.do(s.wants(member("bob")))
	waits(t, out.Replies[0])
	equal(t, "warned in that step, from then on", s.holder("ann").WarnedUntil, s.now().Add(idleWarning))
}

func longestIdle(t *testing.T, f Factory) {
	s := idling(t, f, 4)
	s.fill("ann", "cid", "dan")
	s.seatAs(boss("bob")) // being an administrator is no privilege here
	s.queue("eve")
	s.idles("cid", true)
	s.Advance(time.Second)
	s.do(seats.SetIdle{Teammate: "bob", Session: "ses-bob", Seq: 9, Idle: true},
		seats.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 9, Idle: true})
	s.Advance(idleAfter)
	s.do()
	s.warned("cid")
	s.idles("cid", false)
	s.warned("ann") // of two since the same moment the one whose id is less
	s.idles("ann", false)
	s.warned("bob")
	s.idles("bob", false)
	s.warned()
}

func warnedOneByOne(t *testing.T, f Factory) {
	s := idling(t, f, 2)
	s.fill("ann", "bob")
	s.queue("cid", "dan", "eve")
	s.idles("ann", true)
	s.Advance(time.Second)
	s.idles("bob", true)
	start := s.now()
	s.Advance(idleAfter)
	s.do()
	s.warned("ann")
	s.Advance(time.Hour) // nobody called
	s.do()
	equal(t, "ann's loss", s.loss("ann").At, start.Add(-time.Second+idleAfter+idleWarning))
	equal(t, "bob's loss", s.loss("bob").At, start.Add(-time.Second+idleAfter+2*idleWarning)) // warned when ann was gone
	s.seated("cid", "dan")
	s.line("eve")
}

func warnedLoses(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.fill("ann")
	s.do(s.take("ann", "ses-2", 1), seats.SetIdle{Teammate: "ann", Session: "ses-2", Seq: 2, Idle: true})
	s.queue("bob")
	ann := s.holder("ann")
	s.idles("ann", true)
	ends := s.now().Add(idleAfter + idleWarning)
	s.Advance(idleAfter + idleWarning - time.Millisecond)
	s.do()
	s.warned("ann")
	s.Advance(time.Second) // late
	out := s.do()
	equal(t, "losses", s.change(out).Losses, []seats.Loss{lossOf(ann, seats.LostIdle, ends)})
	bob := s.holder("bob")
	equal(t, "since, how", [2]any{bob.Since, bob.Via}, [2]any{ends, seats.ViaWaitlist})
	// All devices are detached: they don't come back by themselves.
	s.logout("bob")
	s.seated()
	back := granted(t, s.reply(s.take("ann", "ses-2", 3))).Holder
	equal(t, "sessions after one came back", back.Sessions, 1)
	equal(t, "idle", back.IdleSince, time.Time{})
}

func activityVetoes(t *testing.T, f Factory) {
	for name, act := range map[string]func(*scene){
		"activity":        func(s *scene) { s.idles("ann", false) },
		"a take":          func(s *scene) { s.do(s.take("ann", "ses-ann", 9000)) },
		"a second device": func(s *scene) { s.do(s.take("ann", "ses-2", 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := idling(t, f, 1)
			s.fill("ann")
			s.queue("bob")
			ann := s.holder("ann")
			s.idles("ann", true)
			s.Advance(idleAfter + idleWarning - time.Millisecond)
			s.do()
			s.warned("ann")
			act(s)
			h := s.holder("ann")
			equal(t, "idle, warned", [2]time.Time{h.IdleSince, h.WarnedUntil}, [2]time.Time{})
			s.Advance(2 * idleAfter)
			equal(t, "fence", s.holder("ann").Fence, ann.Fence)
		})
	}
}

func warningWithdrawn(t *testing.T, f Factory) {
	for name, cause := range map[string]func(*scene){
		"the waiter logs out": func(s *scene) { s.logout("cid") },
		"the waiter drops":    func(s *scene) { s.drop("cid") },
		"the waiter unwaits": func(s *scene) {
			s.do(seats.Unwait{Teammate: "cid", Session: "ses-cid", Seq: 2, Turn: s.waiter("cid").Turn})
		},
		"the waiter gets another seat": func(s *scene) { s.logout("bob") },
		"there is room":                func(s *scene) { s.configure(func(c *seats.Config) { c.Cap = 3 }) },
		"it drains":                    func(s *scene) { s.configure(func(c *seats.Config) { c.Cap = 1 }) },
		"no waitlist":                  func(s *scene) { s.configure(func(c *seats.Config) { c.Waitlist = false }) },
		"hand-over to the waiter":      func(s *scene) { s.do(s.hands("bob", "cid")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := idling(t, f, 2)
			s.fill("ann", "bob")
			s.queue("cid")
			s.idles("ann", true)
			s.Advance(idleAfter)
			s.do()
			s.warned("ann")
			cause(s)
			s.warned()
			s.Advance(idleWarning)
			s.holder("ann")
		})
	}
}

func idleInGrace(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	ann := s.holder("ann")
	s.idles("ann", true)
	s.Advance(idleAfter)
	s.do()
	s.warned("ann")
	s.drop("ann")
	ann.Sessions, ann.GraceUntil = 0, s.now().Add(grace)
	equal(t, "in grace", s.holder("ann"), ann)
	s.Advance(grace - time.Millisecond)
	back := granted(t, s.reply(s.take("ann", "ses-2", 1))).Holder
	equal(t, "back, and active", [2]time.Time{back.IdleSince, back.WarnedUntil}, [2]time.Time{})
	// A node that comes back brings its sessions back as they were.
	s.do(seats.SetIdle{Teammate: "ann", Session: "ses-2", Seq: 2, Idle: true})
	since := s.now()
	s.by(nodeB, seats.Renew{Lease: time.Minute}, s.take("ann", "ses-2", 3),
		seats.SetIdle{Teammate: "ann", Session: "ses-2", Seq: 4, Idle: true})
	s.Advance(time.Minute)
	equal(t, "lapsed", s.holder("ann").IdleSince, time.Time{})
	s.by(nodeB, seats.Renew{Lease: time.Minute})
	equal(t, "renewed", s.holder("ann").IdleSince, since)
}

func idleDevices(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.fill("ann")
	s.do(s.take("ann", "ses-2", 1), s.take("ann", "ses-3", 1))
	s.queue("bob")
	idle := func(session seats.SessionID, seq uint64, is bool) {
		s.do(seats.SetIdle{Teammate: "ann", Session: session, Seq: seq, Idle: is})
	}
	idle("ses-ann", 2, true)
	idle("ses-3", 2, true)
	s.Advance(idleAfter)
	s.do()
	s.warned()
	equal(t, "one is active", s.holder("ann").IdleSince, time.Time{})
	idle("ses-2", 2, true)
	since := s.now()
	equal(t, "since the last one is", s.holder("ann").IdleSince, since)
	s.Advance(time.Second)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-2"})
	equal(t, "when that one is gone", s.holder("ann").IdleSince, since.Add(-idleAfter))
	s.warned("ann")
	idle("ses-3", 3, false)
	s.warned()
	s.do(seats.Drop{Teammate: "ann", Session: "ses-3"})
	s.warned("ann")
}

func idlePolicy(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	leaseEnds := s.now().Add(witnessLease)
	s.fill("ann")
	s.queue("bob")
	s.idles("ann", true)
	s.Advance(idleAfter)
	s.do()
	until := s.now().Add(idleWarning)
	s.Advance(time.Second)
	policy := func(after, warning time.Duration) {
		t.Helper()
		s.configure(func(c *seats.Config) { c.IdleAfter, c.IdleWarning = after, warning })
	}
	policy(idleAfter, 5*idleWarning)
	equal(t, "a longer warning is for the next", s.holder("ann").WarnedUntil, until)
	policy(idleAfter+2*time.Second, idleWarning)
	s.warned()
	s.Advance(time.Second)
	s.do()
	equal(t, "idle for longer", s.holder("ann").WarnedUntil, s.now().Add(idleWarning))
	policy(0, 0)
	s.warned()
	equal(t, "due", s.do().Due, leaseEnds)
	s.Advance(idleAfter)
	policy(time.Second, idleWarning)
	equal(t, "idle for long enough already", s.holder("ann").WarnedUntil, s.now().Add(idleWarning))
}

func idleSessions(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	equal[seats.Reply](t, "of an unknown session", s.unchanged(s.batch(seats.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 1, Idle: true}))[0], seats.Done{})
	s.fill("ann")
	s.queue("bob")
	foreign := seats.SetIdle{Teammate: "bob", Session: "ses-ann", Seq: 9, Idle: true}
	equal[seats.Reply](t, "of another's session", s.unchanged(s.batch(foreign))[0], seats.Done{})
	s.unchanged(s.batch(seats.SetIdle{Teammate: "bob", Session: "ses-bob", Seq: 9, Idle: true}))
	since := s.now()
	s.Advance(time.Second)
	s.logout("ann")
	equal(t, "a waiter's session was idle before", s.holder("bob").IdleSince, since)
	c := seats.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 9, Idle: true}
	equal[seats.Reply](t, "of an ended session", s.unchanged(s.batch(c))[0], seats.Ended{})
}

func idleRepeated(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	c := seats.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 5, Idle: true}
	s.do(c)
	ann := s.holder("ann")
	s.Advance(time.Second)
	equal[seats.Reply](t, "again", s.unchanged(s.batch(c))[0], seats.Done{})
	c.Seq = 6
	s.unchanged(s.batch(c)) // idle since then all the same
	for _, seq := range []uint64{4, 6} {
		late := c
		late.Seq, late.Idle = seq, false
		equal[seats.Reply](t, "late", s.unchanged(s.batch(late))[0], seats.Done{})
	}
	equal(t, "ann's seat", s.holder("ann"), ann)
}
