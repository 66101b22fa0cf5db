package seats_test

import (
	"strings"
	"testing"
	"time"

	"usher/seats"
)

// sound is a board that breaks no rule: two of three seats are held, the third is reserved for administrators, and of
// those who wait one may not have a seat, one is not there, and one is neither.
func sound() seats.Board {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return seats.Board{
		Head: seats.Head{Epoch: "1", Version: 9, Status: seats.Active, Cap: 3, Total: 3, Used: 2, Waiting: 3, Reserved: 1, StaysBegan: 7, StaysEnded: 5},
		Holders: []seats.Holder{
			{Teammate: "tm_ann", Number: 1, Fence: 11, Sessions: 1},
			{Teammate: "tm_bob", Number: 2, Fence: 12, GraceUntil: at},
		},
		Waiters: []seats.Waiter{
			{Teammate: "tm_cid", Turn: 1},
			{Teammate: "tm_eve", Turn: 2, Administrator: true, GraceUntil: at},
			{Teammate: "tm_fay", Turn: 3, Administrator: true, CooldownUntil: at},
		},
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*seats.Board)
		says   string // "": all is well
	}{
		{"as it should be", func(*seats.Board) {}, ""},
		{"empty", func(b *seats.Board) { *b = seats.Board{} }, ""},
		{"used is another", func(b *seats.Board) { b.Used = 3 }, "3 seats are said to be used, and 2 are held"},
		{"waiting is another", func(b *seats.Board) { b.Waiting = 0 }, "0 are said to wait, and 3 do"},
		{"a stay got lost", func(b *seats.Board) { b.StaysEnded = 4 }, "7 stays began and 4 ended, and 2 seats are held"},
		{"too many", func(b *seats.Board) { b.Total = 1 }, "2 seats are held of 1"},
		{"too many, draining", func(b *seats.Board) { b.Total, b.Draining = 1, true }, ""},
		{"too many, being claimed", func(b *seats.Board) { b.Total, b.Window, b.HaltUntil = 1, true, time.Now() }, ""},
		{"any number", func(b *seats.Board) { b.Total, b.Waiting, b.Waiters = seats.Unlimited, 0, nil }, ""},
		{"one number twice", func(b *seats.Board) { b.Holders[1].Number = 1 }, "seat 1 is held by tm_ann and by tm_bob"},
		{"one fence twice", func(b *seats.Board) { b.Holders[1].Fence = 11 }, "fence 11 is that of tm_ann and of tm_bob"},
		{"no number", func(b *seats.Board) { b.Holders[0].Number = 0 }, "tm_ann holds seat 0"},
		{"two seats", func(b *seats.Board) { b.Holders[1].Teammate = "tm_ann" }, "tm_ann holds two seats"},
		{"nobody there", func(b *seats.Board) { b.Holders[0].Sessions = 0 }, "tm_ann holds seat 1 without a session"},
		{"seated and waiting", func(b *seats.Board) { b.Waiters[1].Teammate = "tm_bob" }, "tm_bob waits and holds seat 2"},
		{"waiting twice", func(b *seats.Board) { b.Waiters[1].Teammate = "tm_cid" }, "tm_cid waits twice"},
		{"one turn twice", func(b *seats.Board) { b.Waiters[1].Turn = 1 }, "turn 1 is that of tm_cid and of tm_eve"},
		{"a seat is open", func(b *seats.Board) { b.Reserved = 0 }, "tm_cid waits while a seat is open to them"},
		{"a seat is open to an administrator", func(b *seats.Board) { b.Waiters[1].GraceUntil = time.Time{} }, "tm_eve waits while"},
		{"an administrator has theirs", func(b *seats.Board) { b.Holders[0].Administrator = true }, "tm_cid waits while"},
		{"a seat is open in a halt", func(b *seats.Board) { b.Reserved, b.HaltUntil = 0, time.Now() }, ""},
		{"a seat is open on a suspended license", func(b *seats.Board) { b.Reserved, b.Status = 0, seats.Suspended }, ""},
	} {
		board := sound()
		tc.change(&board)
		got := strings.Join(seats.Audit(board), "; ")
		if tc.says == "" && got != "" || tc.says != "" && !strings.Contains(got, tc.says) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.says)
		}
	}
}
