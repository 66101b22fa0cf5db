package loadtest

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func table(t *testing.T, r Result) string {
	t.Helper()
	var said strings.Builder
	if err := WriteTable(&said, r); err != nil {
		t.Fatal(err)
	}
	return said.String()
}

func TestTheTableReadsWell(t *testing.T) {
	t.Parallel()
	golden(t, "table.txt", table(t, broken()))
	golden(t, "table_empty.txt", table(t, Result{Began: began, Plan: Plan{Scenario: Storm, Part: 1, Parts: 2}, Parts: 1}))
}

// huge is as large as numbers get, with names that nobody would choose.
func huge() Result {
	r := sampleRun(30, 2_000_000)
	for range 1000 {
		r.Timings[Login].Observe(10 * time.Minute)
	}
	for name := range r.Counts {
		r.Counts[name] = math.MaxInt64 / 4
	}
	for i := range r.Timeline {
		r.Timeline[i].Frames = math.MaxInt64 / 8
		*r.Timeline[i].CPU = 4096.5
	}
	r.Timings["a_metric_of_a_later_version"] = r.Timings[Login]
	r.Servers[0] = Server{URL: "https://" + strings.Repeat("a-long-name.", 12) + "example.com", CPUSeconds: 1e9, MemoryBytes: 5e15, RedisCommands: 1e15}
	r.Errors = map[string]int64{"\x1b[2Jcleared": 1, "two words": math.MaxInt64 / 4}
	for n := range 30 {
		r.Errors[strings.Repeat("x", n+1)] = int64(n)
	}
	r.Verdict.Violations = []Violation{{Promise: 12, License: strings.Repeat("l", 300), What: strings.Repeat("it broke ", 30), Evidence: []string{strings.Repeat("e", 500), "\x1b[31mred"}}}
	return r
}

func TestTheTableFitsATerminalAndDoesNotSteerIt(t *testing.T) {
	t.Parallel()
	for _, r := range []Result{huge(), broken(), sampleRun(1, 1), {}} {
		said := table(t, r)
		for line := range strings.Lines(said) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > width && strings.Contains(line, " ") && !strings.Contains(line, "llll") {
				t.Errorf("a line of %d: %s", n, line)
			}
			if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' }) {
				t.Errorf("%q", line)
			}
		}
	}
}
