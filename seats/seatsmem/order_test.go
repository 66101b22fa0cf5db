package seatsmem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"usher/seats"
)

// TestAlarms holds the heap against a search.
func TestAlarms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := alarms[*teammate]{of: func(t *teammate) *alarm { return &t.grace }}
		all := make([]teammate, 12)
		for i := range all {
			all[i].id = seats.TeammateID(fmt.Sprintf("id%02d", i))
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			one := &all[rapid.IntRange(0, len(all)-1).Draw(t, "teammate")]
			if rapid.Bool().Draw(t, "put") {
				h.put(one, rapid.Int64Range(1, 6).Draw(t, "at"))
			} else {
				h.drop(one)
			}
			checkAlarms(t, &h, all)
		}
	})
}

func checkAlarms(t *rapid.T, h *alarms[*teammate], all []teammate) {
	var set []*teammate
	for i := range all {
		if all[i].grace.set() {
			set = append(set, &all[i])
		}
	}
	if len(set) != h.len() {
		t.Fatalf("%d alarms are set, %d in the heap", len(set), h.len())
	}
	if len(set) == 0 {
		return
	}
	first := slices.MinFunc(set, func(a, b *teammate) int {
		return cmp.Or(cmp.Compare(a.grace.at, b.grace.at), cmp.Compare(a.id, b.id))
	})
	if h.first() != first {
		t.Fatalf("first is %+v, want %+v", h.first(), first)
	}
	if h.at() != first.grace.at || !h.due(first.grace.at) || h.due(first.grace.at-1) {
		t.Fatalf("due at another moment than %d", first.grace.at)
	}
}

// TestNumbers holds the lowest free number, and who holds which, against a map.
func TestNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var n numbers
		held := map[int]*teammate{}
		most := rapid.SampledFrom([]int{5, 70, 5000, 300_000}).Draw(t, "most") // up to the last level
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			number := n.lowest()
			if rapid.Bool().Draw(t, "any") {
				number = rapid.IntRange(1, most).Draw(t, "number")
			}
			if held[number] != nil {
				n.remove(number)
				delete(held, number)
			} else {
				held[number] = &teammate{}
				n.put(number, held[number])
			}
			checkNumbers(t, &n, held)
		}
	})
}

func checkNumbers(t *rapid.T, n *numbers, held map[int]*teammate) {
	lowest := 1
	for held[lowest] != nil {
		lowest++
	}
	if got := n.lowest(); got != lowest {
		t.Fatalf("%d is the lowest free number, want %d", got, lowest)
	}
	var all []*teammate
	for _, number := range slices.Sorted(maps.Keys(held)) {
		all = append(all, held[number])
		if n.holder(number) != held[number] {
			t.Fatalf("%d is not whose it is", number)
		}
	}
	if !slices.Equal(all, n.all()) || n.used != len(all) || n.holder(lowest) != nil {
		t.Fatalf("%d are used, want %d", n.used, len(all))
	}
}

// TestTurns holds the line against a sorted list.
func TestTurns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var (
			l    turns
			want []place
			last seats.Turn
		)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0: // many come at the end
				for range rapid.IntRange(1, 2*blockSize).Draw(t, "more") {
					last += 10
					want = append(want, place{last, last%3 == 0, &teammate{}})
					l.put(last, last%3 == 0, want[len(want)-1].whose)
				}
			case 1: // one comes somewhere
				turn := seats.Turn(rapid.Int64Range(1, int64(last)+10).Draw(t, "turn"))
				if at, taken := slices.BinarySearchFunc(want, turn, place.byTurn); !taken {
					want = slices.Insert(want, at, place{turn, false, &teammate{}})
					l.put(turn, false, want[at].whose)
					last = max(last, turn)
				}
			case 2: // some go
				for range min(len(want), rapid.IntRange(1, blockSize).Draw(t, "less")) {
					at := rapid.IntRange(0, len(want)-1).Draw(t, "goes")
					l.remove(want[at].turn)
					want = slices.Delete(want, at, at+1)
				}
			case 3:
				for i := range want {
					want[i].ready = i > len(want)/2 && i%2 == 0
					l.mark(want[i].turn, want[i].ready)
				}
			}
			checkTurns(t, &l, want)
		}
	})
}

func checkTurns(t *rapid.T, l *turns, want []place) {
	var (
		all   []*teammate
		first *teammate
	)
	for i, p := range want {
		all = append(all, p.whose)
		if first == nil && p.ready {
			first = p.whose
		}
		if n := l.before(p.turn); n != i {
			t.Fatalf("%d before turn %d, want %d", n, p.turn, i)
		}
		if n := l.before(p.turn + 1); n != i+1 {
			t.Fatalf("%d before turn %d, want %d", n, p.turn+1, i+1)
		}
	}
	if l.size != len(want) || !slices.Equal(all, slices.Collect(l.all())) {
		t.Fatalf("%d in line, want %d, or in another order", l.size, len(want))
	}
	if l.first() != first {
		t.Fatalf("first is %p, want %p", l.first(), first)
	}
	for i, b := range l.blocks {
		if len(b.places) == 0 || len(b.places) > blockSize || i > 0 && len(b.places)+len(l.blocks[i-1].places) <= blockSize/2 && len(want) > 0 {
			t.Fatalf("block %d has %d places", i, len(b.places))
		}
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()
	var q queue
	next := 0
	for i := range 1000 {
		q.push(int64(i), seats.SessionID(fmt.Sprint(i)))
		for range i % 3 { // now faster, now slower than they come
			if id, ok := q.pop(int64(i) - 1); ok {
				if want := seats.SessionID(fmt.Sprint(next)); id != want {
					t.Fatalf("popped %s, want %s", id, want)
				}
				next++
			}
		}
	}
	if len(q.items)-q.head != 1000-next {
		t.Fatalf("%d left, want %d", len(q.items)-q.head, 1000-next)
	}
	if _, ok := q.pop(int64(next) - 1); ok {
		t.Fatal("popped what is not due")
	}
}
