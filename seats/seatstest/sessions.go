package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// sessions: how many devices of a teammate may be attached.
var sessions = []promise{
	{"OneSessionTooManyIsRefusedAndNothingIsDone", oneTooMany},
	{"ASessionThatIsThereIsNotOneMore", sessionAgain},
	{"AResumedSessionDoesNotCount", resumedNotCounted},
	{"SessionsThatAreNotLiveOrAttachedDoNotCount", notLiveNotCounted},
	{"ALoweredLimitEndsNoSession", limitLowered},
	{"TheLimitIsForEachTeammate", limitEach},
}

func limited(t testing.TB, f Factory, limit int) *scene {
	t.Helper()
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.SessionsPerTeammate = limit })
	return s
}

// tooMany fails unless a take is refused for the number of sessions, and changes nothing.
func (s *scene) tooMany(c seats.Take, limit int) {
	s.Helper()
	equal[seats.Reply](s, "take", s.unchanged(s.batch(c))[0], seats.TooManySessions{Limit: limit})
}

func oneTooMany(t *testing.T, f Factory) {
	s := limited(t, f, 2)
	granted(t, s.reply(s.take("ann", "ses-1", 1)))
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	c := s.take("ann", "ses-3", 1)
	s.tooMany(c, 2)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	equal(t, "the same take when there is room", granted(t, s.reply(c)).Holder.Sessions, 2)
	// What is resumed by one that is too many is not ended.
	c = s.take("ann", "ses-4", 1)
	c.Resumes = "ses-of-nobody"
	s.tooMany(c, 2)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-2"})
	granted(t, s.reply(s.take("ann", "ses-of-nobody", 1)))
}

func sessionAgain(t *testing.T, f Factory) {
	s := limited(t, f, 1)
	s.fill("ann")
	granted(t, s.reply(s.take("ann", "ses-ann", 2)))
	s.by(nodeB, seats.Renew{Lease: time.Hour})
	granted(t, s.by(nodeB, s.take("ann", "ses-ann", 3)).Replies[0])
	equal(t, "sessions", s.holder("ann").Sessions, 1)
}

func resumedNotCounted(t *testing.T, f Factory) {
	s := limited(t, f, 1)
	s.fill("ann", "bob")
	c := s.take("ann", "ses-2", 1)
	c.Resumes = "ses-bob" // which counts for bob, and ends for nobody
	s.tooMany(c, 1)
	c.Resumes = "ses-ann"
	equal(t, "resumed", granted(t, s.reply(c)).Resumed, true)
	c = s.take("ann", "ses-3", 1)
	c.Resumes = "ses-ann" // ended before
	s.tooMany(c, 1)
	equal(t, "sessions", s.holder("ann").Sessions, 1)
}

func notLiveNotCounted(t *testing.T, f Factory) {
	s := limited(t, f, 1)
	s.by(nodeB, seats.Renew{Lease: time.Hour})
	s.fill("ann")
	s.drop("ann")
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	s.Advance(lease) // node A is dead
	h := granted(t, s.by(nodeB, s.take("ann", "ses-3", 1)).Replies[0]).Holder
	s.by(nodeB, seats.Leave{Teammate: "ann", Session: "ses-3", Seq: 2, Fence: h.Fence})
	granted(t, s.by(nodeB, s.take("ann", "ses-4", 1)).Replies[0])
	reply := s.by(nodeB, s.take("ann", "ses-3", 3)).Replies[0]
	equal[seats.Reply](t, "attached again, it would be one too many", reply, seats.TooManySessions{Limit: 1})
}

func limitLowered(t *testing.T, f Factory) {
	s := limited(t, f, 0)
	for _, session := range []seats.SessionID{"ses-1", "ses-2", "ses-3"} {
		granted(t, s.reply(s.take("ann", session, 1)))
	}
	s.configure(func(c *seats.Config) { c.SessionsPerTeammate = 2 })
	equal(t, "sessions", s.holder("ann").Sessions, 3)
	s.do(seats.Drop{Teammate: "ann", Session: "ses-3"})
	s.tooMany(s.take("ann", "ses-4", 1), 2)
	s.do(seats.Drop{Teammate: "ann", Session: "ses-2"})
	granted(t, s.reply(s.take("ann", "ses-4", 1)))
}

func limitEach(t *testing.T, f Factory) {
	s := limited(t, f, 1)
	s.fill("ann", "bob")
	s.queue("cid")
	s.tooMany(s.take("cid", "ses-2", 1), 1) // who waits has devices too
	s.line("cid")
	s.here("dan")
	s.tooMany(s.take("dan", "ses-2d", 1), 1) // and who was refused
}
