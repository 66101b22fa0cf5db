package loadtest

import (
	"maps"
	"slices"
)

// knownMetrics are all that is timed, in the order in which it is shown.
var knownMetrics = []timedMetric{
	{Login, "Login", "to the welcome", "from dialling to the welcome", nil},
	{Take, "Take", "to the answer", "from asking for a seat to the answer", nil},
	{Release, "Release", "to the next grant", "from a seat given back to the next in line having it", nil},
	{SeenHere, "Seen here", "on the same node", "from choosing a status to a colleague on the same node seeing it", nil},
	{SeenAcross, "Seen across", "on another node", "from choosing a status to a colleague on another node seeing it", nil},
	{Reconnect, "Reconnect", "to the seat again", "from losing the connection to having the seat again", nil},
}

// timedMetric is a metric in words, and what came of it in a run.
type timedMetric struct {
	metric Metric
	title  string
	short  string // what follows the metric in a line
	says   string
	timing *Timing
}

// timed are the metrics that were timed at least once, the known ones in their order and others after them.
func (r Result) timed() []timedMetric {
	var found []timedMetric
	left := maps.Clone(r.Timings)
	for _, m := range knownMetrics {
		m.timing = left[m.metric]
		found = append(found, m)
		delete(left, m.metric)
	}
	for _, metric := range slices.Sorted(maps.Keys(left)) {
		found = append(found, timedMetric{metric: metric, title: string(metric), timing: left[metric]})
	}
	return slices.DeleteFunc(found, func(m timedMetric) bool { return m.timing == nil || m.timing.Count() == 0 })
}
