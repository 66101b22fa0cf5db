package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// choices: what teammates want to be seen as.
var choices = []promise{
	{"AChoiceHoldsWhateverConnects", choiceHolds},
	{"Promise4_AChoiceReplacesEarlierOnesAlone", choiceInOrder},
	{"ATimedChoiceIsOverAtItsMoment", timedChoice},
	{"ATimedChoiceIsOverWhoeverIsHere", timedOffline},
	{"ATimedChoiceThatIsOverReturnsAtOnce", timedOver},
	{"AChoiceReplacesATimedOne", timedReplaced},
	{"AChoiceInGraceIsShown", choiceInGrace},
}

func choiceHolds(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	e := s.chooses("ann", presence.Choice{Status: presence.Busy, Note: "deep work"})
	equal(t, "status, note", [2]any{e.Status, e.Note}, [2]any{presence.Offline, "deep work"})
	s.Advance(time.Second)
	s.enter("ann")
	s.status("ann", presence.Busy, s.now())
	busy := s.wait(time.Second)
	s.do(another("ann", "ses-2"))
	s.status("ann", presence.Busy, busy)
	s.Advance(time.Second)
	e = s.chooses("ann", presence.Choice{Status: presence.Online})
	equal(t, "entry", e, s.entry("ann"))
	s.status("ann", presence.Online, s.now())
	equal(t, "note", e.Note, "")
	online := s.wait(time.Second)
	s.chooses("ann", presence.Choice{Status: presence.Online, Note: "again"})
	s.status("ann", presence.Online, online)
}

func choiceInOrder(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	choose := func(number int64, status presence.Status) presence.Outcome {
		return s.do(presence.Choose{Teammate: "ann", Choice: presence.Choice{Number: number, Status: status}})
	}
	choose(5, presence.Busy)
	for _, number := range []int64{5, 4} {
		out := choose(number, presence.Away)
		equal(t, "entry", answered[presence.Chosen](t, out.Replies[0]).Entry, s.entry("ann"))
		s.quiet(out)
	}
	s.quiet(s.do(presence.Choose{Teammate: "ann"})) // who never chose
	choose(7, presence.Away)
	choose(6, presence.Busy)
	s.status("ann", presence.Away, s.now())
}

func timedChoice(t *testing.T, f Factory) {
	for _, late := range []time.Duration{0, time.Hour} {
		s := open(t, f, "ann")
		s.enter("ann")
		s.Advance(time.Second)
		until := s.now().Add(time.Minute)
		e := s.chooses("ann", presence.Choice{
			Status: presence.Busy, Note: "lunch", Until: until.Add(time.Microsecond), // of which engines know nothing
			Before: presence.Intent{Status: presence.Away, Note: "slow day"},
		})
		equal(t, "note, until", [2]any{e.Note, e.Until}, [2]any{"lunch", until})
		equal(t, "due", s.do().Due, until)
		s.Advance(time.Minute - time.Millisecond)
		s.quiet(s.do())
		s.Advance(time.Millisecond + late)
		out := s.do()
		e.Status, e.Note, e.Until, e.Since = presence.Away, "slow day", time.Time{}, until
		equal(t, "entries", s.change(out).Entries, []presence.Entry{e})
		s.quiet(s.do(presence.Choose{Teammate: "ann", Choice: presence.Choice{Number: s.choices, Status: presence.Online}}))
	}
}

func timedOffline(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	until := s.now().Add(time.Minute)
	for _, id := range []presence.TeammateID{"bob", "ann"} {
		s.chooses(id, presence.Choice{Status: presence.Busy, Note: "lunch", Until: until, Before: presence.Intent{Status: presence.Away}})
	}
	s.configure(func(c *presence.Configure) { c.Config.Grace = time.Hour })
	s.enter("bob")
	s.drop("bob")
	s.Advance(time.Minute)
	equal(t, "entries changed", len(s.change(s.do()).Entries), 2)
	s.status("ann", presence.Offline, time.Time{})
	equal(t, "note, until", [2]any{s.entry("ann").Note, s.entry("ann").Until}, [2]any{"", time.Time{}})
	s.enter("ann")
	s.status("ann", presence.Away, s.now())
	s.status("bob", presence.Away, until)
}

func timedOver(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.Advance(time.Minute)
	for _, until := range []time.Time{s.now(), s.now().Add(-time.Second)} {
		e := s.chooses("ann", presence.Choice{
			Status: presence.Busy, Until: until, Before: presence.Intent{Status: presence.Away, Note: "slow day"},
		})
		equal(t, "note, until", [2]any{e.Note, e.Until}, [2]any{"slow day", time.Time{}})
		s.status("ann", presence.Away, s.now())
	}
}

func timedReplaced(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	until := s.now().Add(time.Minute)
	timed := presence.Choice{Status: presence.Busy, Until: until, Before: presence.Intent{Status: presence.Online}}
	s.chooses("ann", timed)
	timed.Until = until.Add(time.Minute)
	s.chooses("ann", timed)
	equal(t, "due", s.do().Due, timed.Until)
	s.Advance(time.Minute)
	s.quiet(s.do())
	s.chooses("ann", presence.Choice{Status: presence.Away})
	equal(t, "due", s.do().Due, time.Time{})
}

func choiceInGrace(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.Advance(time.Second)
	s.drop("ann")
	left := s.wait(time.Second)
	s.chooses("ann", presence.Choice{Status: presence.Busy})
	s.status("ann", presence.Busy, s.now())
	e := s.entry("ann")
	equal(t, "devices, grace", [2]any{len(e.Devices), e.GraceUntil}, [2]any{1, left.Add(grace)})
	s.Advance(grace)
	s.status("ann", presence.Offline, left)
}
