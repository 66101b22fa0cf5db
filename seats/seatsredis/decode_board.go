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
	f := fieldsOf(value)
	if v := f.text(); f.err == nil && v != format {
		return seats.Change{}, fmt.Errorf("announcement of format %q, want %q", v, format)
	}
	c := seats.Change{
		From: uint64(f.number()), Head: head(f),
		Holders: listOf(f, innerHolder), Gone: listOf(f, id[seats.TeammateID]),
		Waiters: listOf(f, innerWaiter), Unwaiting: listOf(f, id[seats.TeammateID]),
		Losses: listOf(f, loss), Ended: listOf(f, id[seats.SessionID]), Asks: listOf(f, ask), Asked: listOf(f, askEnd),
	}
	f.done(f)
	if f.err != nil {
		return seats.Change{}, fmt.Errorf("announcement: %w", f.err)
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

func board(f *fields) seats.Board {
	b := seats.Board{Head: head(f), Holders: listOf(f, innerHolder), Waiters: listOf(f, innerWaiter), Losses: listOf(f, loss), Asks: listOf(f, ask)}
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

func id[T ~string](f *fields) T { return T(f.text()) }

func head(outer *fields) seats.Head {
	f := outer.list()
	h := seats.Head{
		Epoch: f.text(), Version: uint64(f.number()), Revision: seats.Revision(f.number()),
		Status: seats.Status(f.text()), Cap: int(f.number()), Total: int(f.number()), Used: int(f.number()),
		Waiting: int(f.number()), Reserved: int(f.number()), AdministratorsFirst: f.flag(), Draining: f.flag(),
		HaltUntil: f.moment(), Window: f.flag(), StaysBegan: f.number(), StaysEnded: f.number(),
	}
	outer.done(f)
	return h
}

func innerHolder(outer *fields) seats.Holder {
	f := outer.list()
	h := seats.Holder{
		Teammate: seats.TeammateID(f.text()), Name: f.text(), Administrator: f.flag(), Number: int(f.number()),
		Fence: seats.Fence(f.number()), Since: f.moment(), GraceUntil: f.moment(), Sessions: int(f.number()),
		Overage: f.flag(), Via: seats.Via(f.text()), Routing: seats.Routing(f.text()), IdleSince: f.moment(),
		WarnedUntil: f.moment(),
	}
	outer.done(f)
	return h
}

func innerWaiter(outer *fields) seats.Waiter {
	f := outer.list()
	w := seats.Waiter{
		Teammate: seats.TeammateID(f.text()), Name: f.text(), Administrator: f.flag(), Turn: seats.Turn(f.number()),
		Since: f.moment(), GraceUntil: f.moment(), CooldownUntil: f.moment(),
	}
	outer.done(f)
	return w
}

func ask(outer *fields) seats.Ask {
	f := outer.list()
	a := seats.Ask{
		ID: seats.AskID(f.text()), From: seats.TeammateID(f.text()), Name: f.text(), Of: seats.TeammateID(f.text()),
		Fence: seats.Fence(f.number()), Note: f.text(), Until: f.moment(),
	}
	outer.done(f)
	return a
}

func askEnd(outer *fields) seats.AskEnd {
	f := outer.list()
	e := seats.AskEnd{
		ID: seats.AskID(f.text()), From: seats.TeammateID(f.text()), Of: seats.TeammateID(f.text()),
		Outcome: seats.AskOutcome(f.text()),
	}
	outer.done(f)
	return e
}

func loss(outer *fields) seats.Loss {
	f := outer.list()
	l := seats.Loss{
		Teammate: seats.TeammateID(f.text()), Number: int(f.number()), Fence: seats.Fence(f.number()),
		Reason: seats.Reason(f.text()), Session: seats.SessionID(f.text()), By: seats.TeammateID(f.text()),
		To: seats.TeammateID(f.text()), Message: f.text(), At: f.moment(), CooldownUntil: f.moment(),
	}
	outer.done(f)
	return l
}
