package seatsmem

import (
	"cmp"
	"iter"
	"slices"

	"usher/seats"
)

// turns are those who wait, in the order of their turns. They are cut into blocks: what is done to them passes or moves no more
// than the places of one block and the list of blocks, and a hundred thousand places make two hundred blocks.
type turns struct {
	blocks []block
	size   int
}

// block is places that follow one another, at least one.
type block struct {
	from   seats.Turn // of the first place
	ready  int        // places whose waiters are ready
	places []place
}

// place is where somebody waits.
type place struct {
	turn  seats.Turn
	ready bool // to be given a seat
	whose *teammate
}

// blockSize is how many places a block has room for. Two neighbors that need less than half of that are made one.
const blockSize = 512

func (p place) byTurn(turn seats.Turn) int { return cmp.Compare(p.turn, turn) }
func (b block) byTurn(turn seats.Turn) int { return cmp.Compare(b.from, turn) }

// find returns the block in which a turn is, or would be put, and the index of it there.
func (l *turns) find(turn seats.Turn) (b *block, i, at int) {
	i, exact := slices.BinarySearchFunc(l.blocks, turn, block.byTurn)
	if !exact && i > 0 {
		i-- // the block before begins below the turn
	}
	b = &l.blocks[i]
	at, _ = slices.BinarySearchFunc(b.places, turn, place.byTurn)
	return b, i, at
}

// put has a teammate wait with a turn that nobody has.
func (l *turns) put(turn seats.Turn, ready bool, t *teammate) {
	l.size++
	if len(l.blocks) == 0 {
		l.blocks = append(l.blocks, block{from: turn})
	}
	b, i, at := l.find(turn)
	switch {
	case len(b.places) < blockSize:
	case at == blockSize && i == len(l.blocks)-1: // lines grow at their ends: what is behind them stays full
		l.blocks = append(l.blocks, block{from: turn})
		b, at = &l.blocks[i+1], 0
	default:
		l.split(i)
		b, _, at = l.find(turn)
	}
	b.places = slices.Insert(b.places, at, place{turn, ready, t})
	b.from = b.places[0].turn
	b.count(ready, +1)
}

// remove has the one with a turn wait no longer.
func (l *turns) remove(turn seats.Turn) {
	l.size--
	b, i, at := l.find(turn)
	b.count(b.places[at].ready, -1)
	b.places = slices.Delete(b.places, at, at+1)
	if len(b.places) == 0 {
		l.blocks = slices.Delete(l.blocks, i, i+1)
		return
	}
	b.from = b.places[0].turn
	for _, first := range []int{i, i - 1} {
		l.join(first)
	}
}

// mark says whether the one with a turn is ready.
func (l *turns) mark(turn seats.Turn, ready bool) {
	b, _, at := l.find(turn)
	b.count(b.places[at].ready, -1)
	b.places[at].ready = ready
	b.count(ready, +1)
}

// count notes that there is a place more or less whose waiter is ready, if they are.
func (b *block) count(ready bool, more int) {
	if ready {
		b.ready += more
	}
}

// split makes two of a block.
func (l *turns) split(i int) {
	b := &l.blocks[i]
	half := len(b.places) / 2
	second := block{from: b.places[half].turn, places: slices.Clone(b.places[half:])}
	for _, p := range second.places {
		b.count(p.ready, -1)
		second.count(p.ready, +1)
	}
	b.places = slices.Delete(b.places, half, len(b.places))
	l.blocks = slices.Insert(l.blocks, i+1, second)
}

// join makes one of two neighbors, where that leaves room.
func (l *turns) join(i int) {
	if i < 0 || i+1 >= len(l.blocks) {
		return
	}
	a, b := &l.blocks[i], l.blocks[i+1]
	if len(a.places)+len(b.places) > blockSize/2 {
		return
	}
	a.places, a.ready = append(a.places, b.places...), a.ready+b.ready
	l.blocks = slices.Delete(l.blocks, i+1, i+2)
}

// before counts those with lower turns.
func (l *turns) before(turn seats.Turn) int {
	if len(l.blocks) == 0 {
		return 0
	}
	_, i, n := l.find(turn)
	for _, b := range l.blocks[:i] {
		n += len(b.places)
	}
	return n
}

// first returns who of those who are ready has the lowest turn, or nil.
func (l *turns) first() *teammate {
	for _, b := range l.blocks {
		if b.ready == 0 {
			continue
		}
		for _, p := range b.places {
			if p.ready {
				return p.whose
			}
		}
	}
	return nil
}

// all returns who waits, by turn.
func (l *turns) all() iter.Seq[*teammate] {
	return func(yield func(*teammate) bool) {
		for _, b := range l.blocks {
			for _, p := range b.places {
				if !yield(p.whose) {
					return
				}
			}
		}
	}
}
