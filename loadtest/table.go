package loadtest

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"
)

// width is that of a terminal for which tables are made.
const width = 100

// WriteTable writes what came of a run as lines for a terminal, a hundred columns wide: the plan, what was timed and counted, what the
// servers used up, refusals and errors by code, and the verdict with what it rests on.
func WriteTable(w io.Writer, r Result) error {
	said := saidPlan(r)
	for _, section := range []string{saidTimings(r), saidCounts(r), saidServers(r), saidCodes(r), saidVerdict(r.Verdict)} {
		if section != "" {
			said += "\n" + section
		}
	}
	_, err := io.WriteString(w, said)
	return err
}

func saidPlan(r Result) string {
	said := strings.Join(fold(plain(planLine(r.Plan), 10*width), width-2), "\n  ") + "\n"
	return said + "began " + moment(r.Began) + ", measured for " + showSeconds(r.Seconds) + saidMissing(r) + "\n"
}

func saidTimings(r Result) string {
	table := grid{left: map[int]bool{1: true}}
	table.row("Timings", "", "times", "p50", "p90", "p95", "p99", "p99.9", "max")
	for _, m := range r.timed() {
		cells := []string{"  " + plain(string(m.metric), 12), m.short, showNumber(float64(m.timing.Count()))}
		for _, q := range quantiles {
			cells = append(cells, showSeconds(m.timing.Quantile(q.share).Seconds()))
		}
		table.row(cells...)
	}
	if len(table.rows) == 1 {
		return ""
	}
	return table.lines("")
}

// timedMetric is a metric that was timed at least once.
type timedMetric struct {
	metric             Metric
	title, short, says string
	timing             *Timing
}

// timed are the metrics that were timed, the known ones in their order and others after them.
func (r Result) timed() []timedMetric {
	var found []timedMetric
	left := maps.Clone(r.Timings)
	for _, m := range metrics {
		found = append(found, timedMetric{m.metric, m.title, m.short, m.says, left[m.metric]})
		delete(left, m.metric)
	}
	for _, metric := range slices.Sorted(maps.Keys(left)) {
		found = append(found, timedMetric{metric: metric, title: string(metric), timing: left[metric]})
	}
	return slices.DeleteFunc(found, func(m timedMetric) bool { return m.timing == nil || m.timing.Count() == 0 })
}

func saidCounts(r Result) string {
	table := grid{}
	table.row("Counts", "total", "a second")
	for _, f := range counted() {
		n := r.Counts[f.name]
		if n == 0 {
			continue
		}
		each := ""
		if r.Seconds > 0 {
			each = showNumber(float64(n) / r.Seconds)
		}
		table.row("  "+f.name, thousands(n), each)
	}
	if len(table.rows) == 1 {
		return ""
	}
	return table.lines("")
}

func saidServers(r Result) string {
	if len(r.Servers) == 0 && r.Client == (Process{}) {
		return ""
	}
	table := grid{}
	table.row("Used up", "CPU", "of a core", "memory", "Redis commands")
	line := func(name string, cpu, memory, redis float64) {
		busy, commands := "", ""
		if r.Seconds > 0 {
			busy = digits3(100*cpu/r.Seconds) + " %"
		}
		if redis > 0 {
			commands = showNumber(redis)
		}
		table.row("  "+plain(name, 36), showSeconds(cpu), busy, showBytes(memory), commands)
	}
	for _, s := range r.Servers {
		line(s.URL, s.CPUSeconds, s.MemoryBytes, s.RedisCommands)
	}
	if len(r.Servers) > 1 {
		all := r.server()
		line("servers together", all.CPUSeconds, all.MemoryBytes, all.RedisCommands)
	}
	line("the load test", r.Client.CPUSeconds, r.Client.MemoryBytes, 0)
	each := grid{}
	for _, f := range spent() {
		if m, known := f.of(r); known {
			each.row(f.name, f.unit.show(m.value))
		}
	}
	return table.lines("") + each.lines("  ")
}

func saidCodes(r Result) string {
	said := ""
	for _, section := range []struct {
		title  string
		counts map[string]int64
	}{{"Grants by cause", r.Grants}, {"Losses by reason", r.Losses}, {"Refusals by code", r.Refusals}, {"Errors by code", r.Errors}} {
		var codes []string
		for _, code := range mostFirst(section.counts) {
			codes = append(codes, strings.ReplaceAll(plain(code, 40), " ", "_")+" "+thousands(section.counts[code]))
		}
		if len(codes) > 0 {
			said += section.title + "\n  " + strings.Join(fold(strings.Join(codes, ", "), width-2), "\n  ") + "\n"
		}
	}
	return said
}

// mostFirst are the keys of what was counted at least once, the most frequent first.
func mostFirst(counts map[string]int64) []string {
	keys := slices.DeleteFunc(slices.Collect(maps.Keys(counts)), func(key string) bool { return counts[key] == 0 })
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys
}

// shownViolations is how many violations are shown with their evidence.
const shownViolations = 3

func saidVerdict(v Verdict) string {
	said := v.line() + "\n"
	table := grid{left: map[int]bool{2: true}}
	table.row("Promise", "looked at")
	for _, p := range v.promises() {
		found := "kept"
		if p.Broken > 0 {
			found = "BROKEN " + howMany(int64(p.Broken), "time")
		}
		table.row("  "+p.Promise.line(), thousands(p.Times), found)
	}
	if len(table.rows) > 1 {
		said += table.lines("")
	}
	for i, violation := range v.Violations {
		if i == shownViolations {
			return said + "\n" + howMany(int64(len(v.Violations)-i), "more violation") + ": see the report\n"
		}
		said += "\n" + strings.Join(fold(plain(violation.headline(), 10*width), width-2), "\n  ") + "\n"
		for _, line := range violation.Evidence {
			said += "  " + plain(line, width-2) + "\n"
		}
	}
	return said
}
