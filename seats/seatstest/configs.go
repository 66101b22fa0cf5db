package seatstest

import (
	"testing"

	"usher/seats"
)

// configs: cap, policy, status and switches come to the engine by revision.
var configs = []promise{
	{"RevisionOlderOrEqualChangesNothing", configureOlder},
	{"RevisionWithAGapIsStale", configureGap},
	{"RevisionForcedMayGoBack", configureForced},
	{"TakeOfAnotherRevisionIsStale", takeOtherRevision},
	{"TakeBeforeAnyConfigurationIsStale", takeUnconfigured},
	{"Promise1_ALoweredCapDrains", drains},
	{"ASwitchTurnedOffEndsTheSeat", switchTurnedOff},
	{"ANewNameOrSwitchShowsOnTheSeat", renamed},
	{"ALicenseNoLongerActiveEndsAllSeats", notActive},
	{"EveryNewRevisionIsAnnounced", revisionAnnounced},
}

func configureOlder(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.Cap = 3 })
	s.seat("ann", "ses-ann")
	for _, revision := range []seats.Revision{1, 2} {
		older := s.config
		older.Revision, older.Cap, older.Status = revision, 0, seats.Suspended
		b := s.batch(seats.Configure{Config: older, Changed: []seats.Member{{Teammate: "ann"}}})
		equal[seats.Reply](t, "configure", s.unchanged(b)[0], seats.Done{})
	}
}

func configureGap(t *testing.T, f Factory) {
	s := open(t, f, 1)
	next := s.config
	next.Revision, next.Cap = 5, 9
	b := s.batch(seats.Configure{Config: next, Base: 4})
	equal[seats.Reply](t, "base ahead of the engine", s.unchanged(b)[0], seats.StaleRevision{Engine: 1})
	equal[seats.Reply](t, "base at the engine's", s.reply(seats.Configure{Config: next, Base: 1}), seats.Done{})
	equal(t, "cap", s.board().Cap, 9)
	next.Revision = 9
	equal[seats.Reply](t, "base behind the engine's", s.reply(seats.Configure{Config: next, Base: 2}), seats.Done{})
	equal(t, "revision", s.board().Revision, 9)
}

func configureForced(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(nil)
	s.seat("ann", "ses-ann")
	restored := s.config
	restored.Revision, restored.Cap = 1, 1
	c := seats.Configure{Config: restored, Force: true, Changed: []seats.Member{{Teammate: "ann"}}}
	equal[seats.Reply](t, "forced", s.reply(c), seats.Done{})
	head := s.board().Head
	equal(t, "revision", head.Revision, 1)
	equal(t, "cap", head.Cap, 1)
	s.seated()
}

func takeOtherRevision(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(nil)
	for _, revision := range []seats.Revision{1, 3} {
		c := s.take("ann", "ses-1", 1)
		c.Revision = revision
		equal[seats.Reply](t, "take", s.unchanged(s.batch(c))[0], seats.StaleRevision{Engine: 2})
	}
	// Nothing was done, so the same number is news still.
	equal(t, "take", granted(t, s.reply(s.take("ann", "ses-1", 1))).New, true)
}

func takeUnconfigured(t *testing.T, f Factory) {
	s := empty(t, f)
	s.revision = 1
	out := s.do(seats.Open{Generation: 1}, seats.Renew{Lease: lease}, s.take("ann", "ses-1", 1),
		seats.Explain{Member: member("ann"), Revision: 1})
	equal(t, "replies", out.Replies, []seats.Reply{
		seats.Done{}, seats.Renewed{}, seats.StaleRevision{}, seats.StaleRevision{},
	})
}

func drains(t *testing.T, f Factory) {
	s := open(t, f, 3)
	for _, id := range []string{"ann", "bob", "cid"} {
		s.seat(seats.TeammateID(id), seats.SessionID("ses-"+id))
	}
	s.configure(func(c *seats.Config) { c.Cap = 1 })
	s.seated("ann", "bob", "cid") // nobody is thrown out
	logout := func(id string) {
		s.do(seats.Logout{Teammate: seats.TeammateID(id), Session: seats.SessionID("ses-" + id)})
	}
	for i, id := range []string{"ann", "bob"} {
		refused(t, s.reply(s.take("dan", "ses-dan", uint64(2*i+1))), seats.SeatsFull)
		logout(id)
		refused(t, s.reply(s.take("dan", "ses-dan", uint64(2*i+2))), seats.SeatsFull)
	}
	logout("cid")
	granted(t, s.reply(s.take("dan", "ses-dan", 9)))
}

func switchTurnedOff(t *testing.T, f Factory) {
	s := open(t, f, 2)
	ann := s.seat("ann", "ses-ann")
	bob := s.seat("bob", "ses-bob")
	s.do(seats.Drop{Teammate: "bob", Session: "ses-bob"}) // in grace counts as seated
	out := s.configure(nil, seats.Member{Teammate: "ann", Administrator: true}, seats.Member{Teammate: "bob"},
		seats.Member{Teammate: "eve"})
	loss := func(h seats.Holder) seats.Loss { return lossOf(h, seats.LostNotOperator, s.now()) }
	equal(t, "losses", s.change(out).Losses, []seats.Loss{loss(ann), loss(bob)})
	s.seated()
	s.seat("ann", "ses-ann2") // switched on again
}

func renamed(t *testing.T, f Factory) {
	s := open(t, f, 2)
	ann := s.seat("ann", "ses-ann")
	ann.Name, ann.Administrator = "Ann \"Änn\" 席\t|", true
	m := seats.Member{Teammate: "ann", Name: ann.Name, Operator: true, Administrator: true}
	out := s.configure(nil, m, member("bob"))
	equal(t, "holders changed", s.change(out).Holders, []seats.Holder{ann})
	equal(t, "on the board", s.holder("ann"), ann)
}

func notActive(t *testing.T, f Factory) {
	for status, reason := range map[seats.Status]seats.Reason{
		seats.Suspended: seats.LostLicenseSuspended, seats.Expired: seats.LostLicenseExpired,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 3)
			s.seat("ann", "ses-ann")
			s.seat("bob", "ses-bob")
			s.seat("cid", "ses-cid")
			s.do(seats.Drop{Teammate: "bob", Session: "ses-bob"})
			out := s.configure(func(c *seats.Config) { c.Status = status }, seats.Member{Teammate: "cid"})
			reasons := []seats.Reason{}
			for _, loss := range s.change(out).Losses {
				reasons = append(reasons, loss.Reason)
			}
			equal(t, "reasons", reasons, []seats.Reason{reason, reason, seats.LostNotOperator})
			s.seated()
			s.configure(func(c *seats.Config) { c.Status = seats.Active })
			granted(t, s.reply(s.take("ann", "ses-ann", 2)))
		})
	}
}

func revisionAnnounced(t *testing.T, f Factory) {
	s := open(t, f, 2)
	out := s.configure(func(c *seats.Config) { c.Overage = seats.Overage1_5 })
	equal(t, "changes", out.Changes, []seats.Change{{
		From: 1,
		Head: seats.Head{Epoch: "1", Version: 2, Revision: 2, Status: seats.Active, Cap: 2, Total: 3},
	}})
}
