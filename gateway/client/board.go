package client

import (
	"cmp"
	"slices"

	"usher/gateway/wire"
)

// board is the license's board as its feed has led to it.
type board struct {
	position
	head    wire.Board // without holders and waitlist
	holders map[string]wire.Holder
	line    wire.Waitlist // is never changed, only replaced
}

// replace takes a whole board.
func (b *board) replace(at wire.Position, whole wire.Board) step {
	step := b.position.replace(at)
	if step == applied {
		b.holders = make(map[string]wire.Holder, len(whole.Holders))
		b.line = whole.Waitlist
		b.merge(whole, nil)
	}
	return step
}

// change takes a change of the feed.
func (b *board) change(s span, d wire.BoardDelta) step {
	step := b.position.change(s)
	if step == applied {
		if d.Waitlist != nil {
			b.line = *d.Waitlist
		}
		b.merge(d.Board, d.Gone)
	}
	return step
}

func (b *board) merge(news wire.Board, gone []string) {
	for _, t := range gone {
		delete(b.holders, t)
	}
	for _, h := range news.Holders {
		b.holders[h.Teammate] = h
	}
	b.head = news
	b.head.Holders, b.head.Waitlist = nil, nil
}

// whole is a copy of the whole, with the holders by number and the waitlist in its order.
func (b *board) whole() wire.Board {
	whole := b.head
	whole.Waitlist = slices.Clone(b.line)
	whole.Holders = make(wire.Holders, 0, len(b.holders))
	for _, h := range b.holders {
		whole.Holders = append(whole.Holders, h)
	}
	slices.SortFunc(whole.Holders, func(a, b wire.Holder) int { return cmp.Compare(a.Number, b.Number) })
	return whole
}
