package loadtest

import (
	"maps"
	"slices"
)

// sheet is a table, as both the terminal and the report have it. Its first column stands to the left.
type sheet struct {
	Title string
	Head  []string // over the columns after the first; none: they need no names
	Rows  [][]string
	Words int  // how many columns, after the first, are words, and stand to the left as well
	Wide  bool // has so many columns that the report gives it the place of two
}

// lines is the sheet for a terminal, its first column in so many runes at most; nothing where it has no rows.
func (s sheet) lines(atMost int) string {
	if len(s.Rows) == 0 {
		return ""
	}
	table := grid{left: map[int]bool{}}
	for column := range s.Words + 1 {
		table.left[column] = true
	}
	table.row(append([]string{s.Title}, s.Head...)...)
	for _, row := range s.Rows {
		table.row(append([]string{"  " + plain(row[0], atMost)}, row[1:]...)...)
	}
	return table.lines("")
}

// filled are the tables that have something in them.
func filled(sheets ...sheet) []sheet {
	return slices.DeleteFunc(sheets, func(s sheet) bool { return len(s.Rows) == 0 })
}

func timingSheet(r Result) sheet {
	s := sheet{Title: "Times", Head: []string{"", "times", "p50", "p90", "p95", "p99", "p99.9", "max"}, Words: 1, Wide: true}
	for _, m := range r.timed() {
		row := []string{string(m.metric), m.short, showNumber(float64(m.timing.Count()))}
		for _, q := range quantiles {
			row = append(row, showSeconds(m.timing.Quantile(q.share).Seconds()))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func countSheet(r Result) sheet {
	s := sheet{Title: "Counts", Head: []string{"total", "a second"}}
	left := maps.Clone(r.Counts)
	add := func(name string) {
		if n := left[name]; n != 0 {
			each := ""
			if r.Seconds > 0 {
				each = showNumber(float64(n) / r.Seconds)
			}
			s.Rows = append(s.Rows, []string{name, thousands(n), each})
		}
		delete(left, name)
	}
	for _, name := range countNames {
		add(name)
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		add(name)
	}
	return s
}

func usedSheet(r Result) sheet {
	s := sheet{Title: "Used up", Head: []string{"CPU", "of a core", "memory", "Redis commands"}, Wide: true}
	add := func(name string, cpu, memory, commands float64) {
		busy, redis := "", ""
		if r.Seconds > 0 {
			busy = showNumber(100*cpu/r.Seconds) + " %"
		}
		if commands > 0 {
			redis = showNumber(commands)
		}
		s.Rows = append(s.Rows, []string{name, showSeconds(cpu), busy, showBytes(memory), redis})
	}
	for _, server := range r.Servers {
		add(server.URL, server.CPUSeconds, server.MemoryBytes, server.RedisCommands)
	}
	if len(r.Servers) > 1 {
		all := r.server()
		add("servers together", all.CPUSeconds, all.MemoryBytes, all.RedisCommands)
	}
	if r.Client != (Process{}) {
		add("the load test", r.Client.CPUSeconds, r.Client.MemoryBytes, 0)
	}
	return s
}

func eachSheet(r Result) sheet {
	s := sheet{Title: "For each login and agent"}
	for _, f := range spent() {
		if m, known := f.of(r); known {
			s.Rows = append(s.Rows, []string{f.name, f.unit.show(m.value)})
		}
	}
	return s
}

func promiseSheet(v Verdict) sheet {
	s := sheet{Title: "Promises", Head: []string{"looked at", "could not be", ""}, Wide: true}
	for _, p := range v.promises() {
		found := "kept"
		switch {
		case p.Broken > 0:
			found = "BROKEN " + howMany(int64(p.Broken), "time")
		case p.Times == 0:
			found = "unknown"
		}
		s.Rows = append(s.Rows, []string{p.Promise.line(), thousands(p.Times), thousands(p.Unchecked), found})
	}
	return s
}
