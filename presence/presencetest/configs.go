package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// configs: what changes in the database.
var configs = []promise{
	{"ANewNameAndSwitchesAreShown", configRenames},
	{"WhoIsAddedIsHeardOf", configAdds},
	{"WhoIsRemovedGoesWithAllSessions", configRemoves},
	{"WhoIsRemovedAndAddedBeginsAnew", configRemovesAndAdds},
	{"AChoiceAndASightingAreNeverTakenBack", configMerges},
	{"ARevisionIsAppliedOnce", configStale},
	{"ARestoredDatabaseIsApplied", configWhole},
}

func configRenames(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	s.enter("ann")
	came := s.wait(time.Second)
	m := presence.Member{Teammate: "ann", Name: "Zoë 🙂 \"|\\\x00", Administrator: true}
	out := s.configure(func(c *presence.Configure) { c.Members = []presence.Member{m} })
	change := s.change(out)
	equal(t, "entries changed", len(change.Entries), 1)
	e := change.Entries[0]
	equal(t, "name, switches", [3]any{e.Name, e.Operator, e.Administrator}, [3]any{m.Name, false, true})
	s.status("ann", presence.Online, came)
	equal(t, "revision", change.Revision, 2)
	equal(t, "change", s.change(s.configure(func(*presence.Configure) {})).Entries, nil) // the head changes all the same
}

func configAdds(t *testing.T, f Factory) {
	s := open(t, f, "bob")
	seen := presence.Seen{At: s.now().Add(-time.Hour), Shown: s.now().Add(-2 * time.Hour)}
	m := member("ann")
	m.Seen, m.Choice = seen, presence.Choice{Number: 3, Status: presence.Busy, Note: "three"}
	out := s.configure(func(c *presence.Configure) { c.Members = []presence.Member{m} })
	equal(t, "entries changed", s.change(out).Entries, []presence.Entry{{
		Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Offline, Note: "three", Since: seen.At,
		Seen: seen, Heard: true,
	}})
	equal(t, "bob was heard of", s.entry("bob").Heard, false)
	s.enter("ann")
	s.status("ann", presence.Busy, s.now())
}

func configRemoves(t *testing.T, f Factory) {
	s := beside(t, f, "ann", "bob", "cid", "dan")
	s.enter("ann", "bob")
	s.drop("bob")
	s.enterBy(nodeB, "cid")
	s.by(nodeB, another("ann", "ses-2"))
	s.chooses("dan", presence.Choice{Status: presence.Busy, Until: s.now().Add(time.Hour), Before: presence.Intent{Status: presence.Away}})
	s.Advance(LeaseTime)
	s.do()
	out := s.configure(func(c *presence.Configure) {
		c.Removed = []presence.TeammateID{"dan", "cid", "nobody", "bob", "ann"}
		c.Members = []presence.Member{member("dan")} // which counts less
	})
	change := s.change(out)
	equal(t, "removed", change.Removed, []presence.TeammateID{"ann", "bob", "cid", "dan"})
	equal(t, "to be closed", change.Ended, []presence.Ending{
		{Session: "ses-2", Cause: presence.CauseRemoved}, {Session: "ses-ann", Cause: presence.CauseRemoved},
		{Session: "ses-cid", Cause: presence.CauseRemoved},
	})
	equal(t, "those left", len(s.roster().Entries), 1)
	equal[presence.Reply](t, "a late arrival", s.reply(arrive("ann")), presence.NoTeammate{})
	s.Advance(2 * time.Hour)
	s.quiet(s.do())
}

func configRemovesAndAdds(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.chooses("ann", presence.Choice{Status: presence.Busy, Note: "deep work"})
	s.configure(func(c *presence.Configure) { c.Removed = []presence.TeammateID{"ann"} })
	s.configure(func(c *presence.Configure) { c.Members = []presence.Member{member("ann")} })
	equal(t, "entry", s.entry("ann"), presence.Entry{
		Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Offline, Heard: true,
	})
	_, ended := s.reply(arrive("ann")).(presence.Ended)
	equal(t, "ended for good", ended, true)
}

func configMerges(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	s.enter("ann")
	came := s.wait(time.Hour)
	s.depart("ann")
	left := s.now()
	s.do(presence.Choose{Teammate: "ann", Choice: presence.Choice{Number: 5, Status: presence.Busy, Note: "five"}})
	merge := func(number int64, seen presence.Seen) presence.Entry {
		t.Helper()
		m := member("ann")
		m.Choice, m.Seen = presence.Choice{Number: number, Status: presence.Away, Note: "other"}, seen
		s.configure(func(c *presence.Configure) { c.Members = []presence.Member{m} })
		return s.entry("ann")
	}
	e := merge(4, presence.Seen{At: came, Shown: came})
	equal(t, "note, seen", [2]any{e.Note, e.Seen}, [2]any{"five", presence.Seen{At: left, Shown: left}})
	s.Advance(time.Hour)
	e = merge(6, presence.Seen{At: left.Add(time.Minute), Shown: came})
	equal(t, "note, seen", [2]any{e.Note, e.Seen}, [2]any{"other", presence.Seen{At: left.Add(time.Minute), Shown: left}})
	s.status("ann", presence.Offline, left.Add(time.Minute))
	e = merge(6, presence.Seen{Shown: left.Add(time.Second)})
	equal(t, "seen", e.Seen, presence.Seen{At: left.Add(time.Minute), Shown: left.Add(time.Second)})
}

func configStale(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.config.Revision = 5
	s.do(presence.Configure{Config: s.config, Base: 1})
	for _, tc := range []struct {
		revision, base presence.Revision
		want           presence.Reply
	}{
		{5, 1, presence.Done{}},
		{5, 5, presence.Done{}},
		{4, 1, presence.StaleRevision{Engine: 5}},
		{7, 6, presence.StaleRevision{Engine: 5}},
	} {
		c := presence.Configure{Config: s.config, Base: tc.base, Members: []presence.Member{{Teammate: "ann", Name: "other"}}}
		c.Config.Revision = tc.revision
		out := s.do(c)
		equal(t, "reply", out.Replies[0], tc.want)
		s.quiet(out)
	}
	c := presence.Configure{Config: s.config, Base: 3, Removed: []presence.TeammateID{"ann"}}
	c.Config.Revision = 6 // what changed after 3 has all that changed after 5
	equal[presence.Reply](t, "reply", s.reply(c), presence.Done{})
	equal(t, "entries, revision", [2]any{len(s.roster().Entries), s.roster().Revision}, [2]any{0, presence.Revision(6)})
}

func configWhole(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	s.enter("ann", "bob")
	s.do(presence.Choose{Teammate: "bob", Choice: presence.Choice{Number: 5, Status: presence.Busy}})
	s.configure(func(c *presence.Configure) { c.Members = []presence.Member{member("cid")} })
	bob := member("bob")
	bob.Name, bob.Choice = "Bobby", presence.Choice{Number: 4, Status: presence.Away}
	s.config.Revision = 1
	whole := presence.Configure{Config: s.config, Whole: true, Members: []presence.Member{bob, member("dan")}}
	change := s.change(s.do(whole))
	equal(t, "removed", change.Removed, []presence.TeammateID{"ann", "cid"})
	equal(t, "to be closed", change.Ended, []presence.Ending{{Session: "ses-ann", Cause: presence.CauseRemoved}})
	equal(t, "revision", change.Revision, 1)
	equal(t, "bob", s.entry("bob").Name, "Bobby")
	s.status("bob", presence.Busy, s.now())
	equal(t, "dan was heard of", s.entry("dan").Heard, true)
	s.quiet(s.do(whole))
}
