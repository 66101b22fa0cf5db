package loadtest

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// chartGroup is a part of the report.
type chartGroup struct {
	Title  string
	Sheets []sheet
	Charts []drawing
}

// chartGroups draws all charts that a result has something to show for.
func chartGroups(r Result) []chartGroup {
	overTime := timeCharts(r)
	groups := []struct {
		title  string
		charts []chart
		sheets []sheet
	}{
		{"How long it took", append([]chart{ninesChart(r.timed())}, overTime.timings(r.timed())...), []sheet{timingSheet(r)}},
		{"What agents did", overTime.agents(), nil},
		{"What the servers used up", overTime.servers(), []sheet{usedSheet(r), eachSheet(r)}},
	}
	var drawn []chartGroup
	for _, g := range groups {
		group := chartGroup{Title: g.title, Sheets: filled(g.sheets...)}
		for _, c := range g.charts {
			if d := c.draw(); len(d.Lines) > 0 {
				group.Charts = append(group.Charts, d)
			}
		}
		if len(group.Charts)+len(group.Sheets) > 0 {
			drawn = append(drawn, group)
		}
	}
	return drawn
}

// timeline makes charts over the seconds of a run.
type timeline struct {
	seconds []Second
	x       scale
	marks   []float64
}

func timeCharts(r Result) timeline {
	t := timeline{seconds: r.Timeline}
	for _, violation := range r.Verdict.Violations {
		t.marks = append(t.marks, violation.At)
	}
	if n := len(r.Timeline); n > 0 {
		t.x = elapsed(float64(r.Timeline[n-1].At))
	}
	return t
}

func (t timeline) chart(id, title, note string, u unit, series ...series) chart {
	return chart{
		id: id, title: title, note: note, unit: u, x: t.x, marks: t.marks, series: series,
		gap:   max(15, (t.x.to-t.x.from)/40),
		xSays: func(at float64) string { return shortDuration(time.Duration(at * float64(time.Second))) },
	}
}

// counted is a series of what every second has.
func (t timeline) counted(name string, l look, of func(Second) int64) series {
	s := series{name: name, look: l}
	for _, second := range t.seconds {
		s.points = append(s.points, point{float64(second.At), float64(of(second))})
	}
	return s
}

// known is a series of what some seconds have.
func (t timeline) known(name string, l look, of func(Second) (float64, bool)) series {
	s := series{name: name, look: l}
	for _, second := range t.seconds {
		if v, has := of(second); has {
			s.points = append(s.points, point{float64(second.At), v})
		}
	}
	return s
}

func (t timeline) agents() []chart {
	return []chart{
		t.chart("rates", "Logins, grants, releases", "in each second", inNumbers,
			t.counted("logins", look1, func(s Second) int64 { return s.Logins }),
			t.counted("grants", look2, func(s Second) int64 { return s.Grants }),
			t.counted("releases", look3, func(s Second) int64 { return s.Releases }),
		),
		t.chart("seats", "Seats held", "as agents were told, against all that there are", inNumbers,
			t.counted("held", area, func(s Second) int64 { return s.Held }),
			t.counted("all seats", limit, func(s Second) int64 { return s.Seats }),
		),
		t.chart("waiting", "Waiting", "agents in line for a seat", inNumbers, t.counted("waiting", area, func(s Second) int64 { return s.Waiting })),
		t.chart("connected", "Connected", "agents who are logged in", inNumbers, t.counted("connected", area, func(s Second) int64 { return s.Connected })),
		t.chart("refusals", "Refusals, losses, errors", "in each second", inNumbers,
			t.counted("refusals", look1, func(s Second) int64 { return s.Refusals }),
			t.counted("losses", look2, func(s Second) int64 { return s.Losses }),
			t.counted("errors", look5, func(s Second) int64 { return s.Errors }),
		),
		t.chart("frames", "Frames", "that agents got in each second", inNumbers, t.counted("frames", area, func(s Second) int64 { return s.Frames })),
	}
}

func (t timeline) timings(timed []timedMetric) []chart {
	var charts []chart
	for i, m := range timed {
		in := func(of func(Second) Moments) func(Second) (float64, bool) {
			return func(s Second) (float64, bool) {
				ms, has := of(s)[m.metric]
				return ms / 1000, has
			}
		}
		charts = append(charts, t.chart("timing"+strconv.Itoa(i), m.title, m.says, inSeconds,
			t.known("half (p50)", look1, in(func(s Second) Moments { return s.P50 })),
			t.known("99 of 100 (p99)", look2, in(func(s Second) Moments { return s.P99 })),
		))
	}
	return charts
}

func (t timeline) servers() []chart {
	of := func(field func(Second) *float64) func(Second) (float64, bool) {
		return func(s Second) (float64, bool) {
			v := field(s)
			if v == nil {
				return 0, false
			}
			return *v, true
		}
	}
	return []chart{
		t.chart("cpu", "Processors", "kept busy by all servers together, in cores", inCores, t.known("cores", area, of(func(s Second) *float64 { return s.CPU }))),
		t.chart("memory", "Memory", "of all servers together", inBytes, t.known("memory", area, of(func(s Second) *float64 { return s.Memory }))),
		t.chart("redis", "Redis", "commands sent in each second", inNumbers, t.known("commands", area, of(func(s Second) *float64 { return s.Redis }))),
	}
}

// ninesPoints is how many quantiles the chart of all times shows of each metric.
const ninesPoints = 120

// ninesChart shows how long the slowest share of each metric took: x counts the nines of the share that was at least as fast.
func ninesChart(timed []timedMetric) chart {
	looks := []look{look1, look2, look3, look4, look5, look6}
	c := chart{
		id: "nines", title: "All times", note: "what so many in a hundred took at most", unit: inSeconds, xSays: saidNines, labels: true,
		gap: math.Inf(1), x: scale{to: 1},
	}
	for i, m := range timed {
		most := math.Log10(float64(max(m.timing.Count(), 2)))
		s := series{name: plain(m.title, 16), look: looks[i%len(looks)]}
		for step := range ninesPoints + 1 {
			nines := most * float64(step) / ninesPoints
			s.points = append(s.points, point{nines, m.timing.Quantile(1 - math.Pow(10, -nines)).Seconds()})
		}
		c.series = append(c.series, s)
		c.x.to = max(c.x.to, most)
	}
	if c.x.to < 4 { // or there is no room before 90 %
		c.x.ticks = append(c.x.ticks, math.Log10(2))
	}
	for nines := 1.0; nines <= c.x.to; nines++ {
		c.x.ticks = append(c.x.ticks, nines)
	}
	return c
}

// saidNines is a share by its nines: 2 is 99 %.
func saidNines(nines float64) string {
	said := strconv.FormatFloat(100*(1-math.Pow(10, -nines)), 'f', int(math.Ceil(nines)), 64)
	return strings.TrimRight(strings.TrimRight(said, "0"), ".") + " %"
}
