package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// figure is a unit that one part of a benchmark reports: ("/new", "takes/s"). The benchmark itself is the part "".
type figure struct{ part, unit string }

// results are the values of each run.
type results map[figure][]float64

// cores is the suffix that go test gives names.
var cores = regexp.MustCompile(`-\d+$`)

// read takes a line of go test's: a name, how often it ran, and pairs of value and unit. Other lines are none of results.
// The format: https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md
func (r results) read(line string) {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return
	}
	if _, err := strconv.Atoi(fields[1]); err != nil {
		return
	}
	_, part, _ := strings.Cut(cores.ReplaceAllString(fields[0], ""), "/")
	for pair := range slices.Chunk(fields[2:], 2) {
		value, err := strconv.ParseFloat(pair[0], 64)
		if err != nil || len(pair) < 2 {
			return
		}
		f := figure{part, pair[1]}
		r[f] = append(r[f], value)
	}
}

// median is that of all runs. False: there were none.
func (r results) median(f figure) (float64, bool) {
	values := slices.Sorted(slices.Values(r[f]))
	if len(values) == 0 {
		return 0, false
	}
	return values[len(values)/2], true
}
