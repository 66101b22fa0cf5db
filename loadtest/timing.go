package loadtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// longest is what a Timing tells durations apart up to; longer ones count as that.
const longest = 10 * time.Minute

// digits are those of a time that a Timing keeps.
const digits = 3

// Timing is how long something took, all times of it: a histogram of microseconds, with three digits. The zero Timing is empty. Its
// methods are safe for concurrent use.
type Timing struct {
	mu    sync.Mutex
	times *hdrhistogram.Histogram // nil: empty
}

// Observe adds one time.
func (t *Timing) Observe(d time.Duration) { t.observe(d, 0) }

// ObserveEvery adds a time of something that should have begun once in every interval, and with it those that could not begin
// meanwhile: else who waits for the slow ones leaves out the times that would have been slow.
func (t *Timing) ObserveEvery(d, interval time.Duration) { t.observe(d, interval) }

func (t *Timing) observe(d, interval time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.times == nil {
		t.times = hdrhistogram.New(1, longest.Microseconds(), digits)
	}
	d = min(max(d, time.Microsecond), longest)
	_ = t.times.RecordCorrectedValue(d.Microseconds(), interval.Microseconds()) // it is within the bounds
}

// Count is how many times there are.
func (t *Timing) Count() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.times == nil {
		return 0
	}
	return t.times.TotalCount()
}

// Quantile is the time that a share of all took at most, like 0.99; 0 when there are none.
func (t *Timing) Quantile(share float64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.times == nil {
		return 0
	}
	return time.Duration(t.times.ValueAtQuantile(100*share)) * time.Microsecond
}

// Add adds all times of another one.
func (t *Timing) Add(o *Timing) {
	o.mu.Lock()
	var times *hdrhistogram.Histogram
	if o.times != nil {
		times = hdrhistogram.Import(o.times.Export())
	}
	o.mu.Unlock()
	if times == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.times == nil {
		t.times = times
		return
	}
	t.times.Merge(times)
}

// timing is a Timing as it is written: some quantiles to read, and the histogram to merge.
type timing struct {
	Count     int64              `json:"count"`
	MS        map[string]float64 `json:"ms"`
	Histogram string             `json:"histogram,omitempty"` // HdrHistogram V2, compressed, base64, of microseconds
}

// quantiles are those that have a name, in their order.
var quantiles = []struct {
	name     string
	share    float64
	headline bool // compared
}{{"p50", 0.5, true}, {"p90", 0.9, false}, {"p95", 0.95, true}, {"p99", 0.99, true}, {"p999", 0.999, false}, {"max", 1, false}}

// MarshalJSON writes the count, quantiles in milliseconds, and the whole histogram in HdrHistogram's own encoding.
func (t *Timing) MarshalJSON() ([]byte, error) {
	w := timing{Count: t.Count(), MS: map[string]float64{}}
	for _, q := range quantiles {
		w.MS[q.name] = float64(t.Quantile(q.share).Microseconds()) / 1000
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.times != nil {
		encoded, err := t.times.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			return nil, fmt.Errorf("timing: %w", err)
		}
		w.Histogram = string(encoded)
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the histogram back.
func (t *Timing) UnmarshalJSON(b []byte) error {
	var r timing
	if err := json.Unmarshal(b, &r); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times = nil
	if r.Histogram == "" {
		return nil
	}
	times, err := hdrhistogram.Decode([]byte(r.Histogram))
	if err != nil {
		return fmt.Errorf("timing: %w", err)
	}
	if times.HighestTrackableValue() != longest.Microseconds() || times.SignificantFigures() != digits {
		return errors.New("timing: its histogram has other bounds than those of a load test, and would lose times when it is merged")
	}
	t.times = times
	return nil
}
