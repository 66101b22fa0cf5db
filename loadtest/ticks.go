package loadtest

import (
	"math"
	"slices"
)

// scale places the values of an axis between 0 and 1, and marks round ones among them.
type scale struct {
	from, to float64
	log      bool
	ticks    []float64
}

// at is where a value stands. Values beyond the scale stand at its ends.
func (s scale) at(v float64) float64 {
	from, to := s.from, s.to
	if s.log {
		from, to, v = math.Log(from), math.Log(to), math.Log(max(v, from))
	}
	return min(max((v-from)/(to-from), 0), 1)
}

// linear is a scale from 0 to a round value at or above the highest, with some five ticks; of nothing but zeros it goes to 1.
func linear(highest float64, u unit) scale {
	if highest <= 0 {
		highest = 1
	}
	step := roundUp(highest / 4)
	switch {
	case u == inSeconds && highest >= 120:
		step = pickStep(highest/4, timeSteps)
	case u == inNumbers:
		step = max(step, 1)
	}
	s := scale{to: math.Ceil(highest/step-1e-9) * step}
	for i := range int(math.Round(s.to/step)) + 1 {
		s.ticks = append(s.ticks, float64(i)*step)
	}
	return s
}

// logarithmic is a scale from a round value at or below the lowest, which is above 0, to one at or above the highest.
func logarithmic(lowest, highest float64) scale {
	s := scale{log: true, from: roundDown(lowest), to: roundUp(highest)}
	if s.from == s.to {
		s.to = roundUp(s.from * 1.5)
	}
	steps := []float64{1, 2, 5}
	if s.to/s.from > 300 {
		steps = steps[:1]
	}
	for decade := math.Floor(math.Log10(s.from)); decade <= math.Ceil(math.Log10(s.to)); decade++ {
		for _, step := range steps {
			v := step * math.Pow(10, decade)
			if v >= s.from*(1-1e-9) && v <= s.to*(1+1e-9) {
				s.ticks = append(s.ticks, v)
			}
		}
	}
	return s
}

// timeSteps are round durations in seconds.
var timeSteps = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400}

// elapsed is a scale of the seconds of a run, up to its last one.
func elapsed(last float64) scale {
	s := scale{to: max(last, 1)}
	step := pickStep(s.to/7, timeSteps)
	for v := 0.0; v <= s.to; v += step {
		s.ticks = append(s.ticks, v)
	}
	return s
}

// pickStep is the first step that is as long as asked for, or a multiple of the longest.
func pickStep(atLeast float64, steps []float64) float64 {
	if i := slices.IndexFunc(steps, func(step float64) bool { return step >= atLeast }); i >= 0 {
		return steps[i]
	}
	longest := steps[len(steps)-1]
	return longest * math.Ceil(atLeast/longest)
}

// roundUp is the lowest of 1, 2 and 5 times a power of ten that is not below v; roundDown the highest that is not above.
func roundUp(v float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 5} {
		if step*decade >= v*(1-1e-9) {
			return step * decade
		}
	}
	return 10 * decade
}

func roundDown(v float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{5, 2} {
		if step*decade <= v*(1+1e-9) {
			return step * decade
		}
	}
	return decade
}
