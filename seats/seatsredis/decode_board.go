package seatsredis

import (
	"cmp"
	"fmt"
	"slices"

	"usher/internal/lease"
	"usher/seats"
)

// decodeChange reads an announcement.
func decodeChange(packed string) (seats.Change, error) {
	value, err := lease.Unpack(packed)
	if err != nil {
		return seats.Change{}, err
	}
	f := lease.FieldsOf(value)
	if v := f.Text(); f.Err() == nil && v != format {
		return seats.Change{}, fmt.Errorf("announcement of format %q, want %q", v, format)
	}
	c := seats.Change{
		From: uint64(f.Number()), Head: head(f),
		Holders: lease.ListOf(f, innerHolder), Gone: lease.ListOf(f, lease.ID[seats.TeammateID]),
		Waiters: lease.ListOf(f, innerWaiter), Unwaiting: lease.ListOf(f, lease.ID[seats.TeammateID]),
		Losses: lease.ListOf(f, loss), Ended: lease.ListOf(f, lease.ID[seats.SessionID]), Asks: lease.ListOf(f, ask), Asked: lease.ListOf(f, askEnd),
	}
	f.Done(f)
	if f.Err() != nil {
		return seats.Change{}, fmt.Errorf("announcement: %w", f.Err())
	}
	// The script's own comparison of texts follows the server's locale; the order is made here.
	byNumber(c.Holders)
	byTurn(c.Waiters)
	byFence(c.Losses)
	byID(c.Asks)
	slices.SortFunc(c.Asked, func(a, b seats.AskEnd) int { return cmp.Compare(a.ID, b.ID) })
	slices.Sort(c.Gone)
	slices.Sort(c.Unwaiting)
	slices.Sort(c.Ended)
	return c, nil
}

func board(f *lease.Fields) seats.Board {
	b := seats.Board{Head: head(f), Holders: lease.ListOf(f, innerHolder), Waiters: lease.ListOf(f, innerWaiter), Losses: lease.ListOf(f, loss), Asks: lease.ListOf(f, ask)}
	byNumber(b.Holders)
	byTurn(b.Waiters)
	byFence(b.Losses)
	byID(b.Asks)
	return b
}

func byNumber(holders []seats.Holder) {
	slices.SortFunc(holders, func(a, b seats.Holder) int { return cmp.Compare(a.Number, b.Number) })
}

func byTurn(waiters []seats.Waiter) {
	slices.SortFunc(waiters, func(a, b seats.Waiter) int { return cmp.Compare(a.Turn, b.Turn) })
}

func byID(asks []seats.Ask) {
	slices.SortFunc(asks, func(a, b seats.Ask) int { return cmp.Compare(a.ID, b.ID) })
}

func byFence(losses []seats.Loss) {
	slices.SortFunc(losses, func(a, b seats.Loss) int { return cmp.Compare(a.Fence, b.Fence) })
}

// head reads the head, which is one text, as board.lua writes it.
func head(outer *lease.Fields) seats.Head {
	f := outer.Split("|", 15)
	h := seats.Head{
		Epoch: f.Text(), Version: uint64(f.Number()), Used: int(f.Number()), Waiting: int(f.Number()), Draining: f.Flag(),
		HaltUntil: f.Moment(), Window: f.Flag(), StaysBegan: f.Number(), StaysEnded: f.Number(),
		Revision: seats.Revision(f.Number()), Status: seats.Status(f.Text()), Cap: int(f.Number()), Total: int(f.Number()),
		Reserved: int(f.Number()), AdministratorsFirst: f.Flag(),
	}
	outer.Done(f)
	return h
}

// innerHolder reads a list of a teammate and their seat as it is kept.
func innerHolder(outer *lease.Fields) seats.Holder {
	list := outer.List()
	h := seats.Holder{Teammate: seats.TeammateID(list.Text())}
	f := list.Split("|", 12) // the name may have any character
	h.Number, h.Fence, h.Since, h.GraceUntil = int(f.Number()), seats.Fence(f.Number()), f.Moment(), f.Moment()
	h.Sessions, h.IdleSince, h.WarnedUntil = int(f.Number()), f.Moment(), f.Moment()
	h.Overage, h.Administrator, h.Via, h.Routing, h.Name = f.Flag(), f.Flag(), seats.Via(f.Text()), seats.Routing(f.Text()), f.Text()
	list.Done(f)
	outer.Done(list)
	return h
}

// innerWaiter reads a list of a teammate and their place as it is kept.
func innerWaiter(outer *lease.Fields) seats.Waiter {
	list := outer.List()
	w := seats.Waiter{Teammate: seats.TeammateID(list.Text())}
	f := list.Split("|", 6)
	w.Turn, w.Since, w.GraceUntil, w.CooldownUntil = seats.Turn(f.Number()), f.Moment(), f.Moment(), f.Moment()
	w.Administrator, w.Name = f.Flag(), f.Text()
	list.Done(f)
	outer.Done(list)
	return w
}

func ask(outer *lease.Fields) seats.Ask {
	f := outer.List()
	a := seats.Ask{
		ID: seats.AskID(f.Text()), From: seats.TeammateID(f.Text()), Name: f.Text(), Of: seats.TeammateID(f.Text()),
		Fence: seats.Fence(f.Number()), Note: f.Text(), Until: f.Moment(),
	}
	outer.Done(f)
	return a
}

func askEnd(outer *lease.Fields) seats.AskEnd {
	f := outer.List()
	e := seats.AskEnd{
		ID: seats.AskID(f.Text()), From: seats.TeammateID(f.Text()), Of: seats.TeammateID(f.Text()),
		Outcome: seats.AskOutcome(f.Text()),
	}
	outer.Done(f)
	return e
}

func loss(outer *lease.Fields) seats.Loss {
	f := outer.List()
	l := seats.Loss{
		Teammate: seats.TeammateID(f.Text()), Number: int(f.Number()), Fence: seats.Fence(f.Number()),
		Reason: seats.Reason(f.Text()), Session: seats.SessionID(f.Text()), By: seats.TeammateID(f.Text()),
		To: seats.TeammateID(f.Text()), Message: f.Text(), At: f.Moment(),
		Since: f.Moment(), Overage: f.Flag(), Via: seats.Via(f.Text()), CooldownUntil: f.Moment(),
	}
	outer.Done(f)
	return l
}
