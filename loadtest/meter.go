package loadtest

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// tally is something that is counted.
type tally int

const (
	tallyLogins tally = iota
	tallyTakes
	tallyGrants
	tallyRefusals
	tallyReleases
	tallyLosses
	tallyLogouts
	tallyHandOvers
	tallyStatuses
	tallyReconnects
	tallyUnkept // seats that were held when a connection was lost, and not any more when it was back
	tallyResyncs
	tallyFrames
	tallyErrors
	tallyLate // things that were due and could not begin, as all agents were busy
	tallies
)

// tallyNames are those of Result.Counts.
var tallyNames = [tallies]string{
	tallyLogins: CountLogins, tallyTakes: CountTakes, tallyGrants: CountGrants, tallyRefusals: "refusals", tallyReleases: CountReleases,
	tallyLosses: CountLosses, tallyLogouts: CountLogouts, tallyHandOvers: CountHandOvers, tallyStatuses: CountStatuses,
	tallyReconnects: CountReconnects, tallyUnkept: CountNotKept, tallyResyncs: CountResyncs, tallyFrames: CountFrames,
	tallyErrors: "errors", tallyLate: CountLate,
}

var metrics = []Metric{Login, Take, Release, SeenHere, SeenAcross, Reconnect}

// meter counts and measures what agents do. Until begin it does so for the timeline alone. It is safe for concurrent use.
type meter struct {
	counts    [tallies]atomic.Int64
	connected atomic.Int64
	held      atomic.Int64
	waiting   atomic.Int64
	read      atomic.Int64 // bytes from the servers
	written   atomic.Int64 // bytes to them
	heard     atomic.Int64 // when the last frame came, since the run began

	mu       sync.Mutex
	begun    bool
	from     reading // at begin
	errs     map[string]int64
	refusals map[string]int64
	grants   map[string]int64
	losses   map[string]int64
	total    map[Metric]*Timing
	second   map[Metric]*Timing // what was timed since the last lap
	lapped   reading
}

// reading is what the counters show at a moment.
type reading struct {
	counts [tallies]int64
	bytes  int64
}

func newMeter() *meter {
	return &meter{
		errs: map[string]int64{}, refusals: map[string]int64{}, grants: map[string]int64{}, losses: map[string]int64{},
		total: map[Metric]*Timing{}, second: map[Metric]*Timing{},
	}
}

func (m *meter) count(t tally) { m.counts[t].Add(1) }

// failed counts an error.
func (m *meter) failed(code string) {
	m.count(tallyErrors)
	m.countIn(m.errs, code)
}

func (m *meter) refused(code string) {
	m.count(tallyRefusals)
	m.countIn(m.refusals, code)
}

func (m *meter) granted(cause string) {
	m.count(tallyGrants)
	m.countIn(m.grants, cause)
}

func (m *meter) lost(reason string) {
	m.count(tallyLosses)
	m.countIn(m.losses, reason)
}

func (m *meter) countIn(by map[string]int64, code string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun {
		by[code]++
	}
}

func (m *meter) took(what Metric, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.in(m.second, what).Observe(d)
	if m.begun {
		m.in(m.total, what).Observe(d)
	}
}

func (m *meter) in(timings map[Metric]*Timing, what Metric) *Timing {
	t := timings[what]
	if t == nil {
		t = &Timing{}
		timings[what] = t
	}
	return t
}

func (m *meter) reading() reading {
	r := reading{bytes: m.read.Load() + m.written.Load()}
	for t := range tallies {
		r.counts[t] = m.counts[t].Load()
	}
	return r
}

// begin begins what is measured.
func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun, m.from = true, m.reading()
}

// lap is what happened since the last one.
func (m *meter) lap(at int) Second {
	m.mu.Lock()
	timed := m.second
	m.second = map[Metric]*Timing{}
	now, before := m.reading(), m.lapped
	m.lapped = now
	m.mu.Unlock()
	since := func(t tally) int64 { return now.counts[t] - before.counts[t] }
	s := Second{
		At: at, Connected: m.connected.Load(), Held: m.held.Load(), Waiting: m.waiting.Load(),
		Logins: since(tallyLogins), Takes: since(tallyTakes), Grants: since(tallyGrants), Refusals: since(tallyRefusals),
		Releases: since(tallyReleases), Losses: since(tallyLosses), Errors: since(tallyErrors), Frames: since(tallyFrames), Bytes: now.bytes - before.bytes,
		P50: Moments{}, P99: Moments{},
	}
	for what, t := range timed {
		s.P50[what], s.P99[what] = milliseconds(t.Quantile(0.5)), milliseconds(t.Quantile(0.99))
	}
	return s
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// result fills in what was measured.
func (m *meter) result(r *Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Counts, r.Errors, r.Refusals = map[string]int64{}, maps.Clone(m.errs), maps.Clone(m.refusals)
	r.Grants, r.Losses = maps.Clone(m.grants), maps.Clone(m.losses)
	r.Timings = map[Metric]*Timing{}
	for _, what := range metrics {
		r.Timings[what] = m.in(m.total, what)
	}
	if !m.begun {
		return
	}
	now := m.reading()
	for t := range tallies {
		r.Counts[tallyNames[t]] = now.counts[t] - m.from.counts[t]
	}
	r.Counts[CountBytes] = now.bytes - m.from.bytes
}
