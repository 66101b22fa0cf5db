package presencetest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"usher/presence"
)

// truth stands for the database: what is true of a license and of its teammates, revision by revision.
type truth struct {
	config  presence.Config
	members map[presence.TeammateID]presence.Member
	changed map[presence.TeammateID]presence.Revision // the last change of each; of those who were removed too
	choices int64                                     // how many were made
}

func newTruth() truth {
	return truth{
		config:  presence.Config{Revision: 1, Grace: grace},
		members: map[presence.TeammateID]presence.Member{}, changed: map[presence.TeammateID]presence.Revision{},
	}
}

// vary draws what a history begins with. Who was seen before was so an hour ago.
func (tr *truth) vary(t *rapid.T, now time.Time) {
	for _, id := range teammates[:3] {
		m := member(id)
		m.Administrator = rapid.Bool().Draw(t, "administrator")
		if rapid.Bool().Draw(t, "seen") {
			m.Seen = presence.Seen{At: now.Add(-time.Hour), Shown: now.Add(-2 * time.Hour)}
		}
		if rapid.Bool().Draw(t, "chose") {
			m.Choice = tr.choice(t, now)
		}
		tr.members[id] = m
	}
	tr.config.SessionsPerTeammate = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "sessions per teammate")
}

// choice makes a choice with the next number. Its notes tell the number, so that one can be told from the other.
func (tr *truth) choice(t *rapid.T, now time.Time) presence.Choice {
	statuses := rapid.SampledFrom([]presence.Status{
		presence.Online, presence.Online, presence.Away, presence.Busy, presence.Invisible, presence.Invisible,
	})
	tr.choices++
	c := presence.Choice{Number: tr.choices, Status: statuses.Draw(t, "status"), Note: fmt.Sprintf("%d \"席|:", tr.choices)}
	if rapid.IntRange(0, 2).Draw(t, "timed") == 0 {
		c.Until = now.Add(rapid.SampledFrom([]time.Duration{-time.Second, 0, time.Second, 20 * time.Second, time.Minute}).Draw(t, "until"))
		c.Before = presence.Intent{Status: statuses.Draw(t, "before"), Note: fmt.Sprintf("%d before", tr.choices)}
	}
	return c
}

// amend changes something of the license or of its teammates, by one revision.
func (tr *truth) amend(t *rapid.T, now time.Time) {
	tr.config.Revision++
	id := drawTeammate(t)
	m, there := tr.members[id]
	switch what := rapid.IntRange(0, 9).Draw(t, "what changes"); {
	case what == 0:
		tr.config.Grace = rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, grace}).Draw(t, "grace")
		return
	case what == 1:
		tr.config.SessionsPerTeammate = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "sessions per teammate")
		return
	case there && what <= 3:
		delete(tr.members, id)
	case !there:
		tr.members[id] = member(id)
	case what <= 5:
		m.Name = rapid.SampledFrom([]string{"", "Zoë 🙂", "back\\slash, \"quote\"\t|", "plain"}).Draw(t, "name")
		tr.members[id] = m
	case what <= 7:
		m.Operator, m.Administrator = !m.Operator, rapid.Bool().Draw(t, "administrator")
		tr.members[id] = m
	default:
		m.Choice = tr.choice(t, now)
		tr.members[id] = m
	}
	tr.changed[id] = tr.config.Revision
}

// since is what brings an engine from a revision to the true one.
func (tr *truth) since(base presence.Revision) presence.Configure {
	c := presence.Configure{Config: tr.config, Base: base}
	for _, id := range teammates {
		if tr.changed[id] <= base {
			continue
		}
		if m, there := tr.members[id]; there {
			c.Members = append(c.Members, m)
		} else {
			c.Removed = append(c.Removed, id)
		}
	}
	return c
}

// whole is what brings an engine to the true revision from a later one.
func (tr *truth) whole() presence.Configure {
	return presence.Configure{Config: tr.config, Whole: true, Members: tr.all()}
}

func (tr *truth) all() []presence.Member {
	var all []presence.Member
	for _, id := range teammates {
		if m, there := tr.members[id]; there {
			all = append(all, m)
		}
	}
	slices.Reverse(all) // in no order that an engine could rely on
	return all
}
