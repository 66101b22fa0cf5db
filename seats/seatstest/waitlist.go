package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// waitlist: who waits, where they stand, and how a seat comes to them.
var waitlist = []promise{
	{"Promise6_FirstComeFirstServed", firstComeFirstServed},
	{"Promise6_ANewcomerPassesNoWaiter", newcomerPassesNobody},
	{"Promise6_AWaiterInGraceIsPassedOverAndKeepsThePlace", graceIsPassedOver},
	{"Promise6_AWaiterWhoIsBackIsServedAtOnce", backIsServed},
	{"Promise6_ADeadWaiterHoldsNobodyUp", deadWaiter},
	{"Promise6_APlaceSurvivesAReconnectAndAMoveToAnotherNode", placeSurvives},
	{"Promise6_APlaceIsLostWhenItsGraceIsOver", placeLost},
	{"Promise6_ARenewalBringsPlacesBackWithTheirSessions", placeRevived},
	{"Promise6_AdministratorsStandFirstByPolicy", administratorsFirst},
	{"Promise6_WhoStandsFirstChangesAtRunTime", priorityChanges},
	{"Promise7_ASeatGivenBackIsTheWaitersInTheSameStep", sameStep},
	{"Promise7_ASeatThatTimeFreesIsTheWaitersFromThatMomentOn", sameMoment},
	{"Promise7_MoreRoomServesAllWhomItHolds", moreRoom},
	{"AWaiterGetsTheLowestFreeNumberAndANewFence", waiterGets},
	{"PlaceAndLengthArePushedAsTheyChange", linePushed},
	{"APlaceIsForWhoAsksForOne", placeAskedFor},
	{"APlaceIsForWhoCouldHaveASeat", placeRefused},
	{"AskingAgainKeepsThePlace", askingAgain},
	{"UnwaitGivesThePlaceUpAndDetachesAllDevices", unwaitDetaches},
	{"LogoutOfTheLastDeviceGivesThePlaceUp", logoutUnwaits},
	{"LogoutAndDropOfOneDeviceKeepThePlace", oneDeviceWaits},
	{"NoPlaceWhereThereIsNoWaitlist", noWaitlist},
	{"TheWaitlistTurnedOffEmptiesTheLine", waitlistTurnedOff},
	{"ASuspendedLicenseKeepsItsLineAndServesNobody", suspendedLine},
	{"ASwitchTurnedOffTakesThePlaceToo", switchTakesPlace},
	{"Promise4_ARepeatedWaitIsAnsweredWithWhatIs", repeatedWait},
	{"Promise4_AnUnwaitOfAnotherTurnGivesNothingUp", unwaitOtherTurn},
	{"Promise4_ARepeatedUnwaitSparesTheNextPlace", repeatedUnwait},
	{"Promise4_AnUnwaitBehindTheGrantGivesNoSeatBack", unwaitBehindGrant},
	{"Promise4_AWaitBehindItsUnwaitBringsNothingBack", waitBehindUnwait},
	{"Promise4_AWaitBehindItsLogoutIsEnded", waitBehindLogout},
}

func firstComeFirstServed(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	want := []seats.TeammateID{"gus", "bob", "fay", "cid"} // in no order but that of coming
	for i, id := range want {
		w := waits(t, s.reply(s.wants(member(id))))
		equal(t, "place of "+string(id), w.Place, i+1)
		equal(t, "turn", w.Waiter.Turn, seats.Turn(seats.FencesPerGeneration+i+1))
	}
	s.line(want...)
	last := seats.TeammateID("ann")
	for i, id := range want {
		s.Advance(time.Second)
		s.logout(last)
		s.seated(id)
		s.line(want[i+1:]...)
		last = id
	}
}

func newcomerPassesNobody(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	s.queue("cid", "dan")
	// The seat is gone before the next command of the very batch that frees it.
	out := s.do(seats.Logout{Teammate: "ann", Session: "ses-ann"}, s.take("eve", "ses-eve", 1))
	refused(t, out.Replies[1], seats.SeatsFull)
	s.seated("cid", "bob")
	out = s.do(s.take("fay", "ses-fay", 1), seats.Logout{Teammate: "bob", Session: "ses-bob"}, s.wants(member("gus")))
	refused(t, out.Replies[0], seats.SeatsFull)
	equal(t, "place", waits(t, out.Replies[2]).Place, 1)
	s.seated("cid", "dan")
	s.line("gus")
}

func graceIsPassedOver(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid", "dan")
	bob := s.waiter("bob")
	out := s.drop("bob")
	bob.GraceUntil = s.now().Add(grace)
	equal(t, "announced", s.change(out).Waiters, []seats.Waiter{bob})
	equal(t, "in grace", s.waiter("bob"), bob)
	s.line("bob", "cid", "dan")
	w := waits(t, s.reply(s.take("cid", "ses-cid", 2)))
	equal(t, "who is passed over counts", w.Place, 2)
	s.logout("ann")
	s.seated("cid")
	s.line("bob", "dan")
	s.logout("cid")
	s.seated("dan")
	s.logout("dan")
	s.seated() // bob alone is left, and not there
	s.line("bob")
	s.seat("eve", "ses-eve") // nor is anybody kept out for him
	// Back, he is where he was.
	s.queue("fay")
	w = waits(t, s.reply(s.take("bob", "ses-2", 1)))
	bob.GraceUntil = time.Time{}
	equal(t, "back", w, seats.Waiting{Waiter: bob, Place: 1})
	s.line("bob", "fay")
}

func backIsServed(t *testing.T, f Factory) {
	for name, back := range map[string]func(*scene) seats.Reply{
		"on a new session": func(s *scene) seats.Reply { return s.reply(s.take("bob", "ses-2", 1)) },
		"by a resume": func(s *scene) seats.Reply {
			c := s.take("bob", "ses-2", 1)
			c.Resumes = "ses-bob"
			return s.reply(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 1)
			s.fill("ann")
			s.queue("bob")
			s.drop("bob")
			s.logout("ann")
			s.seated()
			s.age(grace - time.Millisecond)
			g := granted(t, back(s))
			equal(t, "new", g.New, true)
			equal(t, "how", g.Holder.Via, seats.ViaWaitlist)
			equal(t, "since", g.Holder.Since, s.now())
			equal(t, "in grace", g.Holder.InGrace(), false)
			s.line()
			s.age(grace)
			s.seated("bob") // the place's grace ended with the place
		})
	}
}

func deadWaiter(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.by(nodeB, seats.Renew{Lease: 5 * time.Second}, s.wants(member("bob")))
	s.queue("cid")
	s.Advance(5 * time.Second) // node B is dead, and bob is at home
	ends := s.now()
	s.do(seats.Renew{Lease: lease})
	equal(t, "bob's grace", s.waiter("bob").GraceUntil, ends.Add(grace))
	s.logout("ann")
	s.seated("cid")
	s.age(grace - time.Millisecond)
	s.line("bob")
	s.Advance(time.Millisecond)
	s.line()
	s.seated("cid")
}

func placeSurvives(t *testing.T, f Factory) {
	setting := func(t *testing.T) *scene {
		s := open(t, f, 1)
		s.fill("ann")
		s.queue("bob", "cid")
		s.by(nodeB, seats.Renew{Lease: time.Hour})
		return s
	}
	for name, back := range map[string]func(*scene) seats.Reply{
		"dropped, then another node": func(s *scene) seats.Reply {
			s.drop("bob")
			s.age(grace - time.Millisecond)
			return s.by(nodeB, s.take("bob", "ses-2", 1)).Replies[0]
		},
		"resumed by another node": func(s *scene) seats.Reply {
			c := s.take("bob", "ses-2", 1)
			c.Resumes = "ses-bob"
			out := s.by(nodeB, c)
			equal(s, "ended", s.change(out).Ended, []seats.SessionID{"ses-bob"})
			equal(s, "resumed", waits(s, out.Replies[0]).Resumed, true)
			return s.by(nodeB, s.take("bob", "ses-2", 2)).Replies[0]
		},
		"moved with its session": func(s *scene) seats.Reply {
			return s.by(nodeB, s.take("bob", "ses-bob", 2)).Replies[0]
		},
		"its node died": func(s *scene) seats.Reply {
			s.Advance(lease)
			s.by(nodeB)
			equal(s, "in grace", s.waiter("bob").InGrace(), true)
			return s.by(nodeB, s.take("bob", "ses-2", 1)).Replies[0]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setting(t)
			bob := s.waiter("bob")
			equal(t, "place", back(s), seats.Reply(seats.Waiting{Waiter: bob, Place: 1}))
			s.line("bob", "cid")
			s.Advance(lease) // with cid gone, and ann
			s.by(nodeB, seats.Free{Teammate: "ann", Fence: s.holder("ann").Fence})
			s.seated("bob")
		})
	}
}

func placeLost(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid")
	bob := s.waiter("bob")
	s.do(seats.Renew{Lease: time.Hour})
	equal(t, "due", s.drop("bob").Due, s.now().Add(grace))
	s.age(grace - time.Millisecond)
	s.line("bob", "cid")
	s.Advance(time.Millisecond)
	out := s.do()
	equal(t, "announced", s.change(out).Unwaiting, []seats.TeammateID{"bob"})
	equal(t, "losses", len(s.change(out).Losses), 0)
	w := waits(t, s.reply(s.wantsAgain("bob", "ses-2", 1)))
	equal(t, "at the end of the line", w.Place, 2)
	equal(t, "another turn", w.Waiter.Turn > bob.Turn, true)
	s.line("cid", "bob")
}

// wantsAgain is a take for a place too, by another session or with another number.
func (s *scene) wantsAgain(teammate seats.TeammateID, session seats.SessionID, seq uint64) seats.Take {
	c := s.take(teammate, session, seq)
	c.Wait = true
	return c
}

func placeRevived(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.by(nodeB, seats.Renew{Lease: time.Hour}, s.take("ann", "ses-ann", 1))
	s.queue("bob", "cid")
	bob := s.waiter("bob")
	s.Advance(lease)
	equal(t, "in grace", s.waiter("bob").GraceUntil, s.now().Add(grace))
	s.Advance(grace - time.Millisecond)
	s.do(seats.Renew{Lease: lease})
	equal(t, "as before", s.waiter("bob"), bob)
	s.Advance(lease)
	s.by(nodeB, seats.Logout{Teammate: "ann", Session: "ses-ann"})
	s.seated() // nobody is there
	s.do(seats.Renew{Lease: lease})
	s.seated("bob") // nor waits longer than until the node is back
	s.line("cid")
}

func administratorsFirst(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.AdministratorsFirst = true })
	s.fill("ann")
	s.queueAs(member("bob"))
	s.queueAs(boss("meg"))
	s.queueAs(member("cid"))
	equal(t, "place", waits(t, s.reply(s.wants(boss("max")))).Place, 2)
	equal(t, "place", waits(t, s.reply(s.take("cid", "ses-cid", 2))).Place, 4)
	s.line("meg", "max", "bob", "cid")
	last := seats.TeammateID("ann")
	for _, id := range []seats.TeammateID{"meg", "max", "bob", "cid"} {
		s.logout(last)
		s.seated(id)
		last = id
	}
}

func priorityChanges(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queueAs(member("bob"))
	s.queueAs(boss("meg"))
	s.queueAs(member("cid"))
	s.line("bob", "meg", "cid")
	first := func(on bool) func(*seats.Config) { return func(c *seats.Config) { c.AdministratorsFirst = on } }
	s.configure(first(true))
	s.line("meg", "bob", "cid")
	equal(t, "place", waits(t, s.reply(s.take("bob", "ses-bob", 2))).Place, 2)
	cid := s.waiter("cid")
	s.configure(nil, boss("cid"), member("meg"))
	cid.Administrator = true
	equal(t, "the switch changes the class and not the turn", s.waiter("cid"), cid)
	s.line("cid", "bob", "meg")
	s.configure(first(false))
	s.line("bob", "meg", "cid")
	s.configure(first(true))
	s.logout("ann")
	s.seated("cid")
	s.configure(first(false))
	s.logout("cid")
	s.seated("bob")
}

func sameStep(t *testing.T, f Factory) {
	for name, c := range map[string]func(seats.Holder) seats.Command{
		"logout": func(h seats.Holder) seats.Command { return seats.Logout{Teammate: "ann", Session: "ses-ann"} },
		"leave": func(h seats.Holder) seats.Command {
			return seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: 2, Fence: h.Fence}
		},
		"free": func(h seats.Holder) seats.Command { return seats.Free{Teammate: "ann", Fence: h.Fence} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 1)
			s.fill("ann")
			ann := s.holder("ann")
			s.queue("bob", "cid")
			s.Advance(time.Second)
			out := s.do(c(ann))
			change := s.change(out)
			equal(t, "gone", change.Gone, []seats.TeammateID{"ann"})
			equal(t, "waiting no longer", change.Unwaiting, []seats.TeammateID{"bob"})
			equal(t, "holders", change.Holders, []seats.Holder{{
				Teammate: "bob", Name: "Name of bob", Number: 1, Fence: ann.Fence + 1, Since: s.now(), Sessions: 1,
				Via: seats.ViaWaitlist, Routing: seats.AcceptingChats,
			}})
			equal(t, "used, waiting", [2]int{change.Used, change.Waiting}, [2]int{1, 1})
			s.seated("bob")
		})
	}
}

// sameMoment: nobody called when it was due.
func sameMoment(t *testing.T, f Factory) {
	for name, c := range map[string]struct {
		lose func(*scene)
		at   time.Duration // when the seat is lost, from now
	}{
		"a grace": {func(s *scene) { s.drop("ann") }, grace},
		"a lease and a grace": {func(s *scene) {
			s.by(nodeC, seats.Renew{Lease: 7 * time.Second}, s.take("ann", "ses-ann", 2))
		}, 7*time.Second + grace},
		"a cooldown": {func(s *scene) {
			s.configure(func(c *seats.Config) { c.Cap = 0 })
			s.do(seats.Free{Teammate: "ann", Fence: s.holder("ann").Fence})
			s.configure(func(c *seats.Config) { c.Cap = 1 })
			bob := s.holder("bob")
			s.do(seats.Free{Teammate: "bob", Fence: bob.Fence, Cooldown: time.Minute})
			s.by(nodeB, s.wantsAgain("bob", "ses-bob", 2))
		}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 1)
			s.fill("ann")
			s.by(nodeB, seats.Renew{Lease: time.Hour}, s.wants(member("bob")))
			c.lose(s)
			start := s.now()
			due := s.by(nodeB).Due
			if due.After(start.Add(c.at)) {
				t.Fatalf("due at %s, after the seat is lost", due)
			}
			s.Advance(c.at + 10*time.Minute)
			out := s.by(nodeB)
			equal(t, "holders", len(s.change(out).Holders), 1)
			bob := s.holder("bob")
			equal(t, "since", bob.Since, start.Add(c.at))
			equal(t, "how", bob.Via, seats.ViaWaitlist)
			s.line()
		})
	}
}

const nodeC seats.NodeID = "node-c"

func moreRoom(t *testing.T, f Factory) {
	for name, room := range map[string]func(*scene){
		"a higher cap":  func(s *scene) { s.configure(func(c *seats.Config) { c.Cap = 4 }) },
		"overage":       func(s *scene) { s.configure(func(c *seats.Config) { c.Overage = seats.Overage2 }) },
		"no total":      func(s *scene) { s.configure(func(c *seats.Config) { c.Overage, c.Cap = seats.OverageAlways, 0 }) },
		"two switches":  func(s *scene) { s.configure(nil, seats.Member{Teammate: "ann"}, seats.Member{Teammate: "bob"}) },
		"active again":  suspendAndReturn,
		"a reservation": func(s *scene) { s.configure(func(c *seats.Config) { c.Cap, c.ReservedAdministrators = 9, 5 }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 2)
			s.fill("ann", "bob")
			s.queue("cid", "dan")
			room(s)
			cid, dan := s.holder("cid"), s.holder("dan")
			equal(t, "the first has the lower number and fence", cid.Number < dan.Number && cid.Fence < dan.Fence, true)
			s.line()
		})
	}
}

func suspendAndReturn(s *scene) {
	s.configure(func(c *seats.Config) { c.Status = seats.Suspended })
	s.seated()
	s.configure(func(c *seats.Config) { c.Status = seats.Active })
	s.seated("cid", "dan")
}

func waiterGets(t *testing.T, f Factory) {
	s := open(t, f, 3)
	s.configure(func(c *seats.Config) { c.Cap, c.Overage = 2, seats.Overage1_5 })
	s.fill("ann", "bob", "cid")
	s.queue("dan")
	cid := s.holder("cid")
	s.logout("ann")
	dan := s.holder("dan")
	equal(t, "number, fence", [2]int64{int64(dan.Number), int64(dan.Fence)}, [2]int64{1, int64(cid.Fence) + 1})
	equal(t, "the third of two", dan.Overage, true)
	s.line()
}

func linePushed(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	out := s.do(s.wants(member("bob")))
	bob := seats.Waiter{Teammate: "bob", Name: "Name of bob", Turn: seats.FencesPerGeneration + 1, Since: s.now()}
	head := s.board().Head
	head.Waiting = 1
	equal(t, "somebody waits", out.Changes, []seats.Change{{Head: head, From: head.Version - 1, Waiters: []seats.Waiter{bob}}})
	out = s.configure(nil, seats.Member{Teammate: "bob", Name: "Bób", Operator: true})
	bob.Name = "Bób"
	equal(t, "another name", s.change(out).Waiters, []seats.Waiter{bob})
	s.queue("cid")
	out = s.do(seats.Unwait{Teammate: "bob", Session: "ses-bob", Seq: 2, Turn: bob.Turn})
	head = s.board().Head
	equal(t, "waiting", head.Waiting, 1)
	equal(t, "somebody goes", out.Changes, []seats.Change{{Head: head, From: head.Version - 1, Unwaiting: []seats.TeammateID{"bob"}}})
	out = s.do(s.wantsAgain("bob", "ses-bob", 3), seats.Logout{Teammate: "ann", Session: "ses-ann"},
		seats.Logout{Teammate: "cid", Session: "ses-cid"})
	equal(t, "waited within one step", len(s.change(out).Waiters), 0)
	s.seated("bob")
}

func placeAskedFor(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	refused(t, s.reply(s.take("bob", "ses-bob", 1)), seats.SeatsFull)
	s.line()
	equal(t, "place", waits(t, s.reply(s.wantsAgain("bob", "ses-bob", 2))).Place, 1)
	// Who asks for a place besides gets a seat where one is open, without a turn.
	s.logout("ann")
	s.logout("bob")
	g := granted(t, s.reply(s.wants(member("cid"))))
	equal(t, "how", g.Holder.Via, seats.ViaTake)
	s.line()
}

func placeRefused(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	ned := s.wants(member("ned"))
	ned.Member.Operator = false
	refused(t, s.reply(ned), seats.NotOperator)
	for status, code := range map[seats.Status]seats.RefusalCode{
		seats.Suspended: seats.LicenseSuspended, seats.Expired: seats.LicenseExpired,
	} {
		s.configure(func(c *seats.Config) { c.Status = status })
		ned.Revision, ned.Seq = s.revision, ned.Seq+1
		ned.Member.Operator = true
		refused(t, s.reply(ned), code)
	}
	s.line()
}

func askingAgain(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid")
	bob := s.waiter("bob")
	s.Advance(time.Second)
	for what, c := range map[string]seats.Take{
		"the same device":             s.take("bob", "ses-bob", 2),
		"another device":              s.take("bob", "ses-2", 1),
		"another device, for a place": s.wantsAgain("bob", "ses-3", 1),
	} {
		equal[seats.Reply](t, what, s.unchanged(s.batch(c))[0], seats.Waiting{Waiter: bob, Place: 1})
	}
	for _, session := range []seats.SessionID{"ses-bob", "ses-2"} {
		s.do(seats.Logout{Teammate: "bob", Session: session})
	}
	s.logout("ann")
	equal(t, "sessions", s.holder("bob").Sessions, 1)
}

func unwaitDetaches(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	waits(t, s.reply(s.take("bob", "ses-2", 1)))
	c := seats.Unwait{Teammate: "bob", Session: "ses-2", Seq: 2, Turn: s.waiter("bob").Turn}
	equal[seats.Reply](t, "unwait", s.reply(c), seats.Done{})
	s.line()
	s.logout("ann")
	s.seated()
	back := granted(t, s.reply(s.take("bob", "ses-bob", 2)))
	equal(t, "sessions after one came back", back.Holder.Sessions, 1)
	s.do(seats.Drop{Teammate: "bob", Session: "ses-2"})
	equal(t, "the detached one's drop", s.holder("bob"), back.Holder)
}

func logoutUnwaits(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid")
	s.logout("bob")
	s.line("cid")
	// A device that is not live is no device.
	s.by(nodeB, seats.Renew{Lease: time.Hour}, s.take("cid", "ses-2", 1))
	s.by(nodeB, s.take("ann", "ses-2", 1))
	s.Advance(lease)
	s.by(nodeB, seats.Logout{Teammate: "cid", Session: "ses-2"})
	s.line()
}

func oneDeviceWaits(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	bob := s.waiter("bob")
	s.do(s.take("bob", "ses-2", 1), s.take("bob", "ses-3", 1))
	s.unchanged(s.batch(seats.Logout{Teammate: "bob", Session: "ses-2"}))
	s.unchanged(s.batch(seats.Drop{Teammate: "bob", Session: "ses-3"}))
	equal(t, "bob's place", s.waiter("bob"), bob)
	s.drop("bob")
	equal(t, "the last one's drop", s.waiter("bob").GraceUntil, s.now().Add(grace))
	s.Advance(time.Second)
	s.unchanged(s.batch(seats.Logout{Teammate: "bob", Session: "ses-bob"})) // behind its drop
}

func noWaitlist(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.Waitlist = false })
	s.fill("ann")
	refused(t, s.reply(s.wants(member("bob"))), seats.SeatsFull)
	s.line()
	s.configure(func(c *seats.Config) { c.Waitlist = true })
	waits(t, s.reply(s.wantsAgain("bob", "ses-bob", 2)))
}

func waitlistTurnedOff(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid")
	s.drop("cid")
	out := s.configure(func(c *seats.Config) { c.Waitlist = false })
	equal(t, "waiting no longer", s.change(out).Unwaiting, []seats.TeammateID{"bob", "cid"})
	s.line()
	s.logout("ann")
	s.seated()
	granted(t, s.reply(s.take("bob", "ses-bob", 2)))
	equal(t, "due", s.do().Due, s.now().Add(lease)) // and no grace of a place that is no more
}

func suspendedLine(t *testing.T, f Factory) {
	for status, code := range map[seats.Status]seats.RefusalCode{
		seats.Suspended: seats.LicenseSuspended, seats.Expired: seats.LicenseExpired,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 1)
			s.fill("ann")
			s.queue("bob", "cid")
			s.configure(func(c *seats.Config) { c.Status = status })
			s.seated()
			s.line("bob", "cid")
			refused(t, s.reply(s.take("bob", "ses-bob", 2)), code)
			refused(t, s.reply(s.wantsAgain("bob", "ses-bob", 3)), code)
			s.line("bob", "cid") // and keeps the place all the same
			s.drop("bob")
			refused(t, s.reply(s.take("bob", "ses-2", 1)), code)
			equal(t, "in grace", s.waiter("bob").InGrace(), false) // who is there is not in grace
			s.configure(func(c *seats.Config) { c.Status = seats.Active })
			s.seated("bob")
			s.line("cid")
		})
	}
}

func switchTakesPlace(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid", "dan")
	s.drop("cid")
	out := s.configure(nil, seats.Member{Teammate: "bob"}, seats.Member{Teammate: "cid"})
	equal(t, "waiting no longer", s.change(out).Unwaiting, []seats.TeammateID{"bob", "cid"})
	s.line("dan")
	s.configure(nil, member("bob"))
	equal(t, "place, when it is on again", waits(t, s.reply(s.wantsAgain("bob", "ses-bob", 2))).Place, 2)
}

func repeatedWait(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	b := s.batch(s.wants(member("bob")))
	first := s.send(b).Replies[0]
	s.queue("cid")
	equal(t, "again", s.unchanged(b)[0], first)
	s.logout("ann")
	equal(t, "when seated", granted(t, s.unchanged(b)[0]), seats.Granted{Holder: s.holder("bob")})
	s.logout("cid")
	s.do(seats.Leave{Teammate: "bob", Session: "ses-bob", Seq: 2, Fence: s.holder("bob").Fence})
	equal[seats.Reply](t, "when the seat is given back", s.unchanged(b)[0], seats.Superseded{})
}

func unwaitOtherTurn(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid")
	bob, cid := s.waiter("bob"), s.waiter("cid")
	for i, turn := range []seats.Turn{0, bob.Turn - 1, cid.Turn, cid.Turn + 100} {
		c := seats.Unwait{Teammate: "bob", Session: "ses-bob", Seq: uint64(2 + i), Turn: turn}
		equal[seats.Reply](t, "unwait", s.unchanged(s.batch(c))[0], seats.Done{})
	}
	s.line("bob", "cid")
}

func repeatedUnwait(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	turn := s.waiter("bob").Turn
	b := s.batch(seats.Unwait{Teammate: "bob", Session: "ses-bob", Seq: 2, Turn: turn})
	s.send(b)
	waits(t, s.reply(s.wantsAgain("bob", "ses-bob", 3)))
	equal[seats.Reply](t, "the unwait again", s.unchanged(b)[0], seats.Done{})
	// By another device too, whose number is news.
	waits(t, s.reply(s.take("bob", "ses-2", 1)))
	other := seats.Unwait{Teammate: "bob", Session: "ses-2", Seq: 2, Turn: turn}
	equal[seats.Reply](t, "a late unwait", s.unchanged(s.batch(other))[0], seats.Done{})
	s.line("bob")
	s.do(seats.Drop{Teammate: "bob", Session: "ses-2"})
	other.Seq = 3
	equal[seats.Reply](t, "of an ended session", s.unchanged(s.batch(other))[0], seats.Ended{})
}

func unwaitBehindGrant(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob")
	b := s.batch(seats.Unwait{Teammate: "bob", Session: "ses-bob", Seq: 2, Turn: s.waiter("bob").Turn})
	s.logout("ann")
	s.seated("bob")
	equal[seats.Reply](t, "unwait", s.unchanged(b)[0], seats.Done{})
	s.seated("bob")
}

func waitBehindUnwait(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	b := s.batch(s.wants(member("bob")))
	w := waits(t, s.send(b).Replies[0])
	s.do(seats.Unwait{Teammate: "bob", Session: "ses-bob", Seq: 2, Turn: w.Waiter.Turn})
	equal[seats.Reply](t, "the wait again", s.unchanged(b)[0], seats.Superseded{})
	s.line()
	// An unwait that overtook a wait is no bar to the place that it does not name: its turn was given to nobody yet.
	c := s.wantsAgain("bob", "ses-bob", 3)
	s.do(seats.Unwait{Teammate: "bob", Session: "ses-bob", Seq: 4, Turn: w.Waiter.Turn + 1})
	equal[seats.Reply](t, "a wait that was overtaken", s.unchanged(s.batch(c))[0], seats.Superseded{})
	s.line()
}

func waitBehindLogout(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.logout("bob")
	equal[seats.Reply](t, "wait", s.unchanged(s.batch(s.wants(member("bob"))))[0], seats.Ended{})
	s.line()
}
