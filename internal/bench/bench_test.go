package main

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestResultsAreMediansOfAllRuns(t *testing.T) {
	t.Parallel()
	found := results{}
	for line := range strings.Lines(`goos: linux
BenchmarkTake/new-2   1   100 ns/take   2.5 x-bare
BenchmarkTake/new-2   1   300 ns/take   1.5 x-bare
BenchmarkTake/new-2   1   200 ns/take   3.5 x-bare
BenchmarkTake/of-10-agents-2   1   7 ns/take
BenchmarkTake-2 some log
    bench_test.go:7: BenchmarkTake/new-2 1 900 ns/take
ok  	usher/seats	1.0s`) {
		found.read(line)
	}
	for f, want := range map[figure]float64{{"new", "ns/take"}: 200, {"new", "x-bare"}: 2.5, {"of-10-agents", "ns/take"}: 7} {
		if got, ok := found.median(f); !ok || got != want {
			t.Errorf("%v: %v, want %v", f, got, want)
		}
	}
	if len(found) != 3 {
		t.Errorf("read %v", found)
	}
}

func TestTheTableSaysWhatIsMet(t *testing.T) {
	t.Parallel()
	of := benchmark{"./seats", "BenchmarkTake"}
	ratio, ours, theirs := figure{"", "x"}, figure{"", "ns"}, figure{"", "ns-bare"}
	target := func(what string, bound float64, atLeast bool) row {
		return row{what: what, of: of, figure: ratio, bound: bound, atLeast: atLeast, beside: "× bare", ours: ours, theirs: theirs}
	}
	found := map[benchmark]results{of: {ratio: {1.5}, ours: {3000}, theirs: {2000}}}
	all := []row{target("within", 2, false), target("on it", 1.5, false), target("above", 1, false), target("enough", 1, true), target("too few", 2, true)}
	var out bytes.Buffer
	if err := writeTable(&out, all, found); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"what", " met", " met", "not met", " met", "not met"} {
		if line := strings.Split(out.String(), "\n")[i]; !strings.Contains(line, want) || want == " met" && strings.Contains(line, "not") {
			t.Errorf("%q, want %q", line, want)
		}
	}
	lacking := all[0]
	lacking.theirs = figure{"", "µs"}
	if err := lacking.missing(found[of]); err == nil || !strings.Contains(err.Error(), "did not report µs") {
		t.Errorf("what is missing is not said: %v", err)
	}
}

func TestEachRowHasItsBenchmark(t *testing.T) {
	t.Parallel()
	listed := map[string][]string{}
	for _, r := range rows() {
		if listed[r.of.pkg] == nil {
			cmd := exec.CommandContext(t.Context(), "go", "test", "-list", "^Benchmark", r.of.pkg)
			cmd.Dir = "../.."
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			listed[r.of.pkg] = strings.Fields(string(out))
		}
		if !slices.Contains(listed[r.of.pkg], r.of.name) {
			t.Errorf("%s has no %s", r.of.pkg, r.of.name)
		}
	}
}
