package seatstest

import (
	"time"

	"pgregory.net/rapid"

	"usher/seats"
)

// truth stands for the database: what is true of a license and of its teammates, revision by revision.
type truth struct {
	config  seats.Config
	members map[seats.TeammateID]seats.Member
	since   map[seats.TeammateID]seats.Revision // the last change of each
}

func newTruth() truth {
	members := map[seats.TeammateID]seats.Member{}
	for _, id := range teammates {
		members[id] = member(id)
	}
	return truth{
		config: seats.Config{
			Revision: 1, Status: seats.Active, Cap: 2, Grace: grace, Waitlist: true, HandOver: seats.HandOverAnyone,
		},
		members: members, since: map[seats.TeammateID]seats.Revision{},
	}
}

// vary draws the policies and switches that a history begins with.
func (tr *truth) vary(t *rapid.T) {
	for what := 5; what <= 11; what++ {
		if rapid.Bool().Draw(t, "vary") {
			tr.amendPolicy(t, what)
		}
	}
	for _, id := range teammates {
		m := tr.members[id]
		m.Administrator = rapid.IntRange(0, 2).Draw(t, "administrator") == 0
		tr.members[id] = m
	}
}

// configure changes the truth by one revision and returns the command that tells an engine.
func (tr *truth) configure(t *rapid.T) seats.Command {
	base := tr.config.Revision
	force := rarely(t, "restored from a back-up")
	if force {
		tr.config.Revision = max(1, tr.config.Revision-2)
	} else {
		tr.config.Revision++
	}
	tr.amend(t)
	if force {
		return seats.Configure{Config: tr.config, Changed: tr.changedAfter(0), Force: true}
	}
	// A node that knows an engine to be further behind, or one that is wrong about it, says so by its base.
	base = max(0, base-seats.Revision(rapid.IntRange(0, 2).Draw(t, "base behind by")))
	return seats.Configure{Config: tr.config, Base: base, Changed: tr.changedAfter(base)}
}

// amend changes something of the license, or of a teammate. What keeps everybody out is put right soon, or
// little would happen in most of a history.
func (tr *truth) amend(t *rapid.T) {
	what := rapid.IntRange(0, 15).Draw(t, "what changes")
	switch {
	case tr.config.Status != seats.Active && what > 1:
		tr.config.Status = seats.Active
	case what <= 1:
		tr.config.Cap = rapid.IntRange(0, 4).Draw(t, "cap")
	case what == 2:
		tr.config.Overage = rapid.SampledFrom([]seats.Overage{
			"", seats.OverageNone, seats.Overage1_25, seats.Overage1_5, seats.Overage2, seats.OverageAlways,
		}).Draw(t, "overage")
	case what == 3:
		tr.config.Status = rapid.SampledFrom([]seats.Status{seats.Suspended, seats.Expired}).Draw(t, "status")
	case what == 4:
		tr.config.Grace = rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, grace}).Draw(t, "grace")
	case what <= 11:
		tr.amendPolicy(t, what)
	default:
		tr.change(t)
	}
}

// amendPolicy changes what was not there from the beginning.
func (tr *truth) amendPolicy(t *rapid.T, what int) {
	c := &tr.config
	switch what {
	case 5:
		c.ReservedAdministrators = rapid.IntRange(0, 3).Draw(t, "reserved")
	case 6:
		c.AdministratorsFirst = !c.AdministratorsFirst
	case 7:
		c.Waitlist = !c.Waitlist || !rarely(t, "no waitlist")
	case 8:
		c.HandOver = rapid.SampledFrom([]seats.HandOverPolicy{
			seats.HandOverAnyone, seats.HandOverAnyone, seats.HandOverAsked, seats.HandOverOff, "",
		}).Draw(t, "hand over")
	case 9:
		c.OnShrink = rapid.SampledFrom([]seats.ShrinkPolicy{"", seats.ShrinkDrain, seats.ShrinkEvictNewest}).Draw(t, "on shrink")
	case 10:
		c.IdleAfter = rapid.SampledFrom([]time.Duration{0, time.Second, 20 * time.Second}).Draw(t, "idle after")
		c.IdleWarning = rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second}).Draw(t, "idle warning")
	default:
		c.SessionsPerTeammate = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "sessions per teammate")
	}
}

// change turns a teammate's switch or gives them another name.
func (tr *truth) change(t *rapid.T) {
	m := tr.members[drawTeammate(t)]
	if !m.Operator {
		m.Operator = true
		tr.set(m)
		return
	}
	switch rapid.IntRange(0, 3).Draw(t, "of a teammate") {
	case 0:
		m.Administrator = !m.Administrator
	case 1:
		m.Name = rapid.SampledFrom([]string{"", "Zoë 🙂", "back\\slash, \"quote\"\t|", "plain"}).Draw(t, "name")
	default:
		m.Operator = false
	}
	tr.set(m)
}

func (tr *truth) set(m seats.Member) {
	tr.members[m.Teammate] = m
	tr.since[m.Teammate] = tr.config.Revision
}

func (tr *truth) changedAfter(base seats.Revision) []seats.Member {
	var changed []seats.Member
	for _, id := range teammates {
		if tr.since[id] > base || base == 0 {
			changed = append(changed, tr.members[id])
		}
	}
	return changed
}
