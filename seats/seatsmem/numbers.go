package seatsmem

import (
	"math/bits"
	"slices"
)

// numbers are the seats that are held, by number.
type numbers struct {
	holders []*teammate // of number 1, 2, 3 …, up to the highest that was ever held; nil: it is free
	free    set         // of the indices of those that are
	used    int
}

// lowest returns the lowest free number.
func (n *numbers) lowest() int {
	if i, ok := n.free.lowest(); ok {
		return i + 1
	}
	return len(n.holders) + 1
}

// holder returns who holds a number, or nil.
func (n *numbers) holder(number int) *teammate {
	if number > len(n.holders) {
		return nil
	}
	return n.holders[number-1]
}

// put has a teammate hold a number that is free.
func (n *numbers) put(number int, t *teammate) {
	for len(n.holders) < number {
		n.free.add(len(n.holders))
		n.holders = append(n.holders, nil)
	}
	n.free.remove(number - 1)
	n.holders[number-1] = t
	n.used++
}

// remove has a number that is held be free.
func (n *numbers) remove(number int) {
	n.holders[number-1] = nil
	n.free.add(number - 1)
	n.used--
}

// all returns the holders in the order of their numbers.
func (n *numbers) all() []*teammate {
	return slices.DeleteFunc(slices.Clone(n.holders), func(t *teammate) bool { return t == nil })
}

// set is one of numbers from 0 to below 64⁴, which is more than seats.MaxNumber. On the lowest level each number has a bit; on
// a higher one a bit tells that there is any in a word of the level below. So the lowest number is found in four words.
type set struct {
	levels [4][]uint64
}

func (s *set) add(i int) {
	for level := range s.levels {
		words := &s.levels[level]
		if missing := i/64 + 1 - len(*words); missing > 0 {
			*words = append(*words, make([]uint64, missing)...)
		}
		(*words)[i/64] |= 1 << (i % 64)
		i /= 64
	}
}

// remove takes out a number that is in.
func (s *set) remove(i int) {
	for _, words := range s.levels {
		words[i/64] &^= 1 << (i % 64)
		if words[i/64] != 0 {
			return
		}
		i /= 64
	}
}

// lowest returns the lowest number, if there is any.
func (s *set) lowest() (i int, ok bool) {
	top := len(s.levels) - 1
	if len(s.levels[top]) == 0 || s.levels[top][0] == 0 {
		return 0, false
	}
	for level := top; level >= 0; level-- {
		i = i*64 + bits.TrailingZeros64(s.levels[level][i])
	}
	return i, true
}
