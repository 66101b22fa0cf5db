package loadtest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata anew")

// golden holds a text against the file of that name.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// slower is a sample that is another one in some ways, and slower in others.
func slower() Result {
	r := sampleRun(90, 2000)
	r.Began = r.Began.Add(time.Hour)
	r.Plan.Rate, r.Plan.Ramp = 120, time.Minute
	for range 20_000 {
		r.Timings[Take].Observe(30 * time.Millisecond)
	}
	delete(r.Timings, SeenAcross)
	r.Counts[CountLogins] = r.Counts[CountLogins] * 5 / 4
	r.Refusals["seats_full"] *= 2
	r.Verdict.Violations = broken().Verdict.Violations[:1]
	return r
}

func TestComparisonsReadWell(t *testing.T) {
	t.Parallel()
	golden(t, "compare.txt", Compare(sampleRun(90, 2000), slower()).String())
}

func TestARunComparedWithItselfIsTheSame(t *testing.T) {
	t.Parallel()
	c := Compare(sampleRun(20, 400), sampleRun(20, 400))
	for _, row := range c.Rows {
		if row.Change != Same || row.A != row.B {
			t.Errorf("%+v", row)
		}
	}
	if len(c.Plans) != 0 || len(c.Rows) < 20 {
		t.Errorf("%+v", c)
	}
}

// Ten times tell less of a run than ten thousand.
func TestAFewTimesProveNoChange(t *testing.T) {
	t.Parallel()
	timed := func(n int, middle time.Duration) Result {
		r := Result{Timings: map[Metric]*Timing{Login: {}}}
		for i := range n {
			r.Timings[Login].Observe(middle + time.Duration(i%10)*10*time.Millisecond)
		}
		return r
	}
	for _, test := range []struct {
		n    int
		want Change
	}{{10, Noise}, {10_000, Worse}} {
		c := Compare(timed(test.n, 100*time.Millisecond), timed(test.n, 120*time.Millisecond))
		if row := c.Rows[0]; row.Name != "login_p50" || row.Change != test.want {
			t.Errorf("of %d times: %+v, not %s", test.n, row, test.want)
		}
	}
}
