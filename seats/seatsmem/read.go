package seatsmem

import (
	"cmp"
	"slices"

	"usher/seats"
)

// read returns the board as it is within the step; its version is that before the step's own change.
func (s *step) read() seats.Reply {
	board := seats.Board{Head: s.head()}
	for _, t := range s.numbers.all() {
		board.Holders = append(board.Holders, t.held())
	}
	for _, t := range s.inLine() {
		board.Waiters = append(board.Waiters, t.waited())
	}
	for _, r := range s.losses.heap {
		board.Losses = append(board.Losses, *r.owner.lost)
	}
	slices.SortFunc(board.Losses, func(a, b seats.Loss) int { return cmp.Compare(a.Fence, b.Fence) })
	for _, a := range s.asks {
		if !a.over {
			board.Asks = append(board.Asks, a.Ask)
		}
	}
	slices.SortFunc(board.Asks, func(a, b seats.Ask) int { return cmp.Compare(a.ID, b.ID) })
	return seats.BoardRead{Board: board}
}
