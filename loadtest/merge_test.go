package loadtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawPart draws what one part of a run may have measured.
func drawPart(t *rapid.T, part, of int) Result {
	count := rapid.Int64Range(0, 1000)
	keys := rapid.SampledFrom([]string{"a", "b", "c"})
	figure := func() float64 { return float64(rapid.IntRange(0, 1000).Draw(t, "figure")) } // whole ones: they add up in any order
	looks := func(label string) map[Promise]int64 {
		return rapid.MapOf(rapid.SampledFrom([]Promise{1, 3, 9}), count).Draw(t, label)
	}
	moments := func() Moments {
		return Moments(rapid.MapOf(rapid.SampledFrom([]Metric{Login, Take}), rapid.Custom(func(*rapid.T) float64 { return figure() })).Draw(t, "moments"))
	}
	r := Result{
		Plan: Plan{Scenario: Storm, Part: part, Parts: of}, Began: began.Add(time.Duration(count.Draw(t, "later")) * time.Millisecond),
		Parts: 1, Seconds: figure(), Timings: map[Metric]*Timing{},
		Counts: rapid.MapOf(keys, count).Draw(t, "counts"), Errors: rapid.MapOf(keys, count).Draw(t, "errors"),
		Refusals: rapid.MapOf(keys, count).Draw(t, "refusals"), Grants: rapid.MapOf(keys, count).Draw(t, "grants"), Losses: rapid.MapOf(keys, count).Draw(t, "losses"),
		Client:  Process{CPUSeconds: figure(), MemoryBytes: figure()},
		Verdict: Verdict{Checked: looks("checked"), Unchecked: looks("unchecked")},
	}
	for _, metric := range rapid.SliceOfDistinct(rapid.SampledFrom([]Metric{Login, Take}), rapid.ID).Draw(t, "timed") {
		r.Timings[metric] = &Timing{}
		for _, ms := range rapid.SliceOfN(rapid.IntRange(0, 5000), 0, 20).Draw(t, "times") {
			r.Timings[metric].Observe(time.Duration(ms) * time.Millisecond)
		}
	}
	for at := range rapid.IntRange(0, 6).Draw(t, "seconds") {
		if rapid.Bool().Draw(t, "silent") {
			continue
		}
		second := Second{At: at, Connected: count.Draw(t, "connected"), Held: count.Draw(t, "held"), Logins: count.Draw(t, "logins"), P50: moments(), P99: moments()}
		if rapid.Bool().Draw(t, "sampled") {
			second.CPU = new(figure())
		}
		r.Timeline = append(r.Timeline, second)
	}
	for _, url := range rapid.SliceOfDistinct(keys, rapid.ID).Draw(t, "servers") {
		r.Servers = append(r.Servers, Server{URL: url, CPUSeconds: figure(), MemoryBytes: figure(), RedisCommands: figure()})
	}
	for range rapid.IntRange(0, 3).Draw(t, "violations") {
		r.Verdict.Violations = append(r.Verdict.Violations, Violation{Promise: 1, License: fmt.Sprintf("part %d", part), At: figure(), What: "it broke"})
	}
	return r
}

func merged(t *rapid.T, parts ...Result) Result {
	whole, err := Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// However parts are put together, in one step or in several, the same comes of it.
func TestMergingIsAssociative(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawPart(t, 1, 3), drawPart(t, 2, 3), drawPart(t, 3, 3)
		whole := merged(t, a, b, c)
		quantiles := cmp.Comparer(func(a, b *Timing) bool {
			return a.Count() == b.Count() && a.Quantile(0) == b.Quantile(0) && a.Quantile(0.5) == b.Quantile(0.5) && a.Quantile(0.9) == b.Quantile(0.9) && a.Quantile(1) == b.Quantile(1)
		})
		for name, other := range map[string]Result{
			"left first":  merged(t, merged(t, a, b), c),
			"right first": merged(t, a, merged(t, b, c)),
			"backwards":   merged(t, c, b, a),
		} {
			if diff := cmp.Diff(whole, other, quantiles, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
		if missing := whole.Missing(); len(missing) > 0 {
			t.Fatalf("%v are missing", missing)
		}
		if err := whole.check(); err != nil {
			t.Fatal(err)
		}
	})
}

// What was counted is what the parts have counted; what the servers used is what the part saw that saw most.
func TestMergingAddsWhatAgentsDidAndNotWhatServersUsed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPart(t, 1, 2), drawPart(t, 2, 2)
		whole := merged(t, b, a)
		for _, counts := range []func(Result) map[string]int64{
			func(r Result) map[string]int64 { return r.Counts },
			func(r Result) map[string]int64 { return r.Errors },
			func(r Result) map[string]int64 { return r.Losses },
		} {
			if got, want := total(counts(whole)), total(counts(a))+total(counts(b)); got != want {
				t.Fatalf("%d counted, not %d", got, want)
			}
		}
		var logins int64
		for _, second := range append(a.Timeline, b.Timeline...) {
			logins += second.Logins
		}
		for _, second := range whole.Timeline {
			logins -= second.Logins
		}
		if logins != 0 {
			t.Fatalf("%d logins were lost from the timeline", logins)
		}
		if len(whole.Verdict.Violations) != len(a.Verdict.Violations)+len(b.Verdict.Violations) {
			t.Fatal("violations were lost")
		}
		for _, server := range whole.Servers {
			var most float64
			for _, seen := range append(a.Servers, b.Servers...) {
				if seen.URL == server.URL {
					most = max(most, seen.CPUSeconds)
				}
			}
			if server.CPUSeconds != most {
				t.Fatalf("%s used %g, and was seen to use %g", server.URL, server.CPUSeconds, most)
			}
		}
	})
}

func TestWhatIsNotOfOneRunIsNotMerged(t *testing.T) {
	t.Parallel()
	part := func(n int) Result {
		r := sampleRun(2, 40)
		r.Plan.Part, r.Plan.Parts = n, 3
		return r
	}
	other := part(2)
	other.Plan.Agents, other.Plan.Ramp = 50, time.Minute
	earlier := part(2)
	earlier.Began = earlier.Began.Add(-time.Hour)
	both, err := Merge(part(3), part(1))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		parts []Result
		want  string
	}{
		{"nothing", nil, "there is nothing to merge: give the results of a run's parts"},
		{"a part twice", []Result{part(1), part(2), part(1)}, "part 1 of 3 is there twice, in number 1 and number 3 of those to merge"},
		{"a part twice, once merged", []Result{part(2), both, part(3)}, "part 3 of 3 is there twice, in number 2 and number 3 of those to merge"},
		{"another plan", []Result{part(1), other}, "number 2 of those to merge is of another run than number 1: agents 1 and 50, ramp 20s and 1m0s"},
		{"another time", []Result{part(1), earlier}, "number 2 of those to merge is of another run than number 1: it began 1h0m0s apart"},
		{"no such part", []Result{part(4)}, "number 1 of those to merge: part 4 can't be one of the 3 that the plan has"},
	}
	for _, test := range tests {
		if _, err := Merge(test.parts...); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, not %q", test.name, err, test.want)
		}
	}
	if diff := cmp.Diff([]int{2}, both.Missing()); diff != "" {
		t.Error(diff)
	}
	if got, want := saidMissing(both), " (without part 2 of 3)"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}
