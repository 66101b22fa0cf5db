package presenceredis

import (
	"fmt"
	"strconv"

	"usher/internal/lease"
	"usher/presence"
)

// maxGeneration is how far the script, whose numbers are doubles, can count.
const maxGeneration = 1 << 53

func encode(b presence.Batch) (lease.Arguments, error) {
	args := lease.NewArguments(string(b.Node), len(b.Commands))
	for _, c := range b.Commands {
		if o, ok := c.(presence.Open); ok && o.Generation > maxGeneration {
			return nil, fmt.Errorf("%w: generation is %d, at most %d", presence.ErrInvalid, o.Generation, int64(maxGeneration))
		}
		addCommand(&args, c)
	}
	return args, nil
}

// addCommand appends a command as in its .lua file's header.
func addCommand(a *lease.Arguments, c presence.Command) {
	switch c := c.(type) {
	case presence.Open:
		a.Add("open", int64(c.Generation), c.Window.Milliseconds(), int64(c.Config.Revision), c.Config.Grace.Milliseconds(),
			c.Config.SessionsPerTeammate, packMembers(c.Members))
	case presence.Configure:
		a.Add("configure", int64(c.Config.Revision), c.Config.Grace.Milliseconds(), c.Config.SessionsPerTeammate, int64(c.Base),
			lease.Flag(c.Whole), packMembers(c.Members), packIDs(c.Removed))
	case presence.Arrive:
		a.Add("arrive", append([]any{
			string(c.Teammate), string(c.Session), lease.Seq(c.Seq), c.Device, lease.Flag(c.Idle), string(c.Resumes),
			lease.Moment(c.Since), string(c.Was.Status), lease.Moment(c.Was.Since),
		}, choice(c.Choice)...)...)
	case presence.SetIdle:
		a.Add("idle", string(c.Teammate), string(c.Session), lease.Seq(c.Seq), lease.Flag(c.Idle))
	case presence.Depart:
		a.Add("depart", string(c.Teammate), string(c.Session))
	case presence.Drop:
		a.Add("drop", string(c.Teammate), string(c.Session))
	case presence.Choose:
		a.Add("choose", append([]any{string(c.Teammate)}, choice(c.Choice)...)...)
	case presence.Expel:
		a.Add("expel", string(c.Teammate), string(c.Session), string(c.By))
	case presence.Read:
		a.Add("read", c.Epoch, strconv.FormatUint(c.Version, 10))
	default:
		panic(fmt.Sprintf("presenceredis: Batch.Validate let an unknown command pass: %T", c))
	}
}

// choice is what roster.wish takes.
func choice(c presence.Choice) []any {
	return []any{
		strconv.FormatInt(c.Number, 10), string(c.Status), c.Note, lease.Moment(c.Until), string(c.Before.Status), c.Before.Note,
	}
}

// packMembers are what roster.enroll takes.
func packMembers(members []presence.Member) string {
	items := make([]string, len(members))
	for i, m := range members {
		c := m.Choice
		items[i] = lease.Pack([]string{
			string(m.Teammate), m.Name, lease.Flag(m.Operator), lease.Flag(m.Administrator), lease.Moment(m.Seen.At),
			lease.Moment(m.Seen.Shown), strconv.FormatInt(c.Number, 10), string(c.Status), c.Note, lease.Moment(c.Until),
			string(c.Before.Status), c.Before.Note,
		})
	}
	return lease.Pack(items)
}

func packIDs(ids []presence.TeammateID) string {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = string(id)
	}
	return lease.Pack(items)
}
