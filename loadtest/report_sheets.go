package loadtest

// filled are the tables that have something in them.
func filled(sheets ...sheet) []sheet {
	var kept []sheet
	for _, s := range sheets {
		if len(s.Rows) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

func timingSheet(r Result) sheet {
	s := sheet{Title: "Times", Head: []string{"", "", "times", "p50", "p90", "p95", "p99", "p99.9", "max"}, Words: 1, Wide: true}
	for _, m := range r.timed() {
		row := []string{string(m.metric), m.short, showNumber(float64(m.timing.Count()))}
		for _, q := range quantiles {
			row = append(row, showSeconds(m.timing.Quantile(q.share).Seconds()))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func promiseSheet(v Verdict) sheet {
	s := sheet{Title: "Promises", Head: []string{"", "looked at", "broken"}}
	for _, p := range v.promises() {
		s.Rows = append(s.Rows, []string{p.Promise.line(), thousands(p.Times), thousands(int64(p.Broken))})
	}
	return s
}

func countSheet(r Result) sheet {
	s := sheet{Title: "Counts", Head: []string{"", "total", "a second"}}
	for _, f := range counted() {
		n := r.Counts[f.name]
		if n == 0 {
			continue
		}
		each := ""
		if r.Seconds > 0 {
			each = showNumber(float64(n) / r.Seconds)
		}
		s.Rows = append(s.Rows, []string{f.name, thousands(n), each})
	}
	return s
}

func serverSheet(r Result) sheet {
	s := sheet{Title: "Used up", Head: []string{"", "CPU", "memory at most", "Redis commands"}, Wide: true}
	for _, server := range r.Servers {
		s.Rows = append(s.Rows, []string{server.URL, showSeconds(server.CPUSeconds), showBytes(server.MemoryBytes), showNumber(server.RedisCommands)})
	}
	if len(r.Servers) > 1 {
		all := r.server()
		s.Rows = append(s.Rows, []string{"servers together", showSeconds(all.CPUSeconds), showBytes(all.MemoryBytes), showNumber(all.RedisCommands)})
	}
	if r.Client != (Process{}) {
		s.Rows = append(s.Rows, []string{"the load test", showSeconds(r.Client.CPUSeconds), showBytes(r.Client.MemoryBytes), ""})
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
