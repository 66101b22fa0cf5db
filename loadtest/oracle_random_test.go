package loadtest

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// live runs a world for so many steps and returns what an oracle says of it, and all that was told.
func live(ctx context.Context, choose func(int) int, f fault, calm bool, steps int) (Verdict, []Told, *world, *book) {
	var all []Told
	var o *Oracle
	w := newWorld(choose, f, func(told Told) {
		all = append(all, told)
		o.Hear(told)
	})
	w.calm = calm
	o = NewOracle(OracleOptions{Licenses: []LicenseFacts{w.facts()}})
	for range steps {
		w.step()
	}
	w.quiet()
	return o.Finish(ctx, []Ending{w.ending()}), all, w, o.books[0]
}

// Of a server that keeps its promises an oracle never says anything else, in whatever order things arrive and are heard.
func TestNoTrueHistoryIsAViolation(t *testing.T) {
	checked := map[Promise]int64{}
	rapid.Check(t, func(r *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "choice") }
		v, all, _, b := live(t.Context(), choose, faultless, rapid.Bool().Draw(r, "calm"), rapid.IntRange(10, 300).Draw(r, "steps"))
		for p, n := range v.Checked {
			checked[p] += n
		}
		if len(v.Violations) > 0 {
			var history []string
			for _, told := range all {
				if told.Kind != Showed {
					history = append(history, b.sentence(eventOf(told)))
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

// Of a server with a fault an oracle says so in most histories, and never without a few lines that show it.
func TestFaultsAreFound(t *testing.T) {
	for _, tc := range []struct {
		name     string
		fault    fault
		promises []Promise
		share    float64 // of the histories in which it is found, at least
	}{
		{"one seat more", oneSeatMore, []Promise{PromiseTotal}, 0.85},
		{"a fence is reused", fenceReused, []Promise{PromiseFences}, 0.85},
		{"a fence falls", fenceFalls, []Promise{PromiseFences}, 0.8},
		{"a waiter is passed", waiterPassed, []Promise{PromiseOrder}, 0.4},
		{"a newcomer passes", newcomerPasses, []Promise{PromiseOrder, PromiseServed}, 0.3},
		{"a version goes back", versionBack, []Promise{PromiseShown}, 0.9},
		{"a digest differs", otherDigest, []Promise{PromiseShown}, 0.9},
		{"a loss is not told", lossNotTold, []Promise{PromiseCount, PromiseTotal}, 0.3},
		{"a logout is forgotten", logoutForgotten, []Promise{PromiseCount, PromiseFences}, 0.8},
		{"a seat for each device", seatPerDevice, []Promise{PromiseOne, PromiseTotal, PromiseFences, PromiseCount}, 0.5},
		{"a place rises", placeRises, []Promise{PromiseOrder}, 0.5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const histories = 200
			found, wrong, firsts := 0, 0, map[Promise]int{}
			for seed := range uint64(histories) {
				random := rand.New(rand.NewPCG(seed, uint64(tc.fault)))
				v, _, w, _ := live(t.Context(), random.IntN, tc.fault, true, 400)
				if w.wrongs > 0 {
					wrong++
				}
				for _, violation := range v.Violations {
					if n := len(violation.Evidence); n == 0 || n > maxEvidence {
						t.Errorf("%d lines show that %s", n, violation.What)
					}
				}
				if slices.ContainsFunc(v.Violations, func(v Violation) bool { return slices.Contains(tc.promises, v.Promise) }) {
					found++
					firsts[v.Violations[0].Promise]++
				}
			}
			t.Logf("found in %d of %d histories; the first promise: %v", found, wrong, firsts)
			if float64(found) < tc.share*float64(wrong) {
				t.Errorf("found in %d of %d histories alone", found, wrong)
			}
		})
	}
}
