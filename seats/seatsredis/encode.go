package seatsredis

import (
	"fmt"
	"strconv"

	"usher/internal/lease"
	"usher/seats"
)

// maxGeneration keeps fences exact in the scripts, whose numbers are doubles.
const maxGeneration = 1<<53/seats.FencesPerGeneration - 1

// arguments is the flat list that the script takes: a deadline, the node, and the commands.
type arguments []any

func encode(b seats.Batch) (arguments, error) {
	args := make(arguments, 2, 2+10*len(b.Commands))
	args[1] = string(b.Node)
	for _, c := range b.Commands {
		if o, ok := c.(seats.Open); ok && o.Generation > maxGeneration {
			return nil, fmt.Errorf("%w: generation is %d, at most %d", seats.ErrInvalid, o.Generation, int64(maxGeneration))
		}
		args.command(c)
	}
	return args, nil
}

// command appends a command as in its .lua file's header.
func (a *arguments) command(c seats.Command) {
	switch c := c.(type) {
	case seats.Open:
		a.add("open", int64(c.Generation), packCooldowns(c.Cooldowns))
	case seats.Configure:
		a.configure(c)
	case seats.Renew:
		a.add("renew", c.Lease.Milliseconds())
	case seats.Take:
		a.add("take", string(c.Member.Teammate), c.Member.Name, flag(c.Member.Operator), flag(c.Member.Administrator),
			int64(c.Revision), string(c.Session), strconv.FormatUint(c.Seq, 10), string(c.Resumes))
	case seats.Leave:
		a.add("leave", string(c.Teammate), string(c.Session), strconv.FormatUint(c.Seq, 10), int64(c.Fence))
	case seats.Logout:
		a.add("logout", string(c.Teammate), string(c.Session))
	case seats.Drop:
		a.add("drop", string(c.Teammate), string(c.Session))
	case seats.Free:
		a.add("free", string(c.Teammate), int64(c.Fence), c.Cooldown.Milliseconds(), string(c.By), c.Message)
	case seats.Explain:
		a.add("explain", string(c.Member.Teammate), flag(c.Member.Operator), int64(c.Revision))
	case seats.Read:
		a.add("read")
	default:
		panic(fmt.Sprintf("seatsredis: Batch.Validate let an unknown command pass: %T", c))
	}
}

func (a *arguments) configure(c seats.Configure) {
	var members []string
	for _, m := range c.Changed {
		members = append(members, string(m.Teammate), m.Name, flag(m.Operator), flag(m.Administrator))
	}
	a.add("configure", int64(c.Revision), string(c.Status), c.Cap, c.Total(), c.Grace.Milliseconds(),
		int64(max(c.Base, 0)), flag(c.Force), lease.Pack(members))
}

func (a *arguments) add(op string, args ...any) {
	*a = append(append(*a, op, len(args)), args...)
}

func packCooldowns(cooldowns []seats.Cooldown) string {
	var items []string
	for _, c := range cooldowns {
		items = append(items, string(c.Teammate), strconv.FormatInt(c.Until.UnixMilli(), 10))
	}
	return lease.Pack(items)
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
