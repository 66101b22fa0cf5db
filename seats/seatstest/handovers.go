package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// handovers: a holder gives the seat to a colleague.
var handovers = []promise{
	{"Promise3_AHandOverKeepsTheNumberUnderANewFence", handOverFences},
	{"AHandOverDetachesAllDevicesOfTheGiver", handOverDetaches},
	{"AHandOverGoesPastTheWaitlist", handOverPastWaitlist},
	{"AHandOverIsNotTowardsWhoIsNotThere", handOverNotPresent},
	{"AHandOverIsRefusedForItsFirstCause", handOverCauses},
	{"AHandOverTowardsSomebodyInCooldownIsRefused", handOverCooldown},
	{"AHandOverByTheAskedPolicyIsForWhoAsks", handOverAsked},
	{"AHandOverIsAllowedWhileDraining", handOverDraining},
	{"AnAdministratorHandsOverASeatInGrace", handOverInGrace},
	{"AHandOverIsMarkedOverageByWhatIsUsed", handOverOverage},
	{"AHandOverOfAnotherRevisionIsStale", handOverStaleRevision},
	{"AHandOverOfAnotherFenceIsStale", handOverStaleFence},
	{"Promise4_AHandOverSentTwiceIsAnsweredAlike", handOverTwice},
	{"Promise4_AHandOverSparesTheNextStay", handOverNextStay},
	{"Promise4_AHandOverOfAnEndedSessionIsEnded", handOverEnded},
}

// hands is a holder's hand-over of the seat that they hold now.
func (s *scene) hands(from, to seats.TeammateID) seats.HandOver {
	s.Helper()
	return seats.HandOver{
		Teammate: from, Fence: s.holder(from).Fence, Session: ses(from), To: member(to), Revision: s.revision,
	}
}

// here has teammates attached who were refused.
func (s *scene) here(teammates ...seats.TeammateID) {
	s.Helper()
	for _, id := range teammates {
		refused(s, s.reply(s.take(id, ses(id), 1)), seats.SeatsFull)
	}
}

// notHanded fails unless a hand-over is refused with that code and changes nothing.
func (s *scene) notHanded(c seats.HandOver, code seats.HandOverCode) {
	s.Helper()
	equal[seats.Reply](s, "hand-over", s.unchanged(s.batch(c))[0], seats.NotHanded{Code: code})
}

func handOverFences(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	s.here("cid")
	ann := s.holder("ann")
	s.Advance(time.Second)
	c := s.hands("ann", "cid")
	c.By, c.Session = "meg", ""
	out := s.do(c)
	equal[seats.Reply](t, "hand-over", out.Replies[0], seats.HandedOver{Number: 1, Fence: ann.Fence})
	change := s.change(out)
	equal(t, "gone", change.Gone, []seats.TeammateID{"ann"})
	loss := lossOf(ann, seats.LostHandedOver, s.now())
	loss.By, loss.To = "meg", "cid"
	equal(t, "losses", change.Losses, []seats.Loss{loss})
	cid := seats.Holder{
		Teammate: "cid", Name: "Name of cid", Number: 1, Fence: ann.Fence + 2, Since: s.now(), Sessions: 1,
		Via: seats.ViaHandOver, Routing: seats.AcceptingChats,
	}
	equal(t, "holders", change.Holders, []seats.Holder{cid})
	equal(t, "used", change.Used, 2)
	s.seated("cid", "bob")
	// The new holder's session is what the seat hangs on.
	s.logout("cid")
	s.seated("bob")
	equal(t, "the next number, fence", [2]int64{1, int64(cid.Fence) + 1}, func() [2]int64 {
		h := s.seat("dan", "ses-dan")
		return [2]int64{int64(h.Number), int64(h.Fence)}
	}())
}

func handOverDetaches(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	s.here("bob")
	c := s.hands("ann", "bob")
	s.do(c)
	equal(t, "loss", s.loss("ann").Session, "ses-ann")
	s.logout("bob")
	s.seated()
	back := granted(t, s.reply(s.take("ann", "ses-2", 2)))
	equal(t, "sessions after one came back", back.Holder.Sessions, 1)
}

func handOverPastWaitlist(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.queue("bob", "cid", "dan")
	out := s.do(s.hands("ann", "cid"))
	s.seated("cid")
	s.line("bob", "dan") // whose place was theirs no longer
	equal(t, "waiting no longer", s.change(out).Unwaiting, []seats.TeammateID{"cid"})
	s.here("eve")
	s.do(s.hands("cid", "eve"))
	s.seated("eve")
	s.line("bob", "dan")
}

func handOverNotPresent(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	s.notHanded(s.hands("ann", "cid"), seats.ToNotPresent) // never seen
	s.queue("cid")
	s.drop("cid")
	s.notHanded(s.hands("ann", "cid"), seats.ToNotPresent) // in grace
	s.queue("dan")
	s.do(seats.Unwait{Teammate: "dan", Session: "ses-dan", Seq: 2, Turn: s.waiter("dan").Turn})
	s.notHanded(s.hands("ann", "dan"), seats.ToNotPresent) // there, but asked for no seat
	s.by(nodeB, seats.Renew{Lease: time.Second}, s.take("eve", "ses-eve", 1))
	s.Advance(time.Second)
	s.notHanded(s.hands("ann", "eve"), seats.ToNotPresent) // on a node that is dead
	s.by(nodeB, seats.Renew{Lease: time.Second})
	s.do(s.hands("ann", "eve"))
	s.seated("eve", "bob")
}

// handOverCauses has all causes at once, and takes the first away, again and again.
func handOverCauses(t *testing.T, f Factory) {
	s := idling(t, f, 2)
	s.configure(func(c *seats.Config) { c.HandOver = "" })
	s.fill("ann", "bob")
	s.queue("cid")
	s.idles("ann", true)
	s.Advance(idleAfter) // ann is warned, for cid
	c := s.hands("ann", "bob")
	c.To.Operator = false
	s.notHanded(c, seats.HandOverIsOff)
	s.configure(func(c *seats.Config) { c.HandOver = seats.HandOverOff })
	c.Revision = s.revision
	s.notHanded(c, seats.HandOverIsOff)
	s.configure(func(c *seats.Config) { c.HandOver = seats.HandOverAsked })
	c.Revision = s.revision
	s.notHanded(c, seats.NotAskedFor)
	s.configure(func(c *seats.Config) { c.HandOver = seats.HandOverAnyone })
	c.Revision = s.revision
	s.notHanded(c, seats.GiverWarned)
	s.idles("ann", false)
	s.notHanded(c, seats.ToNotOperator)
	c.To.Operator = true
	s.notHanded(c, seats.ToSeated)
	c.To = member("cid")
	s.do(c)
	s.seated("cid", "bob")
}

func handOverCooldown(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.do(seats.Free{Teammate: "ann", Fence: s.holder("ann").Fence, Cooldown: 10 * time.Second})
	s.fill("bob")
	refused(t, s.reply(s.take("ann", "ses-ann", 2)), seats.InCooldown)
	s.Advance(time.Second)
	c := s.hands("bob", "ann")
	equal[seats.Reply](t, "in cooldown", s.unchanged(s.batch(c))[0], seats.NotHanded{
		Code: seats.ToInCooldown, RetryAfter: 9 * time.Second,
	})
	s.Advance(9 * time.Second)
	s.do(c)
	s.seated("ann")
}

func handOverAsked(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.HandOver = seats.HandOverAsked })
	s.fill("ann", "bob")
	s.here("cid", "dan", "eve")
	s.asks("ask-1", "cid", "ann")
	s.asks("ask-0", "dan", administrators)
	s.notHanded(s.hands("bob", "dan"), seats.NotAskedFor) // asked for more seats, for nobody's
	s.asks("ask-2", "dan", "bob")
	s.asks("ask-3", "eve", "ann")
	s.notHanded(s.hands("ann", "dan"), seats.NotAskedFor) // asked somebody else
	s.do(seats.AnswerAsk{ID: "ask-3", Of: "ann"})
	s.notHanded(s.hands("ann", "eve"), seats.NotAskedFor) // was told no
	c := s.hands("ann", "cid")
	c.Session, c.By = "", "meg"
	s.do(c) // who asked may be helped by an administrator too
	s.seated("cid", "bob")
	s.age(seats.AskLife)
	s.notHanded(s.hands("bob", "dan"), seats.NotAskedFor) // the time is over
}

func handOverDraining(t *testing.T, f Factory) {
	s := open(t, f, 3)
	s.fill("ann", "bob", "cid")
	s.queue("dan")
	s.configure(func(c *seats.Config) { c.Cap = 1 })
	s.do(s.hands("bob", "dan"))
	s.seated("ann", "dan", "cid")
	equal(t, "draining", s.board().Draining, true)
	equal(t, "above the cap", s.holder("dan").Overage, true)
}

func handOverInGrace(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	s.drop("ann")
	c := s.hands("ann", "bob")
	c.Session, c.By = "", "meg"
	s.do(c)
	bob := s.holder("bob")
	equal(t, "in grace", bob.InGrace(), false)
	s.age(grace)
	equal(t, "when the giver's grace would have ended", s.holder("bob"), bob)
	refused(t, s.reply(s.take("ann", "ses-2", 1)), seats.SeatsFull)
}

func handOverOverage(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.Overage = seats.Overage2 })
	s.fill("ann", "bob")
	s.here("cid", "dan")
	s.do(s.hands("ann", "cid"))
	equal(t, "one of two, with a cap of one", s.holder("cid").Overage, true)
	s.logout("cid")
	s.do(s.hands("bob", "dan"))
	equal(t, "the only one", s.holder("dan").Overage, false)
}

func handOverStaleRevision(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	c := s.hands("ann", "bob")
	s.configure(nil)
	equal[seats.Reply](t, "hand-over", s.unchanged(s.batch(c))[0], seats.StaleRevision{Engine: 2})
	c.Revision = 2
	s.do(c)
	c.Revision = 1
	equal[seats.Reply](t, "what is done is done", s.unchanged(s.batch(c))[0], seats.HandedOver{Number: 1, Fence: c.Fence})
}

func handOverStaleFence(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.fill("ann", "bob")
	s.here("cid")
	ann, bob := s.holder("ann"), s.holder("bob")
	c := s.hands("ann", "cid")
	for _, fence := range []seats.Fence{ann.Fence - 1, bob.Fence, bob.Fence + 9} {
		c.Fence = fence
		equal[seats.Reply](t, "hand-over", s.unchanged(s.batch(c))[0], seats.StaleFence{Held: ann.Fence})
	}
	for _, giver := range []seats.TeammateID{"cid", "eve"} {
		c.Teammate, c.To = giver, member("dan")
		equal[seats.Reply](t, "by who has none", s.unchanged(s.batch(c))[0], seats.NotSeated{})
	}
}

func handOverTwice(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob", "cid")
	b := s.batch(s.hands("ann", "bob"))
	first := s.send(b).Replies[0]
	equal(t, "again", s.unchanged(b)[0], first)
	other := b.Commands[0].(seats.HandOver)
	other.To = member("cid")
	equal[seats.Reply](t, "to somebody else", s.unchanged(s.batch(other))[0], seats.NotSeated{})
	s.logout("bob")
	equal(t, "when it is given back", s.unchanged(b)[0], first)
	s.seated()
}

func handOverNextStay(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	c := s.hands("ann", "bob")
	s.do(seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: 2, Fence: c.Fence})
	equal[seats.Reply](t, "behind a leave", s.unchanged(s.batch(c))[0], seats.NotSeated{})
	again := granted(t, s.reply(s.take("ann", "ses-ann", 3))).Holder
	equal[seats.Reply](t, "in the next stay", s.unchanged(s.batch(c))[0], seats.StaleFence{Held: again.Fence})
	s.seated("ann")
}

func handOverEnded(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	s.here("bob")
	c := s.hands("ann", "bob")
	s.do(s.take("ann", "ses-2", 1))
	s.logout("ann")
	equal[seats.Reply](t, "hand-over", s.unchanged(s.batch(c))[0], seats.Ended{})
	s.seated("ann")
}
