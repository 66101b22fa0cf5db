package seatsredis

import (
	"fmt"
	"strconv"
	"time"

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
		a.add("open", int64(c.Generation), packCooldowns(c.Cooldowns), c.Window.Milliseconds(), c.Kept.Grace.Milliseconds(),
			packHolders(c.Kept.Holders), packWaiters(c.Kept.Waiters))
	case seats.Configure:
		a.configure(c)
	case seats.Renew:
		a.add("renew", c.Lease.Milliseconds())
	case seats.Take:
		a.add("take", string(c.Member.Teammate), c.Member.Name, flag(c.Member.Operator), flag(c.Member.Administrator),
			int64(c.Revision), string(c.Session), seq(c.Seq), string(c.Resumes), flag(c.Wait))
	case seats.Unwait:
		a.add("unwait", string(c.Teammate), string(c.Session), seq(c.Seq), int64(c.Turn))
	case seats.Leave:
		a.add("leave", string(c.Teammate), string(c.Session), seq(c.Seq), int64(c.Fence))
	case seats.Logout:
		a.add("logout", string(c.Teammate), string(c.Session))
	case seats.Drop:
		a.add("drop", string(c.Teammate), string(c.Session))
	case seats.Free:
		a.add("free", string(c.Teammate), int64(c.Fence), c.Cooldown.Milliseconds(), string(c.By), c.Message)
	case seats.HandOver:
		a.add("hand_over", string(c.Teammate), int64(c.Fence), string(c.Session), string(c.By), string(c.To.Teammate), c.To.Name,
			flag(c.To.Operator), flag(c.To.Administrator), int64(c.Revision))
	case seats.Claim:
		a.claim(c)
	case seats.MakeAsk:
		a.add("ask", string(c.ID), string(c.Teammate), c.Name, string(c.Session), string(c.Of), c.Note)
	case seats.AnswerAsk:
		a.add("answer", string(c.ID), string(c.Of), flag(c.Accept))
	case seats.SetIdle:
		a.add("idle", string(c.Teammate), string(c.Session), seq(c.Seq), flag(c.Idle))
	case seats.SetRouting:
		a.add("routing", string(c.Teammate), string(c.Session), seq(c.Seq), int64(c.Fence), string(c.Routing))
	case seats.Lift:
		a.add("lift", string(c.Teammate), int64(c.Fence))
	case seats.Find:
		a.add("find", string(c.Teammate))
	case seats.Explain:
		a.add("explain", string(c.Member.Teammate), flag(c.Member.Operator), flag(c.Member.Administrator), int64(c.Revision))
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
		c.ReservedAdministrators, flag(c.AdministratorsFirst), flag(c.Waitlist), string(c.HandOver), string(c.OnShrink),
		c.IdleAfter.Milliseconds(), c.IdleWarning.Milliseconds(), c.SessionsPerTeammate,
		int64(max(c.Base, 0)), flag(c.Force), lease.Pack(members))
}

func (a *arguments) claim(c seats.Claim) {
	since, grace := c.Holder.Since, c.Holder.GraceUntil
	if c.Waiter.Turn > 0 {
		since, grace = c.Waiter.Since, c.Waiter.GraceUntil
	}
	a.add("claim", int64(c.Generation), string(c.Member.Teammate), c.Member.Name, flag(c.Member.Operator),
		flag(c.Member.Administrator), int64(c.Revision), string(c.Session), seq(c.Seq), c.Holder.Number, int64(c.Holder.Fence),
		int64(c.Waiter.Turn), moment(since), moment(grace), flag(c.Holder.Overage), string(c.Holder.Via), string(c.Holder.Routing))
}

func (a *arguments) add(op string, args ...any) {
	*a = append(append(*a, op, len(args)), args...)
}

func packCooldowns(cooldowns []seats.Cooldown) string {
	var items []string
	for _, c := range cooldowns {
		items = append(items, string(c.Teammate), moment(c.Until), strconv.FormatInt(int64(c.Fence), 10))
	}
	return lease.Pack(items)
}

func packHolders(holders []seats.Holder) string {
	var items []string
	for _, h := range holders {
		items = append(items, string(h.Teammate), h.Name, flag(h.Administrator), strconv.Itoa(h.Number), moment(h.Since),
			flag(h.Overage), string(h.Via), string(h.Routing))
	}
	return lease.Pack(items)
}

func packWaiters(waiters []seats.Waiter) string {
	var items []string
	for _, w := range waiters {
		items = append(items, string(w.Teammate), w.Name, flag(w.Administrator), moment(w.Since))
	}
	return lease.Pack(items)
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func seq(n uint64) string { return strconv.FormatUint(n, 10) }

// moment is in Unix milliseconds; 0 is none, and what was before 1970 counts as none.
func moment(t time.Time) string { return strconv.FormatInt(max(t.UnixMilli(), 0), 10) }
