package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// endings: how a session ends and what that does to the seat: leave, logout, drop with grace, resume.
var endings = []promise{
	{"LeaveGivesTheSeatBackAndDetachesAllDevices", leaveDetachesAll},
	{"LeaveOfAnotherFenceGivesNothingBack", leaveOtherFence},
	{"LeaveOfOneWhoWasRefusedDetachesTheSession", leaveRefused},
	{"LogoutOfTheLastDeviceReleasesAtOnce", logoutReleases},
	{"LogoutOfOneDeviceKeepsTheSeat", logoutKeeps},
	{"LogoutOfADetachedSessionKeepsTheSeat", logoutDetached},
	{"LogoutIgnoresDevicesThatAreNotLive", logoutBesideLapsed},
	{"LogoutBySomebodyElseDoesNothing", logoutForeign},
	{"DropBeginsGraceAndAReturnEndsIt", dropAndReturn},
	{"DropOfOneDeviceBeginsNoGrace", dropKeeps},
	{"GraceIsNotProlongedByASecondDrop", graceNotProlonged},
	{"GraceThatRanOutLosesTheSeat", graceRunsOut},
	{"ASeatInGraceIsUsed", graceIsUsed},
	{"ResumeIsOneStepWithoutGrace", resumeOneStep},
	{"ResumeTakesTheSeatOutOfGraceToo", resumeFromAnotherNode},
	{"ResumeOfASessionNotYetSeenEndsIt", resumeUnseen},
	{"ResumeOfAnothersSessionDoesNotTouchIt", resumeForeign},
}

func leaveDetachesAll(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	s.Advance(time.Second)
	equal[seats.Reply](t, "leave", s.reply(seats.Leave{Teammate: "ann", Session: "ses-2", Seq: 2, Fence: ann.Fence}), seats.Done{})
	s.seated()
	left := lossOf(ann, seats.LostLeft, s.now())
	left.Session = "ses-2"
	equal(t, "loss", s.loss("ann"), left)
	// Back on one device: the other one stays detached, so this one's logout releases.
	back := granted(t, s.reply(s.take("ann", "ses-1", 2)))
	equal(t, "sessions attached after the return", back.Holder.Sessions, 1)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	s.seated()
}

func leaveRefused(t *testing.T, f Factory) {
	s := open(t, f, 1)
	bob := s.seat("bob", "ses-bob")
	refused(t, s.reply(s.take("ann", "ses-ann", 1)), seats.SeatsFull)
	refused(t, s.reply(s.take("ann", "ses-2", 1)), seats.SeatsFull)
	s.do(asking("ask-1", "ann", "bob"))
	equal[seats.Reply](t, "leave", s.reply(seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: 2}), seats.Done{})
	s.openAsks("ask-1") // the other device asks still
	s.do(seats.Leave{Teammate: "ann", Session: "ses-2", Seq: 2})
	s.openAsks()
	// Nobody of ann's is there for a seat any more.
	over := seats.HandOver{Teammate: "bob", Fence: bob.Fence, To: member("ann"), Revision: s.revision}
	equal[seats.Reply](t, "hand over", s.reply(over), seats.NotHanded{Code: seats.ToNotPresent})
	// A device that leaves what another one holds by now detaches nothing.
	granted(t, s.do(seats.Logout{Teammate: "bob", Session: "ses-bob"}, s.take("ann", "ses-ann", 3)).Replies[1])
	granted(t, s.reply(s.take("ann", "ses-2", 3)))
	s.do(seats.Leave{Teammate: "ann", Session: "ses-2", Seq: 4})
	equal(t, "sessions attached", s.holder("ann").Sessions, 2)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-ann"})
	s.seated("ann")
}

func leaveOtherFence(t *testing.T, f Factory) {
	s := open(t, f, 2)
	ann := s.seat("ann", "ses-1")
	bob := s.seat("bob", "ses-bob")
	for i, fence := range []seats.Fence{ann.Fence - 1, bob.Fence, ann.Fence + 100} {
		c := seats.Leave{Teammate: "ann", Session: "ses-1", Seq: uint64(2 + i), Fence: fence}
		equal[seats.Reply](t, "leave", s.reply(c), seats.Done{})
		equal(t, "ann's seat", s.holder("ann"), ann)
	}
	s.seated("ann", "bob")
}

func logoutReleases(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	out := s.do(seats.Logout{Teammate: "ann", Session: "ses-1"}, s.take("bob", "ses-bob", 1))
	equal(t, "the seat is bob's in the same step", granted(t, out.Replies[1]).Holder.Number, 1)
	loggedOut := lossOf(ann, seats.LostLoggedOut, s.now())
	loggedOut.Session = "ses-1"
	equal(t, "loss", s.loss("ann"), loggedOut)
}

func logoutKeeps(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	granted(t, s.by(nodeB, seats.Renew{Lease: lease}, s.take("ann", "ses-2", 1)).Replies[1])
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	equal(t, "ann's seat", s.holder("ann"), ann)
}

func logoutDetached(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	s.do(seats.Leave{Teammate: "ann", Session: "ses-1", Seq: 2, Fence: ann.Fence})
	back := granted(t, s.reply(s.take("ann", "ses-1", 3)))
	s.do(seats.Logout{Teammate: "ann", Session: "ses-2"})
	equal(t, "ann's seat", s.holder("ann"), back.Holder)
	s.do(seats.Drop{Teammate: "ann", Session: "ses-2"})
	equal(t, "ann's seat after the drop", s.holder("ann"), back.Holder)
}

func logoutBesideLapsed(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	s.by(nodeB, seats.Renew{Lease: 2 * lease}, s.take("ann", "ses-2", 1))
	s.Advance(lease) // node A lapses, with ses-1
	s.by(nodeB, seats.Logout{Teammate: "ann", Session: "ses-2"})
	s.seated()
	equal(t, "reason", s.loss("ann").Reason, seats.LostLoggedOut)
}

func logoutForeign(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	equal[seats.Reply](t, "logout", s.reply(seats.Logout{Teammate: "bob", Session: "ses-1"}), seats.Done{})
	equal[seats.Reply](t, "drop", s.reply(seats.Drop{Teammate: "bob", Session: "ses-1"}), seats.Done{})
	equal(t, "ann's seat", s.holder("ann"), ann)
	equal[seats.Reply](t, "take", s.reply(s.take("bob", "ses-1", 2)), seats.Ended{})
	granted(t, s.reply(s.take("ann", "ses-1", 2)))
}

func dropAndReturn(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	out := s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	want := ann
	want.Sessions, want.GraceUntil = 0, s.now().Add(grace)
	equal(t, "in grace", s.holder("ann"), want)
	equal(t, "due", out.Due, s.now().Add(grace))
	s.age(grace - time.Millisecond)
	equal(t, "returned", granted(t, s.reply(s.take("ann", "ses-2", 1))), seats.Granted{Holder: ann})
	s.age(grace)
	equal(t, "after the grace would have ended", s.holder("ann"), ann)
}

func dropKeeps(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	equal(t, "ann's seat", s.holder("ann"), ann)
}

func graceNotProlonged(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	s.by(nodeB, seats.Renew{Lease: 10 * lease}, s.take("ann", "ses-2", 1))
	s.by(nodeB, seats.Drop{Teammate: "ann", Session: "ses-2"})
	s.Advance(lease) // node A lapses: grace begins now
	s.by(nodeB)
	until := s.holder("ann").GraceUntil
	equal(t, "grace", until, s.now().Add(grace))
	s.Advance(5 * time.Second)
	s.by(nodeB, seats.Drop{Teammate: "ann", Session: "ses-1"}) // a session of the lapsed node
	equal(t, "grace after another drop", s.holder("ann").GraceUntil, until)
	s.configure(func(c *seats.Config) { c.Grace = time.Second })
	equal(t, "grace after a shorter policy", s.holder("ann").GraceUntil, until)
}

func graceRunsOut(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	s.age(grace - time.Millisecond)
	s.seated("ann")
	s.Advance(time.Millisecond)
	s.seated()
	equal(t, "loss", s.loss("ann"), lossOf(ann, seats.LostExpired, s.now()))
	equal(t, "another fence", s.seat("ann", "ses-2").Fence, ann.Fence+1)
}

func graceIsUsed(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	equal(t, "used", s.board().Used, 1)
	refused(t, s.reply(s.take("bob", "ses-bob", 1)), seats.SeatsFull)
}

func resumeOneStep(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	c := s.take("ann", "ses-2", 1)
	c.Resumes = "ses-1"
	out := s.do(c)
	equal(t, "resumed", granted(t, out.Replies[0]), seats.Granted{Holder: ann, Resumed: true})
	equal(t, "changes", len(out.Changes), 1)
	equal(t, "ended", s.change(out).Ended, []seats.SessionID{"ses-1"})
	equal(t, "losses", len(s.change(out).Losses), 0)
	equal[seats.Reply](t, "take by the ended one", s.reply(s.take("ann", "ses-1", 2)), seats.Ended{})
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	equal(t, "after the ended one's drop", s.holder("ann"), ann)
	c = s.take("ann", "ses-3", 1)
	c.Resumes = "ses-1"
	equal(t, "resuming an ended one", granted(t, s.reply(c)).Resumed, false)
}

func resumeFromAnotherNode(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.Advance(lease) // node A is gone, unnoticed by ann until now
	c := s.take("ann", "ses-2", 1)
	c.Resumes = "ses-1"
	out := s.by(nodeB, seats.Renew{Lease: lease}, c)
	equal(t, "resumed", granted(t, out.Replies[1]), seats.Granted{Holder: ann, Resumed: true})
	s.by(nodeA, seats.Renew{Lease: lease}) // the old session may not come back with its node
	equal(t, "sessions", s.holder("ann").Sessions, 1)
}

func resumeUnseen(t *testing.T, f Factory) {
	s := open(t, f, 1)
	c := s.take("ann", "ses-2", 1)
	c.Resumes = "ses-1" // whose take is still under way
	equal(t, "resumed", granted(t, s.reply(c)).Resumed, false)
	equal[seats.Reply](t, "the take that comes late", s.reply(s.take("ann", "ses-1", 1)), seats.Ended{})
	equal(t, "sessions", s.holder("ann").Sessions, 1)
}

func resumeForeign(t *testing.T, f Factory) {
	s := open(t, f, 2)
	ann := s.seat("ann", "ses-ann")
	c := s.take("bob", "ses-bob", 1)
	c.Resumes = "ses-ann"
	equal(t, "resumed", granted(t, s.reply(c)).Resumed, false)
	equal(t, "ann's seat", s.holder("ann"), ann)
	granted(t, s.reply(s.take("ann", "ses-ann", 2)))
}
