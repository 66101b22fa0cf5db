package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// replays: commands that arrive twice, late, or in another order than they were sent.
var replays = []promise{
	{"Promise4_ARepeatedTakeChangesNothing", repeatedTake},
	{"Promise4_ARepeatedRefusalIsAnsweredAlike", repeatedRefusal},
	{"Promise4_ARepeatedTakeTakesNoSeatThatBecameFree", repeatedTakeLater},
	{"Promise4_ATakeBehindItsLeaveBringsNothingBack", takeBehindLeave},
	{"Promise4_ALateTakeDoesNotTakeBackAFreedSeat", takeBehindFree},
	{"Promise4_ATakeBehindItsLogoutIsEnded", takeBehindLogout},
	{"Promise4_ARepeatedLeaveSparesTheNextStay", repeatedLeave},
	{"Promise4_ARepeatedLogoutSparesTheNextSession", repeatedLogout},
	{"Promise4_ARepeatedDropBeginsNoSecondGrace", repeatedDrop},
	{"Promise4_ALogoutBehindADropReleasesNothing", logoutBehindDrop},
	{"Promise4_EndedSessionsOutliveCommands", endedOutlive},
	{"Promise4_ABatchAfterItsDeadlineDoesNothing", afterDeadline},
	{"ALeaveOfAnEndedSessionIsEnded", leaveEnded},
	{"ALeaveMakesEarlierTakesSuperseded", leaveSupersedes},
}

// unchanged sends a batch that must change nothing on the board, and returns the replies.
func (s *scene) unchanged(b seats.Batch) []seats.Reply {
	s.Helper()
	before := s.board()
	out := s.send(b)
	equal(s, "changes", out.Changes, nil)
	equal(s, "board", s.board(), before)
	return out.Replies
}

func repeatedTake(t *testing.T, f Factory) {
	s := open(t, f, 2)
	b := s.batch(s.take("ann", "ses-1", 1))
	first := granted(t, s.send(b).Replies[0])
	again := granted(t, s.unchanged(b)[0])
	equal(t, "again", again, seats.Granted{Holder: first.Holder})
}

func repeatedRefusal(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-ann")
	b := s.batch(s.take("bob", "ses-bob", 1))
	refused(t, s.send(b).Replies[0], seats.SeatsFull)
	refused(t, s.unchanged(b)[0], seats.SeatsFull)

	ann := s.holder("ann")
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: time.Minute})
	b = s.batch(s.take("ann", "ses-ann", 2))
	equal(t, "retry after", refused(t, s.send(b).Replies[0], seats.InCooldown).RetryAfter, time.Minute)
	s.Advance(time.Second)
	again := refused(t, s.unchanged(b)[0], seats.InCooldown)
	equal(t, "retry after, a second later", again.RetryAfter, time.Minute-time.Second)
}

func repeatedTakeLater(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-ann")
	b := s.batch(s.take("bob", "ses-bob", 1))
	refused(t, s.send(b).Replies[0], seats.SeatsFull)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-ann"})
	refused(t, s.unchanged(b)[0], seats.SeatsFull)
	// On another device bob asked again; then that is what the first one's repeated take tells.
	h := s.seat("bob", "ses-bob2")
	h.Sessions = 2
	equal(t, "seated by another device", granted(t, s.unchanged(b)[0]), seats.Granted{Holder: h})
}

func takeBehindLeave(t *testing.T, f Factory) {
	s := open(t, f, 1)
	take := s.batch(s.take("ann", "ses-1", 1))
	ann := granted(t, s.send(take).Replies[0]).Holder
	s.do(seats.Leave{Teammate: "ann", Session: "ses-1", Seq: 3, Fence: ann.Fence})
	equal[seats.Reply](t, "the same take again", s.unchanged(take)[0], seats.Superseded{})
	equal[seats.Reply](t, "a take from before the leave", s.unchanged(s.batch(s.take("ann", "ses-1", 2)))[0], seats.Superseded{})
	// A leave that was told first keeps a take away that was sent first.
	equal(t, "asked again", granted(t, s.reply(s.take("ann", "ses-1", 4))).New, true)
}

func takeBehindFree(t *testing.T, f Factory) {
	s := open(t, f, 1)
	take := s.batch(s.take("ann", "ses-1", 1))
	ann := granted(t, s.send(take).Replies[0]).Holder
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence})
	equal[seats.Reply](t, "the take again", s.unchanged(take)[0], seats.Superseded{})
	s.seated()
}

func takeBehindLogout(t *testing.T, f Factory) {
	for name, end := range map[string]seats.Command{
		"logout": seats.Logout{Teammate: "ann", Session: "ses-1"},
		"drop":   seats.Drop{Teammate: "ann", Session: "ses-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 1)
			s.do(end) // overtook the take
			equal[seats.Reply](t, "take", s.unchanged(s.batch(s.take("ann", "ses-1", 1)))[0], seats.Ended{})
			s.seated()
		})
	}
}

func repeatedLeave(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	b := s.batch(seats.Leave{Teammate: "ann", Session: "ses-1", Seq: 2, Fence: ann.Fence})
	s.send(b)
	granted(t, s.reply(s.take("ann", "ses-1", 3)))
	equal[seats.Reply](t, "the leave again", s.unchanged(b)[0], seats.Done{})
	s.seated("ann")
}

func repeatedLogout(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	b := s.batch(seats.Logout{Teammate: "ann", Session: "ses-1"})
	s.send(b)
	s.seat("ann", "ses-2")
	equal[seats.Reply](t, "the logout again", s.unchanged(b)[0], seats.Done{})
	s.seated("ann")
}

func repeatedDrop(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	b := s.batch(seats.Drop{Teammate: "ann", Session: "ses-1"})
	s.send(b)
	until := s.holder("ann").GraceUntil
	s.Advance(time.Second)
	equal[seats.Reply](t, "the drop again", s.unchanged(b)[0], seats.Done{})
	equal(t, "grace", s.holder("ann").GraceUntil, until)
}

func logoutBehindDrop(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	s.unchanged(s.batch(seats.Logout{Teammate: "ann", Session: "ses-1"}))
	s.seated("ann")
}

func endedOutlive(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	s.age(seats.EndedMemory - time.Millisecond)
	equal[seats.Reply](t, "just before it is forgotten", s.reply(s.take("ann", "ses-1", 2)), seats.Ended{})
	s.loss("ann") // remembered as long
	s.Advance(time.Millisecond)
	s.do(seats.Renew{Lease: lease})
	equal(t, "losses remembered after that", len(s.board().Losses), 0)
	granted(t, s.reply(s.take("ann", "ses-1", 2)))
}

func afterDeadline(t *testing.T, f Factory) {
	s := open(t, f, 1)
	b := s.batch(s.take("ann", "ses-1", 1))
	b.Deadline = s.now().Add(seats.CommandLife)
	s.age(seats.CommandLife - time.Millisecond)
	granted(t, s.send(b).Replies[0])
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	b = s.batch(s.take("ann", "ses-2", 1))
	b.Deadline = s.now().Add(time.Millisecond)
	s.Advance(time.Millisecond)
	s.late(b)
	s.seated()
}

func leaveEnded(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	c := seats.Leave{Teammate: "ann", Session: "ses-1", Seq: 2, Fence: ann.Fence}
	equal[seats.Reply](t, "leave", s.unchanged(s.batch(c))[0], seats.Ended{})
	s.seated("ann")
}

func leaveSupersedes(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-ann")
	refused(t, s.reply(s.take("bob", "ses-bob", 1)), seats.SeatsFull)
	s.do(seats.Leave{Teammate: "bob", Session: "ses-bob", Seq: 2, Fence: 1})
	for seq := range uint64(2) {
		reply := s.unchanged(s.batch(s.take("bob", "ses-bob", seq+1)))[0]
		equal[seats.Reply](t, "take no newer than the leave", reply, seats.Superseded{})
	}
}
