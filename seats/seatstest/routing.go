package seatstest

import (
	"testing"

	"usher/seats"
)

// routing: whether a holder gets new chats belongs to the seat.
var routing = []promise{
	{"RoutingIsAFieldOfTheHolder", routingSet},
	{"RoutingEndsWithTheSeat", routingEnds},
	{"RoutingSurvivesGraceAndDevices", routingSurvives},
	{"RoutingOfAnotherFenceIsStale", routingStale},
	{"Promise4_ARepeatedOrLateSetRoutingChangesNothing", routingLate},
}

// routes is a SetRouting by a teammate's usual session.
func routes(teammate seats.TeammateID, seq uint64, fence seats.Fence, r seats.Routing) seats.SetRouting {
	return seats.SetRouting{Teammate: teammate, Session: ses(teammate), Seq: seq, Fence: fence, Routing: r}
}

func routingSet(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	ann := s.holder("ann")
	equal(t, "with a grant", ann.Routing, seats.AcceptingChats)
	out := s.do(routes("ann", 2, ann.Fence, seats.NotAcceptingChats))
	equal[seats.Reply](t, "set", out.Replies[0], seats.Done{})
	ann.Routing = seats.NotAcceptingChats
	equal(t, "announced", s.change(out).Holders, []seats.Holder{ann})
	equal(t, "on the board", s.holder("ann"), ann)
	s.unchanged(s.batch(routes("ann", 3, ann.Fence, seats.NotAcceptingChats)))
	s.do(routes("ann", 4, ann.Fence, seats.AcceptingChats))
	equal(t, "set back", s.holder("ann").Routing, seats.AcceptingChats)
}

func routingEnds(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	s.do(routes("ann", 2, s.holder("ann").Fence, seats.NotAcceptingChats))
	s.do(s.hands("ann", "bob"))
	equal(t, "after a hand-over", s.holder("bob").Routing, seats.AcceptingChats)
	s.do(routes("bob", 2, s.holder("bob").Fence, seats.NotAcceptingChats))
	s.do(seats.Leave{Teammate: "bob", Session: "ses-bob", Seq: 3, Fence: s.holder("bob").Fence})
	equal(t, "in the next stay", granted(t, s.reply(s.take("bob", "ses-bob", 4))).Holder.Routing, seats.AcceptingChats)
}

func routingSurvives(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	ann := s.holder("ann")
	s.do(routes("ann", 2, ann.Fence, seats.NotAcceptingChats))
	s.drop("ann")
	back := granted(t, s.reply(s.take("ann", "ses-2", 1))).Holder
	equal(t, "after a return", back.Routing, seats.NotAcceptingChats)
	granted(t, s.reply(s.take("ann", "ses-3", 1)))
	c := routes("ann", 2, ann.Fence, seats.AcceptingChats)
	c.Session = "ses-3"
	s.do(c)
	equal(t, "by another device", s.holder("ann").Routing, seats.AcceptingChats)
}

func routingStale(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	ann := s.holder("ann")
	c := routes("ann", 2, ann.Fence+1, seats.NotAcceptingChats)
	equal[seats.Reply](t, "another fence", s.unchanged(s.batch(c))[0], seats.StaleFence{Held: ann.Fence})
	s.here("bob")
	c = routes("bob", 2, ann.Fence, seats.NotAcceptingChats)
	equal[seats.Reply](t, "without a seat", s.unchanged(s.batch(c))[0], seats.NotSeated{})
	c = routes("eve", 2, ann.Fence, seats.NotAcceptingChats)
	equal[seats.Reply](t, "never seen", s.unchanged(s.batch(c))[0], seats.NotSeated{})
}

func routingLate(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	ann := s.holder("ann")
	first := routes("ann", 2, ann.Fence, seats.NotAcceptingChats)
	s.do(first, routes("ann", 3, ann.Fence, seats.AcceptingChats))
	equal[seats.Reply](t, "late", s.unchanged(s.batch(first))[0], seats.Done{})
	s.do(s.take("ann", "ses-2", 1), seats.Logout{Teammate: "ann", Session: "ses-ann"})
	first.Seq = 9
	equal[seats.Reply](t, "of an ended session", s.unchanged(s.batch(first))[0], seats.Ended{})
	equal(t, "routing", s.holder("ann").Routing, seats.AcceptingChats)
}
