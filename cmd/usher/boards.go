package main

import (
	"time"

	"usher/internal/directory"
	"usher/seats"
	"usher/seats/seatsmem"
)

// kept is what an earlier process left behind, as the engine takes it.
func kept(b directory.Board, grace time.Duration) seats.Kept {
	k := seats.Kept{Grace: grace}
	for _, h := range b.Holders {
		k.Holders = append(k.Holders, seats.Holder{
			Teammate: seats.TeammateID(h.Teammate), Name: h.Name, Administrator: h.Administrator, Number: h.Number, Since: h.Since,
			Overage: h.Overage, Via: seats.Via(h.Via), Routing: seats.Routing(h.Routing),
		})
	}
	for _, w := range b.Waiters {
		k.Waiters = append(k.Waiters, seats.Waiter{
			Teammate: seats.TeammateID(w.Teammate), Name: w.Name, Administrator: w.Administrator, Since: w.Since,
		})
	}
	return k
}

// savedBoards are the boards of the engine as the directory keeps them.
func savedBoards(all []seatsmem.Saved) []directory.Board {
	boards := make([]directory.Board, len(all))
	for i, s := range all {
		b := directory.Board{License: string(s.License)}
		for _, h := range s.Holders {
			b.Holders = append(b.Holders, directory.Holder{
				Teammate: string(h.Teammate), Number: h.Number, Since: h.Since, Overage: h.Overage, Via: string(h.Via), Routing: string(h.Routing),
			})
		}
		for _, w := range s.Waiters {
			b.Waiters = append(b.Waiters, directory.Waiter{Teammate: string(w.Teammate), Since: w.Since})
		}
		boards[i] = b
	}
	return boards
}
