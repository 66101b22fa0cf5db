package loadtest

import (
	"encoding/json"
	"testing"
	"time"
)

func TestTimingsAreMergedAsIfTheyHadBeenOne(t *testing.T) {
	t.Parallel()
	var all, odd, even Timing
	for i := range 10_000 {
		d := time.Duration(i) * time.Millisecond
		all.Observe(d)
		[]*Timing{&even, &odd}[i%2].Observe(d)
	}
	merged := Timing{}
	for _, part := range []*Timing{&odd, &even, {}} {
		b, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		var read Timing
		if err := json.Unmarshal(b, &read); err != nil {
			t.Fatal(err)
		}
		merged.Add(&read)
	}
	for _, share := range []float64{0, 0.5, 0.9, 0.99, 1} {
		if got, want := merged.Quantile(share), all.Quantile(share); got != want {
			t.Errorf("quantile %g is %s, of all in one %s", share, got, want)
		}
	}
	if merged.Count() != all.Count() {
		t.Errorf("%d times, not %d", merged.Count(), all.Count())
	}
	if at := all.Quantile(0.5); at < 4990*time.Millisecond || at > 5010*time.Millisecond {
		t.Errorf("half took %s at most", at)
	}
}

// Something that should begin every 10 ms and once takes a second kept about a hundred others from beginning.
func TestWhatCouldNotBeginIsMadeUpFor(t *testing.T) {
	t.Parallel()
	var timing Timing
	for range 99 {
		timing.ObserveEvery(time.Millisecond, 10*time.Millisecond)
	}
	timing.ObserveEvery(time.Second, 10*time.Millisecond)
	if got := timing.Count(); got != 199 {
		t.Errorf("%d times", got)
	}
	if got := timing.Quantile(0.9); got < 700*time.Millisecond {
		t.Errorf("a tenth took at least %s", got)
	}
}
