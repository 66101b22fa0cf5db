package leasetest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Spent is the processor time that a server has used, in µs. On a busy machine it tells more than the clock on the wall.
func Spent(t testing.TB, client redis.UniversalClient) float64 {
	t.Helper()
	all := 0.0
	for name, value := range info(t, client, "cpu") {
		if name == "used_cpu_sys" || name == "used_cpu_user" {
			seconds, _ := strconv.ParseFloat(value, 64)
			all += seconds * 1e6
		}
	}
	return all
}

// Commands are how many a server has run, by name, those of scripts too.
func Commands(t testing.TB, client redis.UniversalClient) map[string]int {
	t.Helper()
	all := map[string]int{}
	for name, value := range info(t, client, "commandstats") {
		calls, _, _ := strings.Cut(strings.TrimPrefix(value, "calls="), ",")
		if n, err := strconv.Atoi(calls); err == nil {
			all[strings.TrimPrefix(name, "cmdstat_")] = n
		}
	}
	return all
}

func info(t testing.TB, client redis.UniversalClient, section string) map[string]string {
	t.Helper()
	text, err := client.Info(t.Context(), section).Result()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			all[name] = value
		}
	}
	return all
}

// Compare measures two sides in turns, at least three times each, and reports the medians and how often the other side's
// ours is. Its b.N are rounds.
func Compare(b *testing.B, unit string, ours, theirs func() float64) {
	b.Helper()
	var mine, others []float64
	round := func() { mine, others = append(mine, ours()), append(others, theirs()) }
	for b.Loop() {
		round()
	}
	for len(mine) < 3 {
		round()
	}
	b.ReportMetric(0, "ns/op") // has what is made ready in it
	b.ReportMetric(median(mine), unit)
	b.ReportMetric(median(others), unit+"-bare")
	b.ReportMetric(median(mine)/median(others), "x-bare")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
