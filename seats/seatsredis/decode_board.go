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
		Holders: listOf(f, innerHolder), Gone: listOf(f, id[seats.TeammateID]), Losses: listOf(f, loss),
		Ended: listOf(f, id[seats.SessionID]),
	}
	f.done(f)
	if f.err != nil {
		return seats.Change{}, fmt.Errorf("announcement: %w", f.err)
	}
	// The script's own comparison of texts follows the server's locale; the order is made here.
	byNumber(c.Holders)
	byFence(c.Losses)
	slices.Sort(c.Gone)
	slices.Sort(c.Ended)
	return c, nil
}

func board(f *fields) seats.Board {
	b := seats.Board{Head: head(f), Holders: listOf(f, innerHolder), Losses: listOf(f, loss)}
	byNumber(b.Holders)
	byFence(b.Losses)
	return b
}

func byNumber(holders []seats.Holder) {
	slices.SortFunc(holders, func(a, b seats.Holder) int { return cmp.Compare(a.Number, b.Number) })
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
	}
	outer.done(f)
	return h
}

func innerHolder(outer *fields) seats.Holder {
	f := outer.list()
	h := seats.Holder{
		Teammate: seats.TeammateID(f.text()), Name: f.text(), Administrator: f.flag(), Number: int(f.number()),
		Fence: seats.Fence(f.number()), Since: f.moment(), GraceUntil: f.moment(), Sessions: int(f.number()),
		Overage: f.flag(),
	}
	outer.done(f)
	return h
}

func loss(outer *fields) seats.Loss {
	f := outer.list()
	l := seats.Loss{
		Teammate: seats.TeammateID(f.text()), Number: int(f.number()), Fence: seats.Fence(f.number()),
		Reason: seats.Reason(f.text()), Session: seats.SessionID(f.text()), By: seats.TeammateID(f.text()),
		Message: f.text(), At: f.moment(), CooldownUntil: f.moment(),
	}
	outer.done(f)
	return l
}
