package seatsmem

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"usher/seats"
)

// TestAlarms holds the heap against a sorted list.
func TestAlarms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var h alarms
		all := make([]alarm, 12)
		for i := range all {
			all[i].id = fmt.Sprintf("id%02d", i)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			a := &all[rapid.IntRange(0, len(all)-1).Draw(t, "alarm")]
			if rapid.Bool().Draw(t, "put") {
				h.put(a, rapid.Int64Range(1, 6).Draw(t, "at"))
			} else {
				h.drop(a)
			}
			checkAlarms(t, h, all)
		}
	})
}

func checkAlarms(t *rapid.T, h alarms, all []alarm) {
	var set []*alarm
	for i := range all {
		if all[i].set() {
			set = append(set, &all[i])
		}
	}
	if len(set) != len(h) {
		t.Fatalf("%d alarms are set, %d in the heap", len(set), len(h))
	}
	if len(set) == 0 {
		return
	}
	first := slices.MinFunc(set, func(a, b *alarm) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
	})
	if h.first() != first {
		t.Fatalf("first is %+v, want %+v", h.first(), first)
	}
	if !h.due(first.at) || h.due(first.at-1) {
		t.Fatalf("due at another moment than %d", first.at)
	}
}

// TestNumbers holds the lowest free number against a search.
func TestNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var n numbers
		taken := map[int]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(taken) > 0 && rapid.Bool().Draw(t, "free") {
				held := []int{}
				for number := range taken {
					held = append(held, number)
				}
				slices.Sort(held)
				number := rapid.SampledFrom(held).Draw(t, "number")
				n.free(number)
				delete(taken, number)
				continue
			}
			want := 1
			for taken[want] {
				want++
			}
			if got := n.take(); got != want {
				t.Fatalf("took %d, want %d", got, want)
			}
			taken[want] = true
		}
	})
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
