package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// resumes: what an arrival does to the session that it continues.
var resumes = []promise{
	{"AResumeEndsTheEarlierSessionInTheSameStep", resumesLive},
	{"AResumeInGraceFindsEverythingAsBefore", resumesInGrace},
	{"AResumeAfterALapseEndsTheLapsedSession", resumesLapsed},
	{"Promise4_AResumeOfAnUnknownSessionKeepsItOut", resumesUnknown},
	{"AResumeOfAnEndedSessionIsAnArrival", resumesEnded},
	{"NobodyResumesSomebodyElse", resumesOther},
	{"AGraceLongerThanTheMemoryOfEndedSessionsIsResumedToo", resumesForgotten},
}

// resume is the first arrival of one more session, which continues an earlier one.
func resume(teammate presence.TeammateID, session, earlier presence.SessionID) presence.Arrive {
	c := another(teammate, session)
	c.Resumes = earlier
	return c
}

// resumed fails unless the arrival is answered with that, at first and when it is sent again.
func (s *scene) resumed(c presence.Arrive, want bool) presence.Outcome {
	s.Helper()
	out := s.do(c)
	equal(s, "resumed", present(s, out.Replies[0]).Resumed, want)
	s.Advance(time.Millisecond)
	again := s.do(c)
	equal(s, "resumed, sent again", present(s, again.Replies[0]).Resumed, want)
	s.quiet(again)
	return out
}

func resumesLive(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	came := s.wait(time.Second)
	out := s.resumed(resume("ann", "ses-2", "ses-ann"), true)
	ending := presence.Ending{Session: "ses-ann", Cause: presence.CauseResumed}
	equal(t, "ended", s.change(out).Ended, []presence.Ending{ending})
	s.status("ann", presence.Online, came)
	s.sessions("ann", "ses-2")
	equal[presence.Reply](t, "the earlier one", s.reply(arrive("ann")), presence.Ended{Ending: ending})
}

func resumesInGrace(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.chooses("ann", presence.Choice{Status: presence.Busy, Note: "deep work"})
	s.do(another("ann", "ses-other"))
	busy := s.wait(time.Second)
	s.do(presence.Depart{Teammate: "ann", Session: "ses-other"})
	s.drop("ann")
	s.Advance(grace - time.Millisecond)
	out := s.resumed(resume("ann", "ses-2", "ses-ann"), true)
	equal(t, "to be closed", s.change(out).Ended, nil)
	e := s.entry("ann")
	equal(t, "note, grace", [2]any{e.Note, e.GraceUntil}, [2]any{"deep work", time.Time{}})
	s.status("ann", presence.Busy, busy)
	s.sessions("ann", "ses-2")
	s.Advance(grace)
	s.quiet(s.do())
}

func resumesLapsed(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	came := s.wait(LeaseTime + time.Second)
	out := s.resumed(resume("ann", "ses-2", "ses-ann"), true)
	equal(t, "ended", s.change(out).Ended, []presence.Ending{{Session: "ses-ann", Cause: presence.CauseResumed}})
	s.status("ann", presence.Online, came)
	s.lease(nodeB, LeaseTime)
	s.sessions("ann", "ses-2")
}

func resumesUnknown(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	out := s.resumed(resume("ann", "ses-2", "ses-ann"), false)
	ending := presence.Ending{Session: "ses-ann", Cause: presence.CauseResumed}
	equal(t, "ended", s.change(out).Ended, []presence.Ending{ending}) // it may be connected
	late := s.do(arrive("ann"))
	equal[presence.Reply](t, "a late arrival", late.Replies[0], presence.Ended{Ending: ending})
	s.sessions("ann", "ses-2")
}

func resumesEnded(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.depart("ann")
	out := s.resumed(resume("ann", "ses-2", "ses-ann"), false)
	equal(t, "ended", s.change(out).Ended, nil)

	s.do(another("ann", "ses-3"))
	s.do(presence.Drop{Teammate: "ann", Session: "ses-3"}) // beside a live one: nothing of it is shown
	s.resumed(resume("ann", "ses-4", "ses-3"), false)
	s.sessions("ann", "ses-2", "ses-4")
}

func resumesOther(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	s.enter("ann")
	out := s.do(resume("bob", "ses-bob", "ses-ann"))
	equal[presence.Reply](t, "reply", out.Replies[0], presence.NoTeammate{})
	s.quiet(out)
	s.drop("ann")
	s.resumed(resume("bob", "ses-bob", "ses-ann"), false) // an ended one is nobody's any more
	s.sessions("ann", "ses-ann")
	equal(t, "ann in grace", s.entry("ann").InGrace(), true)
}

func resumesForgotten(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.configure(func(c *presence.Configure) { c.Config.Grace = 2 * presence.EndedMemory })
	s.enter("ann")
	came := s.now()
	s.drop("ann")
	s.Advance(presence.EndedMemory + time.Second)
	s.resumed(resume("ann", "ses-2", "ses-ann"), true)
	s.status("ann", presence.Online, came)
	equal(t, "the earlier one", answered[presence.Ended](t, s.reply(arrive("ann"))).Ending.Cause, presence.CauseResumed)
}
