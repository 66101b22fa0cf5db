package presenceredis

import (
	"fmt"
	"strconv"
	"time"

	"usher/internal/lease"
	"usher/presence"
)

// maxGeneration is what scripts can count to, whose numbers are doubles.
const maxGeneration = 1 << 53

// arguments is the flat list that the script takes: a deadline, the node, and the commands.
type arguments []any

func encode(b presence.Batch) (arguments, error) {
	args := make(arguments, 2, 2+16*len(b.Commands))
	args[1] = string(b.Node)
	for _, c := range b.Commands {
		if o, ok := c.(presence.Open); ok && o.Generation > maxGeneration {
			return nil, fmt.Errorf("%w: generation is %d, at most %d", presence.ErrInvalid, o.Generation, int64(maxGeneration))
		}
		args.command(c)
	}
	return args, nil
}

// command appends a command as in its .lua file's header.
func (a *arguments) command(c presence.Command) {
	switch c := c.(type) {
	case presence.Open:
		a.add("open", int64(c.Generation), c.Window.Milliseconds(), int64(c.Config.Revision), c.Config.Grace.Milliseconds(),
			c.Config.SessionsPerTeammate, packMembers(c.Members))
	case presence.Configure:
		removed := make([]string, len(c.Removed))
		for i, t := range c.Removed {
			removed[i] = string(t)
		}
		a.add("configure", int64(c.Config.Revision), c.Config.Grace.Milliseconds(), c.Config.SessionsPerTeammate, int64(c.Base),
			flag(c.Whole), packMembers(c.Members), lease.Pack(removed))
	case presence.Arrive:
		a.add("arrive", string(c.Teammate), string(c.Session), strconv.FormatUint(c.Seq, 10), c.Device, flag(c.Idle),
			string(c.Resumes), ms(c.Since), string(c.Was.Status), ms(c.Was.Since), choice(c.Choice))
	case presence.SetIdle:
		a.add("idle", string(c.Teammate), string(c.Session), strconv.FormatUint(c.Seq, 10), flag(c.Idle))
	case presence.Depart:
		a.add("depart", string(c.Teammate), string(c.Session))
	case presence.Drop:
		a.add("drop", string(c.Teammate), string(c.Session))
	case presence.Choose:
		a.add("choose", string(c.Teammate), choice(c.Choice))
	case presence.Expel:
		a.add("expel", string(c.Teammate), string(c.Session), string(c.By))
	case presence.Read:
		a.add("read", c.Epoch, strconv.FormatUint(c.Version, 10))
	default:
		panic(fmt.Sprintf("presenceredis: Batch.Validate let an unknown command pass: %T", c))
	}
}

// add appends a command. Lists of texts among its arguments are as many arguments.
func (a *arguments) add(name string, args ...any) {
	at := len(*a)
	*a = append(*a, name, 0)
	for _, arg := range args {
		if list, ok := arg.([]string); ok {
			for _, text := range list {
				*a = append(*a, text)
			}
		} else {
			*a = append(*a, arg)
		}
	}
	(*a)[at+1] = len(*a) - at - 2
}

// choice is number, status, note, till, before_status and before_note.
func choice(c presence.Choice) []string {
	return []string{
		strconv.FormatInt(c.Number, 10), string(c.Status), c.Note, ms(c.Until), string(c.Before.Status), c.Before.Note,
	}
}

func packMembers(members []presence.Member) string {
	flat := make([]string, 0, 12*len(members))
	for _, m := range members {
		flat = append(flat, string(m.Teammate), m.Name, flag(m.Operator), flag(m.Administrator), ms(m.Seen.At), ms(m.Seen.Shown))
		flat = append(flat, choice(m.Choice)...)
	}
	return lease.Pack(flat)
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// ms is a moment in Unix milliseconds; the zero time is 0.
func ms(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}
