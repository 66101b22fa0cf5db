package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// kept: an engine that forgets with its process leaves behind what the next one opens with.
var kept = []promise{
	{"Promise3_KeptSeatsHaveTheirNumbersUnderNewFences", keptSeats},
	{"KeptSeatsAreInGrace", keptGrace},
	{"Promise6_KeptWaitersAreInGraceInTheirOrder", keptLine},
	{"Promise1_KeptSeatsAboveTheTotalDrain", keptDrain},
	{"KeptSeatsAboveTheTotalAreEvictedByPolicy", keptEvicted},
	{"KeptSeatsAreBoundByStatusAndSwitches", keptBound},
	{"NewcomersWaitForAWindowBesideWhatIsKept", keptWindow},
	{"WhatIsKeptIsThereOnce", keptInvalid},
}

const keptFor = 20 * time.Second

// restarted is a scene whose engine's last process left ann with seat 2 and bob with seat 5 behind, and cid and meg waiting.
func restarted(t testing.TB, f Factory, seatCap int, span time.Duration) *scene {
	t.Helper()
	e := f(t)
	since := e.Now().Truncate(time.Millisecond).Add(time.Microsecond - time.Hour).In(time.FixedZone("somewhere", 3600))
	same := func(testing.TB) Engine { return e }
	return unserved(t, same, seatCap, seats.Open{Generation: 2, Window: span, Kept: seats.Kept{
		Grace: keptFor,
		Holders: []seats.Holder{
			{
				Teammate: "bob", Name: "Bob", Number: 5, Fence: old + 9, Since: since, Overage: true,
				Via: seats.ViaHandOver, Routing: seats.NotAcceptingChats, Sessions: 3, WarnedUntil: since, IdleSince: since,
			},
			{Teammate: "ann", Name: "Ann", Administrator: true, Number: 2, Fence: old + 7, Since: since, Via: seats.ViaTake, Routing: seats.AcceptingChats},
		},
		Waiters: []seats.Waiter{
			{Teammate: "cid", Name: "Cid", Turn: old + 1, Since: since, CooldownUntil: since},
			{Teammate: "meg", Name: "Meg", Administrator: true, Turn: old + 8, Since: since},
		},
	}})
}

func keptSeats(t *testing.T, f Factory) {
	s := restarted(t, f, 2, 0)
	s.do(seats.Renew{Lease: time.Hour})
	ann, bob := s.holder("ann"), s.holder("bob")
	since := s.now().Add(-time.Hour)
	equal(t, "bob's seat", bob, seats.Holder{
		Teammate: "bob", Name: "Bob", Number: 5, Fence: 2*old + 1, Since: since, GraceUntil: s.now().Add(keptFor),
		Overage: true, Via: seats.ViaHandOver, Routing: seats.NotAcceptingChats,
	})
	equal(t, "ann's seat", ann, seats.Holder{
		Teammate: "ann", Name: "Ann", Administrator: true, Number: 2, Fence: 2*old + 2, Since: since,
		GraceUntil: s.now().Add(keptFor), Via: seats.ViaTake, Routing: seats.AcceptingChats,
	})
	head := s.board().Head
	equal(t, "began, ended, halted", [3]any{head.StaysBegan, head.StaysEnded, head.HaltUntil}, [3]any{int64(2), int64(0), time.Time{}})
	back := granted(t, s.reply(s.take("bob", "ses-bob", 1)))
	bob.Sessions, bob.GraceUntil = 1, time.Time{}
	equal(t, "back", back, seats.Granted{Holder: bob})
	equal[seats.Reply](t, "a free by the fence before", s.unchanged(s.batch(seats.Free{Teammate: "bob", Fence: old + 9}))[0],
		seats.StaleFence{Held: bob.Fence})
	s.configure(func(c *seats.Config) { c.Cap, c.Waitlist = 9, false })
	for i, id := range []seats.TeammateID{"dan", "eve", "fay", "gus"} {
		h := s.seat(id, ses(id))
		equal(t, "number, fence", [2]any{h.Number, h.Fence}, [2]any{[]int{1, 3, 4, 6}[i], bob.Fence + seats.Fence(2+i)})
	}
}

func keptGrace(t *testing.T, f Factory) {
	s := restarted(t, f, 2, 0)
	start := s.now()
	s.configure(func(c *seats.Config) { c.Grace = time.Hour }) // theirs was promised by the opening
	s.do(seats.Renew{Lease: time.Hour})
	equal(t, "due", s.do().Due, start.Add(keptFor))
	refused(t, s.reply(s.take("dan", "ses-dan", 1)), seats.SeatsFull)
	s.Advance(keptFor - time.Millisecond)
	granted(t, s.reply(s.take("ann", "ses-ann", 1)))
	s.Advance(time.Second) // late
	s.seated("ann")
	loss := s.loss("bob")
	equal(t, "loss", [3]any{loss.Reason, loss.Fence, loss.At}, [3]any{seats.LostExpired, seats.Fence(2*old + 1), start.Add(keptFor)})
	s.line()
	// Where no node has renewed yet there is no silence to wait for.
	s = restarted(t, f, 2, 0)
	s.Advance(keptFor)
	s.seated()
	s.line()
}

func keptLine(t *testing.T, f Factory) {
	s := restarted(t, f, 2, 0)
	s.do(seats.Renew{Lease: time.Hour})
	cid, meg := s.waiter("cid"), s.waiter("meg")
	want := seats.Waiter{Teammate: "cid", Name: "Cid", Turn: 2*old + 1, Since: cid.Since, GraceUntil: s.now().Add(keptFor)}
	equal(t, "cid's place", cid, want)
	equal(t, "meg's turn, switch", [2]any{meg.Turn, meg.Administrator}, [2]any{seats.Turn(2*old + 2), true})
	s.queue("dan")
	s.line("cid", "meg", "dan")
	s.configure(func(c *seats.Config) { c.AdministratorsFirst = true })
	s.line("meg", "cid", "dan")
	equal(t, "back in the place", waits(t, s.reply(s.take("cid", "ses-cid", 1))).Place, 2)
	granted(t, s.reply(s.take("ann", "ses-ann", 1)))
	s.Advance(keptFor)
	s.seated("cid", "ann") // bob and meg did not come back
	s.line("dan")
}

func keptDrain(t *testing.T, f Factory) {
	s := restarted(t, f, 1, 0)
	equal(t, "draining", s.board().Draining, true)
	s.seated("ann", "bob")
	s.do(seats.Renew{Lease: time.Hour})
	granted(t, s.reply(s.take("ann", "ses-ann", 1)))
	granted(t, s.reply(s.take("bob", "ses-bob", 1)))
	waits(t, s.reply(s.take("cid", "ses-cid", 1)))
	s.logout("ann")
	s.seated("bob")
	s.logout("bob")
	s.seated("cid")
}

func keptEvicted(t *testing.T, f Factory) {
	s := restarted(t, f, 2, 0)
	s.configure(func(c *seats.Config) { c.Cap, c.OnShrink = 1, seats.ShrinkEvictNewest })
	s.seated("bob") // the lower fence
}

func keptBound(t *testing.T, f Factory) {
	s := restarted(t, f, 2, 0)
	s.configure(nil, seats.Member{Teammate: "ann"}, seats.Member{Teammate: "cid"})
	s.seated("bob")
	s.line("meg")
	s.configure(func(c *seats.Config) { c.Status = seats.Suspended })
	s.seated()
	s.line("meg")
}

func keptWindow(t *testing.T, f Factory) {
	s := restarted(t, f, 3, 10*time.Second)
	s.do(seats.Renew{Lease: time.Hour})
	equal(t, "retry after", refused(t, s.reply(s.take("dan", "ses-dan", 1)), seats.Recovering).RetryAfter, 10*time.Second)
	granted(t, s.reply(s.take("ann", "ses-ann", 1)))
	waits(t, s.reply(s.take("cid", "ses-cid", 1)))
	// A claim of the fence before adds a session to what is kept.
	s.claimed(on("ses-bob", s.holds("bob", 5, old+9)))
	equal(t, "fence", s.holder("bob").Fence, 2*old+1)
	s.Advance(10*time.Second - time.Millisecond)
	s.seated("ann", "bob")
	s.Advance(time.Millisecond)
	s.seated("cid", "ann", "bob")
}

func keptInvalid(t *testing.T, f Factory) {
	h := func(id seats.TeammateID, number int) seats.Holder { return seats.Holder{Teammate: id, Number: number} }
	for name, k := range map[string]seats.Kept{
		"a number twice":        {Grace: grace, Holders: []seats.Holder{h("ann", 1), h("bob", 1)}},
		"a teammate twice":      {Grace: grace, Holders: []seats.Holder{h("ann", 1), h("ann", 2)}},
		"held and waiting":      {Grace: grace, Holders: []seats.Holder{h("ann", 1)}, Waiters: []seats.Waiter{{Teammate: "ann"}}},
		"no number":             {Grace: grace, Holders: []seats.Holder{h("ann", 0)}},
		"a number out of range": {Grace: grace, Holders: []seats.Holder{h("ann", seats.MaxNumber+1)}},
		"no grace":              {Holders: []seats.Holder{h("ann", 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := empty(t, f)
			s.invalid(s.batch(seats.Open{Generation: 2, Kept: k}))
		})
	}
}
