package loadtest

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// figure is one number that a result comes down to: what --fail judges, what Compare compares, and what is shown.
type figure struct {
	name   string // as --fail has it
	unit   unit
	better direction
	of     func(Result) (measure, bool) // false: the run did not measure it
	// headline figures are compared; the others can be judged.
	headline bool
}

// measure is a value with the range in which the same run would find it again, nineteen times out of twenty, if nothing but chance
// made a difference.
type measure struct{ value, low, high float64 }

// direction is what is better of a figure.
type direction int

const (
	neither direction = iota
	lower
	higher
)

// figures are all that there are, in the order in which they are shown.
var figures = slices.Concat(timed(), counted(), rated(), spent())

// figureNamed finds a figure.
func figureNamed(name string) (figure, bool) {
	i := slices.IndexFunc(figures, func(f figure) bool { return f.name == name })
	if i < 0 {
		return figure{}, false
	}
	return figures[i], true
}

// figureNames lists the names there are, timings in short.
func figureNames() string {
	var times, shares, others []string
	for _, m := range knownMetrics {
		times = append(times, string(m.metric))
	}
	for _, q := range quantiles {
		shares = append(shares, "_"+q.name)
	}
	for _, f := range figures[len(times)*len(shares):] {
		others = append(others, f.name)
	}
	return strings.Join(times, " ") + ", each with " + strings.Join(shares, " ") + "; " + strings.Join(others, " ")
}

func timed() []figure {
	var made []figure
	for _, m := range knownMetrics {
		for _, q := range quantiles {
			made = append(made, figure{
				name: string(m.metric) + "_" + q.name, unit: inSeconds, better: lower, headline: q.headline,
				of: func(r Result) (measure, bool) {
					timing := r.Timings[m.metric]
					if timing == nil || timing.Count() == 0 {
						return measure{}, false
					}
					return timing.measure(q.share), true
				},
			})
		}
	}
	return made
}

// measure is a quantile in seconds. How many of n times are below it is a matter of chance, two standard deviations of which make
// its range.
func (t *Timing) measure(share float64) measure {
	off := 2 * math.Sqrt(share*(1-share)/float64(t.Count()))
	return measure{
		value: t.Quantile(share).Seconds(),
		low:   t.Quantile(max(share-off, 0)).Seconds(),
		high:  t.Quantile(min(share+off, 1)).Seconds(),
	}
}

func counted() []figure {
	sums := []struct {
		name   string
		better direction
		of     func(Result) int64
	}{
		{"violations", lower, func(r Result) int64 { return int64(len(r.Verdict.Violations)) }},
		{"errors", lower, func(r Result) int64 { return total(r.Errors) }},
		{"refusals", neither, func(r Result) int64 { return total(r.Refusals) }},
	}
	var made []figure
	for _, s := range sums {
		made = append(made, figure{
			name: s.name, better: s.better, headline: true,
			of: func(r Result) (measure, bool) { return counts(s.of(r), 1), true },
		})
	}
	for _, name := range countNames {
		f := figure{name: name, of: func(r Result) (measure, bool) { return counts(r.Counts[name], 1), true }}
		if name == CountLate || name == CountNotKept {
			f.better, f.headline = lower, true
		}
		made = append(made, f)
	}
	return made
}

// countNames are the counts of a Result, in the order in which they are shown.
var countNames = []string{
	CountLogins, CountTakes, CountGrants, CountReleases, CountHandOvers, CountLosses, CountLogouts,
	CountStatuses, CountReconnects, CountNotKept, CountResyncs, CountFrames, CountBytes, CountLate,
}

func rated() []figure {
	var made []figure
	for _, rate := range []struct{ name, count string }{
		{"login_rate", CountLogins}, {"take_rate", CountTakes}, {"grant_rate", CountGrants}, {"release_rate", CountReleases}, {"frame_rate", CountFrames},
	} {
		made = append(made, figure{
			name: rate.name, unit: aSecond, better: higher, headline: true,
			of: func(r Result) (measure, bool) { return counts(r.Counts[rate.count], r.Seconds), r.Seconds > 0 },
		})
	}
	return made
}

// counts is a count divided by something: chance makes it differ by two of its roots.
func counts(n int64, by float64) measure {
	value := float64(n)
	off := 2 * math.Sqrt(max(value, 0))
	return measure{value / by, (value - off) / by, (value + off) / by}
}

func spent() []figure {
	each := func(name string, u unit, of, by func(Result) float64) figure {
		return figure{name: name, unit: u, better: lower, headline: true, of: func(r Result) (measure, bool) {
			value := of(r) / by(r)
			return measure{value, value, value}, of(r) > 0 && by(r) > 0
		}}
	}
	logins := func(r Result) float64 { return float64(r.Counts[CountLogins]) }
	return []figure{
		each("server_cpu_per_login", inSeconds, func(r Result) float64 { return r.server().CPUSeconds }, logins),
		each("server_memory_per_agent", inBytes, func(r Result) float64 { return r.server().MemoryBytes }, connected),
		each("server_redis_per_login", inNumbers, func(r Result) float64 { return r.server().RedisCommands }, logins),
		each("client_cpu_per_login", inSeconds, func(r Result) float64 { return r.Client.CPUSeconds }, logins),
		each("client_memory_per_agent", inBytes, func(r Result) float64 { return r.Client.MemoryBytes }, connected),
	}
}

// server is what all servers have used up together.
func (r Result) server() Server {
	var all Server
	for _, s := range r.Servers {
		all.CPUSeconds += s.CPUSeconds
		all.MemoryBytes += s.MemoryBytes
		all.RedisCommands += s.RedisCommands
	}
	return all
}

// connected is how many agents were connected at most.
func connected(r Result) float64 {
	var most int64
	for _, second := range r.Timeline {
		most = max(most, second.Connected)
	}
	return float64(most)
}

func total[K comparable](counts map[K]int64) int64 {
	var all int64
	for n := range maps.Values(counts) {
		all += n
	}
	return all
}
