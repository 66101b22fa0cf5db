package loadtest

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// live runs a world for so many steps and returns what an oracle says of it, and all that was told.
func live(ctx context.Context, choose func(int) int, f fault, steps int) (Verdict, []Told, *book) {
	var all []Told
	var o *Oracle
	w := newWorld(choose, f, func(told Told) {
		all = append(all, told)
		o.Hear(told)
	})
	o = NewOracle(OracleOptions{Licenses: []LicenseFacts{w.facts()}})
	for range steps {
		w.step()
	}
	w.quiet()
	return o.Finish(ctx, []Ending{w.ending()}), all, o.books[0]
}

// Of a server that keeps its promises an oracle never says anything else, in whatever order things arrive and are heard.
func TestNoTrueHistoryIsAViolation(t *testing.T) {
	checked := map[Promise]int64{}
	rapid.Check(t, func(r *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "choice") }
		v, all, b := live(t.Context(), choose, faultless, rapid.IntRange(10, 300).Draw(r, "steps"))
		for p, n := range v.Checked {
			checked[p] += n
		}
		if len(v.Violations) > 0 {
			var history []string
			for _, told := range all {
				if told.Kind != Showed {
					history = append(history, b.sentence(momentOf(told)))
				}
			}
			r.Fatalf("%s\npromise %d: %s\n%s", strings.Join(history, "\n"), v.Violations[0].Promise, v.Violations[0].What, strings.Join(v.Violations[0].Evidence, "\n"))
		}
	})
	for _, p := range []Promise{PromiseTotal, PromiseFences, PromiseOne, PromiseOrder, PromiseServed, PromiseCount, PromiseShown} {
		if checked[p] == 0 {
			t.Errorf("promise %d was never looked at", p)
		}
	}
	t.Log(checked)
}
