package seatsredis

import (
	"fmt"
	"strconv"

	"usher/internal/lease"
	"usher/seats"
)

// maxGeneration keeps fences exact in the scripts, whose numbers are doubles.
const maxGeneration = 1<<53/seats.FencesPerGeneration - 1

func encode(b seats.Batch) (lease.Arguments, error) {
	args := lease.NewArguments(string(b.Node), len(b.Commands))
	for _, c := range b.Commands {
		if o, ok := c.(seats.Open); ok && o.Generation > maxGeneration {
			return nil, fmt.Errorf("%w: generation is %d, at most %d", seats.ErrInvalid, o.Generation, int64(maxGeneration))
		}
		addCommand(&args, c)
	}
	return args, nil
}

// addCommand appends a command as in its .lua file's header.
func addCommand(a *lease.Arguments, c seats.Command) {
	switch c := c.(type) {
	case seats.Open:
		a.Add("open", int64(c.Generation), packCooldowns(c.Cooldowns), c.Window.Milliseconds(), c.Kept.Grace.Milliseconds(),
			packHolders(c.Kept.Holders), packWaiters(c.Kept.Waiters))
	case seats.Configure:
		addConfigure(a, c)
	case seats.Renew:
		a.Add("renew", c.Lease.Milliseconds())
	case seats.Take:
		a.Add("take", string(c.Member.Teammate), c.Member.Name, lease.Flag(c.Member.Operator), lease.Flag(c.Member.Administrator),
			int64(c.Revision), string(c.Session), lease.Seq(c.Seq), string(c.Resumes), lease.Flag(c.Wait))
	case seats.Unwait:
		a.Add("unwait", string(c.Teammate), string(c.Session), lease.Seq(c.Seq), int64(c.Turn))
	case seats.Leave:
		a.Add("leave", string(c.Teammate), string(c.Session), lease.Seq(c.Seq), int64(c.Fence))
	case seats.Logout:
		a.Add("logout", string(c.Teammate), string(c.Session))
	case seats.Drop:
		a.Add("drop", string(c.Teammate), string(c.Session))
	case seats.Free:
		a.Add("free", string(c.Teammate), int64(c.Fence), c.Cooldown.Milliseconds(), string(c.By), c.Message)
	case seats.HandOver:
		a.Add("hand_over", string(c.Teammate), int64(c.Fence), string(c.Session), string(c.By), string(c.To.Teammate), c.To.Name,
			lease.Flag(c.To.Operator), lease.Flag(c.To.Administrator), int64(c.Revision))
	case seats.Claim:
		addClaim(a, c)
	case seats.MakeAsk:
		a.Add("ask", string(c.ID), string(c.Teammate), c.Name, string(c.Session), string(c.Of), c.Note)
	case seats.AnswerAsk:
		a.Add("answer", string(c.ID), string(c.Of), lease.Flag(c.Accept))
	case seats.SetIdle:
		a.Add("idle", string(c.Teammate), string(c.Session), lease.Seq(c.Seq), lease.Flag(c.Idle))
	case seats.SetRouting:
		a.Add("routing", string(c.Teammate), string(c.Session), lease.Seq(c.Seq), int64(c.Fence), string(c.Routing))
	case seats.Lift:
		a.Add("lift", string(c.Teammate), int64(c.Fence))
	case seats.Find:
		a.Add("find", string(c.Teammate))
	case seats.Explain:
		a.Add("explain", string(c.Member.Teammate), lease.Flag(c.Member.Operator), lease.Flag(c.Member.Administrator), int64(c.Revision))
	case seats.Read:
		a.Add("read")
	default:
		panic(fmt.Sprintf("seatsredis: Batch.Validate let an unknown command pass: %T", c))
	}
}

func addConfigure(a *lease.Arguments, c seats.Configure) {
	var members []string
	for _, m := range c.Changed {
		members = append(members, string(m.Teammate), m.Name, lease.Flag(m.Operator), lease.Flag(m.Administrator))
	}
	a.Add("configure", int64(c.Revision), string(c.Status), c.Cap, c.Total(), c.Grace.Milliseconds(),
		c.ReservedAdministrators, lease.Flag(c.AdministratorsFirst), lease.Flag(c.Waitlist), string(c.HandOver), string(c.OnShrink),
		c.IdleAfter.Milliseconds(), c.IdleWarning.Milliseconds(), c.SessionsPerTeammate,
		int64(max(c.Base, 0)), lease.Flag(c.Force), lease.Pack(members))
}

func addClaim(a *lease.Arguments, c seats.Claim) {
	since, grace := c.Holder.Since, c.Holder.GraceUntil
	if c.Waiter.Turn > 0 {
		since, grace = c.Waiter.Since, c.Waiter.GraceUntil
	}
	a.Add("claim", int64(c.Generation), string(c.Member.Teammate), c.Member.Name, lease.Flag(c.Member.Operator),
		lease.Flag(c.Member.Administrator), int64(c.Revision), string(c.Session), lease.Seq(c.Seq), c.Holder.Number, int64(c.Holder.Fence),
		int64(c.Waiter.Turn), lease.Moment(since), lease.Moment(grace), lease.Flag(c.Holder.Overage), string(c.Holder.Via), string(c.Holder.Routing))
}

func packCooldowns(cooldowns []seats.Cooldown) string {
	var items []string
	for _, c := range cooldowns {
		items = append(items, string(c.Teammate), lease.Moment(c.Until), strconv.FormatInt(int64(c.Fence), 10))
	}
	return lease.Pack(items)
}

func packHolders(holders []seats.Holder) string {
	var items []string
	for _, h := range holders {
		items = append(items, string(h.Teammate), h.Name, lease.Flag(h.Administrator), strconv.Itoa(h.Number), lease.Moment(h.Since),
			lease.Flag(h.Overage), string(h.Via), string(h.Routing))
	}
	return lease.Pack(items)
}

func packWaiters(waiters []seats.Waiter) string {
	var items []string
	for _, w := range waiters {
		items = append(items, string(w.Teammate), w.Name, lease.Flag(w.Administrator), lease.Moment(w.Since))
	}
	return lease.Pack(items)
}
