package seatstest

import (
	"fmt"
	"testing"
	"time"

	"usher/seats"
)

// asks: who has no seat asks a holder for theirs.
var asks = []promise{
	{"AnAskIsDeliveredAndShown", askDelivered},
	{"AnAskIsForWhoHasNoSeatAndIsThere", askerThere},
	{"AnAskIsOfSomebodyWhoHasASeat", askedSeated},
	{"APairHasOneAskWithinItsLifeWhateverTheAnswer", askOnePair},
	{"AskingMoreThanMaxAsksWithinALifeIsTooMuch", askTooMany},
	{"AnAskExpiresAtItsMoment", askExpires},
	{"AnAskIsDeclinedByWhoWasAsked", askDeclined},
	{"AnAskIsAcceptedByHandingOver", askAccepted},
	{"AnAskIsWithdrawnWhenItCameToNothing", askWithdrawn},
	{"AnAskIsWithdrawnWhenTheHolderClaimsAHigherFence", askClaimed},
	{"AnAskOutlivesADeviceOfTwo", askOutlivesDevice},
	{"Promise4_AnAskSentTwiceIsAnsweredAlike", askTwice},
	{"Promise4_ALateDeclineAnswersNothingElse", declineLate},
}

// asking is an ask by a teammate's usual session.
func asking(id seats.AskID, from, of seats.TeammateID) seats.MakeAsk {
	return seats.MakeAsk{ID: id, Teammate: from, Name: "Name of " + string(from), Session: ses(from), Of: of, Note: "please"}
}

// asks has a teammate ask a holder.
func (s *scene) asks(id seats.AskID, from, of seats.TeammateID) seats.Asked {
	s.Helper()
	reply := s.reply(asking(id, from, of))
	a, ok := reply.(seats.Asked)
	if !ok {
		s.Fatalf("ask of %s by %s: %#v, want asked", of, from, reply)
	}
	return a
}

// openAsks fails unless exactly these asks are open.
func (s *scene) openAsks(want ...seats.AskID) {
	s.Helper()
	got := []seats.AskID{}
	for _, a := range s.board().Asks {
		got = append(got, a.ID)
	}
	equal(s, "open asks", got, want)
}

// askEnd is the end of ask-1, which is the only one, and of ann.
func askEnd(from seats.TeammateID, outcome seats.AskOutcome) []seats.AskEnd {
	return []seats.AskEnd{{ID: "ask-1", From: from, Of: "ann", Outcome: outcome}}
}

func askDelivered(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.by(nodeB, seats.Renew{Lease: time.Hour}, s.take("ann", "ses-2", 1))
	s.here("bob")
	out := s.do(asking("ask-1", "bob", "ann"))
	ask := seats.Ask{
		ID: "ask-1", From: "bob", Name: "Name of bob", Of: "ann", Fence: s.holder("ann").Fence, Note: "please",
		Until: s.now().Add(seats.AskLife),
	}
	equal[seats.Reply](t, "ask", out.Replies[0], seats.Asked{Ask: ask, Delivered: 2})
	head := s.board().Head
	equal(t, "changes", out.Changes, []seats.Change{{Head: head, From: head.Version - 1, Asks: []seats.Ask{ask}}})
	equal(t, "on the board", s.board().Asks, []seats.Ask{ask})
	s.here("cid")
	s.do(seats.Drop{Teammate: "ann", Session: "ses-ann"}, seats.Drop{Teammate: "ann", Session: "ses-2"})
	equal(t, "delivered to who is in grace", s.asks("ask-2", "cid", "ann").Delivered, 0)
	s.openAsks("ask-1", "ask-2")
}

func askerThere(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	no := func(what string, c seats.MakeAsk, want seats.Reply) {
		t.Helper()
		equal(t, what, s.unchanged(s.batch(c))[0], want)
	}
	there := seats.Reply(seats.NotAsked{Code: seats.AskerUnknown})
	no("seated", asking("ask-1", "bob", "ann"), seats.NotAsked{Code: seats.AskerSeated})
	no("seated, of one who is not", asking("ask-1", "bob", "eve"), seats.NotAsked{Code: seats.AskerSeated})
	no("a session that never took", asking("ask-1", "cid", "ann"), there)
	s.here("cid")
	foreign := asking("ask-1", "dan", "ann")
	foreign.Session = "ses-cid"
	no("by somebody else's session", foreign, there)
	s.queue("dan")
	s.do(seats.Unwait{Teammate: "dan", Session: "ses-dan", Seq: 2, Turn: s.waiter("dan").Turn})
	no("detached", asking("ask-1", "dan", "ann"), there)
	s.drop("cid")
	no("ended", asking("ask-1", "cid", "ann"), seats.Ended{})
	s.by(nodeB, seats.Renew{Lease: time.Second}, s.take("eve", "ses-eve", 1))
	s.Advance(time.Second)
	no("on a node that is dead", asking("ask-1", "eve", "ann"), there)
	s.queue("fay")
	s.asks("ask-1", "fay", "ann") // who waits may ask
}

func askedSeated(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	for _, of := range []seats.TeammateID{"eve", "bob2"} {
		equal[seats.Reply](t, "ask", s.unchanged(s.batch(asking("ask-1", "bob", of)))[0], seats.NotSeated{})
	}
	s.here("cid")
	equal[seats.Reply](t, "ask of who was refused too", s.unchanged(s.batch(asking("ask-1", "bob", "cid")))[0], seats.NotSeated{})
	s.openAsks()
}

func askOnePair(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	s.here("cid", "dan")
	s.asks("ask-1", "cid", "ann")
	again := func(what string, after time.Duration) {
		t.Helper()
		want := seats.NotAsked{Code: seats.AlreadyAsked, RetryAfter: seats.AskLife - after}
		equal[seats.Reply](t, what, s.unchanged(s.batch(asking("ask-again", "cid", "ann")))[0], want)
	}
	again("open", 0)
	s.asks("ask-2", "dan", "ann") // another pair
	s.asks("ask-3", "cid", "bob") // another pair
	s.Advance(time.Second)
	s.do(seats.AnswerAsk{ID: "ask-1", Of: "ann"})
	again("declined", time.Second)
	s.do(seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: 2, Fence: s.holder("ann").Fence})
	granted(t, s.reply(s.take("ann", "ses-ann", 3)))
	again("another stay", time.Second)
	s.age(seats.AskLife - time.Second - time.Millisecond)
	again("just before its life is over", seats.AskLife-time.Millisecond)
	s.Advance(time.Millisecond)
	s.asks("ask-again", "cid", "ann")
}

func askTooMany(t *testing.T, f Factory) {
	s := open(t, f, seats.MaxAsks+1)
	for i := range seats.MaxAsks + 1 {
		s.seat(seats.TeammateID(fmt.Sprintf("tm%d", i)), seats.SessionID(fmt.Sprintf("ses-%d", i)))
	}
	s.here("ann", "bob")
	of := func(i int) seats.MakeAsk {
		return asking(seats.AskID(fmt.Sprintf("ask-%d", i)), "ann", seats.TeammateID(fmt.Sprintf("tm%d", i)))
	}
	for i := range seats.MaxAsks {
		if _, ok := s.reply(of(i)).(seats.Asked); !ok {
			t.Fatalf("ask %d was not made", i)
		}
		s.Advance(time.Second)
	}
	s.do(seats.AnswerAsk{ID: "ask-0", Of: "tm0"})
	equal[seats.Reply](t, "one more", s.unchanged(s.batch(of(seats.MaxAsks)))[0], seats.NotAsked{
		Code: seats.TooManyAsks, RetryAfter: seats.AskLife - seats.MaxAsks*time.Second,
	})
	s.asks("ask-bob", "bob", "tm0") // others may
	s.age(seats.AskLife - seats.MaxAsks*time.Second)
	if _, ok := s.reply(of(seats.MaxAsks)).(seats.Asked); !ok {
		t.Fatal("not asked when the first one's life is over")
	}
	s.unchanged(s.batch(of(0))) // and then there are as many as there may be again
}

func askExpires(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	s.do(seats.Renew{Lease: time.Hour})
	s.asks("ask-1", "bob", "ann")
	equal(t, "due", s.do().Due, s.now().Add(seats.AskLife))
	s.Advance(seats.AskLife - time.Millisecond)
	s.openAsks("ask-1")
	s.Advance(time.Millisecond)
	out := s.do()
	equal(t, "asks that ended", s.change(out).Asked, askEnd("bob", seats.AskExpired))
	s.openAsks()
}

func askDeclined(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	s.here("cid")
	s.asks("ask-1", "cid", "ann")
	for _, stranger := range []seats.TeammateID{"bob", "cid"} {
		reply := s.unchanged(s.batch(seats.AnswerAsk{ID: "ask-1", Of: stranger}))[0]
		equal[seats.Reply](t, "by somebody else", reply, seats.Done{})
	}
	out := s.do(seats.AnswerAsk{ID: "ask-1", Of: "ann"})
	equal[seats.Reply](t, "decline", out.Replies[0], seats.Done{})
	equal(t, "asks that ended", s.change(out).Asked, askEnd("cid", seats.AskDeclined))
	s.openAsks()
}

func askAccepted(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	s.queue("cid", "dan")
	s.asks("ask-1", "cid", "ann")
	s.asks("ask-2", "cid", "bob")
	s.asks("ask-3", "dan", "ann")
	out := s.do(s.hands("ann", "cid"))
	equal(t, "asks that ended", s.change(out).Asked, []seats.AskEnd{
		{ID: "ask-1", From: "cid", Of: "ann", Outcome: seats.AskAccepted},
		{ID: "ask-2", From: "cid", Of: "bob", Outcome: seats.AskWithdrawn}, // has a seat in another way
		{ID: "ask-3", From: "dan", Of: "ann", Outcome: seats.AskWithdrawn}, // who has none to give any more
	})
	s.openAsks()
}

func askWithdrawn(t *testing.T, f Factory) {
	for name, cause := range map[string]func(*scene) seats.Outcome{
		"the asker logs out": func(s *scene) seats.Outcome { return s.logout("cid") },
		"the asker drops":    func(s *scene) seats.Outcome { return s.drop("cid") },
		"the asker's node dies": func(s *scene) seats.Outcome {
			s.by(nodeB, seats.Renew{Lease: time.Second}, s.take("cid", "ses-cid", 2))
			s.Advance(time.Second)
			return s.do()
		},
		"the asker unwaits": func(s *scene) seats.Outcome {
			return s.do(seats.Unwait{Teammate: "cid", Session: "ses-cid", Seq: 2, Turn: s.waiter("cid").Turn})
		},
		"the asker gets a seat": func(s *scene) seats.Outcome { return s.logout("bob") },
		"the holder leaves": func(s *scene) seats.Outcome {
			return s.do(seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: 2, Fence: s.holder("ann").Fence})
		},
		"the holder's next stay is another": func(s *scene) seats.Outcome {
			s.configure(func(c *seats.Config) { c.Cap = 1 })
			return s.do(seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: 2, Fence: s.holder("ann").Fence},
				seats.Leave{Teammate: "bob", Session: "ses-bob", Seq: 2, Fence: s.holder("bob").Fence},
				s.take("ann", "ses-ann", 3))
		},
		"the holder is freed": func(s *scene) seats.Outcome {
			return s.do(seats.Free{Teammate: "ann", Fence: s.holder("ann").Fence})
		},
		"the holder's grace is over": func(s *scene) seats.Outcome {
			s.drop("ann")
			s.age(grace - lease/3)
			s.Advance(lease / 3)
			return s.do()
		},
		"the holder hands over to another": func(s *scene) seats.Outcome { return s.do(s.hands("ann", "dan")) },
		"the license is suspended": func(s *scene) seats.Outcome {
			return s.configure(func(c *seats.Config) { c.Status = seats.Suspended })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 2)
			s.fill("ann", "bob")
			s.queue("cid", "dan")
			s.asks("ask-1", "cid", "ann")
			out := cause(s)
			equal(t, "asks that ended", s.change(out).Asked, askEnd("cid", seats.AskWithdrawn))
			s.openAsks()
			s.Advance(seats.AskLife)
			s.openAsks() // it does not end again
		})
	}
}

// askClaimed is how one command alone ends a stay and begins the next.
func askClaimed(t *testing.T, f Factory) {
	s := recovering(t, f, 2)
	s.claimed(s.holds("ann", 1, old+5))
	refused(t, s.reply(s.take("bob", "ses-bob", 1)), seats.Recovering)
	s.asks("ask-1", "bob", "ann")
	out := s.do(on("ses-2", s.holds("ann", 1, old+6)))
	equal(t, "asks that ended", s.change(out).Asked, askEnd("bob", seats.AskWithdrawn))
	s.openAsks()
}

func askOutlivesDevice(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	s.do(s.take("bob", "ses-2", 1), s.take("ann", "ses-2a", 1))
	s.asks("ask-1", "bob", "ann")
	s.logout("bob")
	s.do(seats.Logout{Teammate: "ann", Session: "ses-2a"})
	c := s.take("bob", "ses-3", 1)
	c.Resumes = "ses-2"
	s.do(c)
	s.drop("ann") // in grace the seat is theirs still
	s.openAsks("ask-1")
}

func askTwice(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob", "cid")
	b := s.batch(asking("ask-1", "bob", "ann"))
	first := s.send(b).Replies[0]
	s.Advance(time.Second)
	equal(t, "again", s.unchanged(b)[0], first)
	s.do(seats.AnswerAsk{ID: "ask-1", Of: "ann"})
	equal(t, "after it was declined", s.unchanged(b)[0], first)
	s.openAsks()
	equal[seats.Reply](t, "somebody else's id", s.unchanged(s.batch(asking("ask-1", "cid", "ann")))[0],
		seats.NotAsked{Code: seats.AlreadyAsked})
}

func declineLate(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	s.asks("ask-1", "bob", "ann")
	b := s.batch(seats.AnswerAsk{ID: "ask-1", Of: "ann"})
	s.send(b)
	equal[seats.Reply](t, "twice", s.unchanged(b)[0], seats.Done{})
	s.age(seats.AskLife)
	equal[seats.Reply](t, "late", s.unchanged(b)[0], seats.Done{})
	s.asks("ask-2", "bob", "ann")
	equal[seats.Reply](t, "in the next ask's life", s.unchanged(b)[0], seats.Done{})
	s.openAsks("ask-2")
}
