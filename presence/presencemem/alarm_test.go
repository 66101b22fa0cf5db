package presencemem

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
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
		if h.at() != 0 || h.latest() != 0 || h.due(1) {
			t.Fatal("something is due of nothing")
		}
		return
	}
	slices.SortFunc(set, func(a, b *alarm) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	if h[0] != set[0] || h.at() != set[0].at || h.latest() != set[len(set)-1].at {
		t.Fatalf("first %+v, latest %d, want %+v and %d", h[0], h.latest(), set[0], set[len(set)-1].at)
	}
	if !h.due(h.at()) || h.due(h.at()-1) {
		t.Fatalf("due at another moment than %d", h.at())
	}
}
