package loadtest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// No peak and no dip of a long run is lost, however few stretches it is summed up in.
func TestThinningKeepsExtremes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var points []point
		x := 0.0
		for _, y := range rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 1, 300).Draw(t, "values") {
			x += float64(rapid.IntRange(1, 50).Draw(t, "apart"))
			points = append(points, point{x, y})
		}
		stretches := rapid.IntRange(1, 20).Draw(t, "stretches")
		sums := thin(points, stretches)
		if len(sums) > stretches {
			t.Fatalf("%d stretches, not %d", len(sums), stretches)
		}
		low, high := extremes(points)
		lowest, highest := math.Inf(1), math.Inf(-1)
		for i, s := range sums {
			lowest, highest = min(lowest, s.low), max(highest, s.high)
			if s.mean < s.low-1e-3 || s.mean > s.high+1e-3 {
				t.Fatalf("a mean of %g is outside %g to %g", s.mean, s.low, s.high)
			}
			if i > 0 && s.x <= sums[i-1].x {
				t.Fatal("time goes back")
			}
		}
		if lowest != points[low].y || highest != points[high].y {
			t.Fatalf("%g to %g became %g to %g", points[low].y, points[high].y, lowest, highest)
		}
	})
}

func TestAxesHoldTheirValuesAndMarkAFewOfThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		highest := math.Pow(10, rapid.Float64Range(-6, 18).Draw(t, "highest"))
		lowest := highest / math.Pow(10, rapid.Float64Range(1.7, 9).Draw(t, "below"))
		of := rapid.SampledFrom([]unit{inNumbers, inSeconds, inBytes, inCores}).Draw(t, "unit")
		for name, s := range map[string]scale{
			"linear":      linear(highest, of),
			"logarithmic": logarithmic(lowest, highest),
			"elapsed":     elapsed(math.Round(min(highest, 1e7))),
		} {
			if n := len(s.ticks); n < 2 || n > 12 {
				t.Fatalf("%s: %v", name, s.ticks)
			}
			if !slices.IsSorted(s.ticks) || s.at(s.ticks[0]) < 0 || s.at(s.ticks[len(s.ticks)-1]) > 1 {
				t.Fatalf("%s: %v", name, s.ticks)
			}
			if name != "elapsed" && s.to < highest*(1-1e-9) {
				t.Fatalf("%s: %g is above %g", name, highest, s.to)
			}
		}
	})
}

func TestAxesAreRound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		got  scale
		want string
	}{
		{linear(0, inNumbers), "[0 1]"},
		{linear(1, inNumbers), "[0 1]"},
		{linear(87, inNumbers), "[0 50 100]"},
		{linear(80, inNumbers), "[0 20 40 60 80]"},
		{linear(0.9, inCores), "[0 0.5 1]"},
		{linear(0.173, inSeconds), "[0 0.05 0.1 0.15000000000000002 0.2]"},
		{linear(500, inSeconds), "[0 300 600]"},
		{logarithmic(0.012, 0.9), "[0.01 0.02 0.05 0.1 0.2 0.5 1]"},
		{elapsed(89), "[0 15 30 45 60 75]"},
		{elapsed(0), "[0 1]"},
	}
	for _, test := range tests {
		if got := fmt.Sprint(test.got.ticks); got != test.want {
			t.Errorf("%s, not %s", got, test.want)
		}
	}
}

// What stands beside the lines and below them can be read, on whatever scale.
func TestLabelsDoNotOverlap(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ordinary", "three hours", "one second", "huge", "hostile"} {
		for _, group := range chartGroups(pages[name]()) {
			for _, d := range group.Charts {
				taken := -math.MaxFloat64
				for _, mark := range d.XTicks {
					half := glyph * float64(len([]rune(mark.Says))) / 2
					if mark.At-half < taken || mark.At+half > d.Width+half/2 {
						t.Errorf("%s: %s: %s at %g", name, d.Title, mark.Says, mark.At)
					}
					taken = mark.At + half
				}
				var at []float64
				for _, line := range d.Lines {
					if line.LabelY > 0 {
						at = append(at, line.LabelY)
					}
				}
				slices.Sort(at)
				for i := range at {
					if i > 0 && at[i]-at[i-1] < 12 || at[i] < d.Top || at[i] > d.Bottom {
						t.Errorf("%s: %s: names at %v", name, d.Title, at)
					}
				}
				if d.Left < 14 || d.Right-d.Left < d.Width/3 {
					t.Errorf("%s: %s: from %g to %g", name, d.Title, d.Left, d.Right)
				}
			}
		}
	}
}

// A pause of what is measured is not drawn as if it had gone on; what stands alone is drawn all the same.
func TestGapsAreNotJoined(t *testing.T) {
	t.Parallel()
	c := chart{unit: inNumbers, x: elapsed(100), gap: 15, xSays: saidNines, series: []series{{look: area, points: []point{{0, 1}, {1, 2}, {50, 4}, {98, 1}, {99, 1}}}}}
	line := c.draw().Lines[0]
	for what, n := range map[string]int{line.Path: 3, line.Fill: 3, line.Dots: 1} {
		if got := strings.Count(what, "M"); got != n {
			t.Errorf("%s: %d pieces, not %d", what, got, n)
		}
	}
}
