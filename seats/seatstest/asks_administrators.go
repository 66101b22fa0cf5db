package seatstest

import (
	"fmt"
	"testing"
	"time"

	"usher/seats"
)

// administratorsAsks: who has no seat asks the administrators for more.
var administratorsAsks = []promise{
	{"TheAdministratorsAreAskedWhereNobodyHoldsASeat", askAdministrators},
	{"TheAdministratorsAreAskedOnceWithinAnAsksLifeWhateverTheAnswer", askAdministratorsOnce},
	{"AnAskOfTheAdministratorsCountsAsOne", askAdministratorsCounts},
	{"AnAskOfTheAdministratorsExpiresAtItsMoment", askAdministratorsExpires},
	{"AnAskOfTheAdministratorsIsAnsweredInTheirName", askAdministratorsAnswered},
	{"AnAskOfTheAdministratorsIsWithdrawnWithItsAsker", askAdministratorsWithdrawn},
	{"AnAskOfTheAdministratorsOutlivesTheHolders", askAdministratorsOutlives},
	{"Promise4_TheFirstAnswerOfTheAdministratorsIsTheOnlyOne", answerTwice},
}

// administrators are asked where nobody is named.
const administrators seats.TeammateID = ""

func askAdministrators(t *testing.T, f Factory) {
	s := open(t, f, 0)
	s.here("bob")
	out := s.do(asking("ask-1", "bob", administrators))
	ask := seats.Ask{ID: "ask-1", From: "bob", Name: "Name of bob", Note: "please", Until: s.now().Add(seats.AskLife)}
	equal[seats.Reply](t, "ask", out.Replies[0], seats.Asked{Ask: ask})
	head := s.board().Head
	equal(t, "changes", out.Changes, []seats.Change{{Head: head, From: head.Version - 1, Asks: []seats.Ask{ask}}})
	equal(t, "on the board", s.board().Asks, []seats.Ask{ask})
	equal[seats.Reply](t, "again", s.unchanged(s.batch(asking("ask-1", "bob", administrators)))[0], seats.Asked{Ask: ask})
	s.queue("cid")
	s.asks("ask-2", "cid", administrators) // who waits may ask
	s.configure(func(c *seats.Config) { c.Cap = 1 })
	s.seated("cid")
	seated := s.unchanged(s.batch(asking("ask-3", "cid", administrators)))[0]
	equal[seats.Reply](t, "seated", seated, seats.NotAsked{Code: seats.AskerSeated})
	absent := s.unchanged(s.batch(asking("ask-3", "dan", administrators)))[0]
	equal[seats.Reply](t, "a session that never took", absent, seats.NotAsked{Code: seats.AskerUnknown})
	s.openAsks("ask-1")
}

func askAdministratorsOnce(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob", "cid")
	s.asks("ask-1", "bob", administrators)
	again := func(what string, after time.Duration) {
		t.Helper()
		want := seats.NotAsked{Code: seats.AlreadyAsked, RetryAfter: seats.AskLife - after}
		equal[seats.Reply](t, what, s.unchanged(s.batch(asking("ask-again", "bob", administrators)))[0], want)
	}
	again("open", 0)
	s.asks("ask-2", "cid", administrators) // somebody else
	s.asks("ask-3", "bob", "ann")          // somebody else's answer is wanted
	s.Advance(time.Second)
	s.do(seats.AnswerAsk{ID: "ask-1"})
	again("answered", time.Second)
	s.age(seats.AskLife - time.Second - time.Millisecond)
	again("just before its life is over", seats.AskLife-time.Millisecond)
	s.Advance(time.Millisecond)
	s.asks("ask-again", "bob", administrators)
}

func askAdministratorsCounts(t *testing.T, f Factory) {
	s := open(t, f, seats.MaxAsks)
	for i := range seats.MaxAsks {
		s.fill(seats.TeammateID(fmt.Sprintf("tm%d", i)))
	}
	s.here("ann", "bob")
	of := func(i int) seats.MakeAsk {
		return asking(seats.AskID(fmt.Sprintf("ask-%d", i)), "ann", seats.TeammateID(fmt.Sprintf("tm%d", i)))
	}
	s.asks("ask-ann", "ann", administrators)
	for i := range seats.MaxAsks - 1 {
		s.do(of(i))
	}
	much := seats.NotAsked{Code: seats.TooManyAsks, RetryAfter: seats.AskLife}
	equal[seats.Reply](t, "one more of a holder", s.unchanged(s.batch(of(seats.MaxAsks - 1)))[0], much)
}

func askAdministratorsExpires(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	s.do(seats.Renew{Lease: time.Hour})
	s.asks("ask-1", "bob", administrators)
	equal(t, "due", s.do().Due, s.now().Add(seats.AskLife))
	s.Advance(seats.AskLife - time.Millisecond)
	s.openAsks("ask-1")
	s.Advance(time.Millisecond)
	equal(t, "asks that ended", s.change(s.do()).Asked, []seats.AskEnd{{ID: "ask-1", From: "bob", Outcome: seats.AskExpired}})
	s.openAsks()
}

func askAdministratorsAnswered(t *testing.T, f Factory) {
	for accept, outcome := range map[bool]seats.AskOutcome{true: seats.AskAccepted, false: seats.AskDeclined} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 1)
			s.seatAs(boss("ann"))
			s.here("bob")
			s.queue("cid")
			s.asks("ask-1", "bob", administrators)
			s.asks("ask-2", "bob", "ann")
			for _, answer := range []seats.AnswerAsk{{ID: "ask-1", Of: "ann"}, {ID: "ask-1", Of: "bob"}, {ID: "ask-2", Accept: accept}, {ID: "ask-3"}} {
				equal[seats.Reply](t, "not in their name", s.unchanged(s.batch(answer))[0], seats.Done{})
			}
			before := s.board()
			out := s.do(seats.AnswerAsk{ID: "ask-1", Accept: accept})
			equal[seats.Reply](t, "answer", out.Replies[0], seats.Done{})
			equal(t, "asks that ended", s.change(out).Asked, []seats.AskEnd{{ID: "ask-1", From: "bob", Outcome: outcome}})
			s.openAsks("ask-2")
			equal(t, "holders", s.board().Holders, before.Holders) // nobody is given anything
			equal(t, "waiters", s.board().Waiters, before.Waiters)
		})
	}
}

func askAdministratorsWithdrawn(t *testing.T, f Factory) {
	for name, cause := range map[string]func(*scene) seats.Outcome{
		"logs out": func(s *scene) seats.Outcome { return s.logout("bob") },
		"drops":    func(s *scene) seats.Outcome { return s.drop("bob") },
		"node dies": func(s *scene) seats.Outcome {
			s.by(nodeB, seats.Renew{Lease: time.Second}, s.take("bob", "ses-bob", 2))
			s.Advance(time.Second)
			return s.do()
		},
		"asks no longer": func(s *scene) seats.Outcome {
			return s.do(seats.Leave{Teammate: "bob", Session: "ses-bob", Seq: 2})
		},
		"gets a seat of those that are more": func(s *scene) seats.Outcome {
			s.configure(func(c *seats.Config) { c.Cap = 2 })
			return s.do(s.take("bob", "ses-bob", 2))
		},
		"is handed a seat": func(s *scene) seats.Outcome { return s.do(s.hands("ann", "bob")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 1)
			s.fill("ann")
			s.here("bob")
			s.asks("ask-1", "bob", administrators)
			out := cause(s)
			equal(t, "asks that ended", s.change(out).Asked, []seats.AskEnd{{ID: "ask-1", From: "bob", Outcome: seats.AskWithdrawn}})
			s.openAsks()
		})
	}
}

func askAdministratorsOutlives(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.seatAs(boss("ann"))
	s.fill("cid")
	s.here("bob")
	s.do(s.take("bob", "ses-2", 1))
	s.asks("ask-1", "bob", administrators)
	s.configure(func(c *seats.Config) { c.Cap = 0 })
	s.logout("ann")
	s.do(seats.Free{Teammate: "cid", Fence: s.holder("cid").Fence})
	s.logout("bob") // one device of two
	s.seated()
	s.configure(nil, seats.Member{Teammate: "bob", Operator: true, Name: "Bob"})
	s.openAsks("ask-1")
}

func answerTwice(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	s.asks("ask-1", "bob", administrators)
	no, yes := s.batch(seats.AnswerAsk{ID: "ask-1"}), s.batch(seats.AnswerAsk{ID: "ask-1", Accept: true})
	equal(t, "asks that ended", s.change(s.send(yes)).Asked[0].Outcome, seats.AskAccepted)
	for _, b := range []seats.Batch{yes, no} {
		equal[seats.Reply](t, "twice", s.unchanged(b)[0], seats.Done{})
	}
	s.age(seats.AskLife)
	equal[seats.Reply](t, "late", s.unchanged(no)[0], seats.Done{})
	s.asks("ask-2", "bob", administrators)
	equal[seats.Reply](t, "in the next ask's life", s.unchanged(no)[0], seats.Done{})
	s.openAsks("ask-2")
}
