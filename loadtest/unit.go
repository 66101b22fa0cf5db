package loadtest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// unit is what a figure is counted in: how it is shown, and how it is given.
type unit int

const (
	inNumbers unit = iota
	inSeconds      // a duration
	inBytes        // in thousands, as in kB
	aSecond        // so many of something
	inCores        // of processors: unlike other numbers, not whole
)

// show is a value with its unit, in three digits: 1.24 ms, 12.4 kB, 3,120 /s.
func (u unit) show(v float64) string {
	switch u {
	case inSeconds:
		return showSeconds(v)
	case inBytes:
		return showBytes(v)
	case aSecond:
		return showNumber(v) + " /s"
	case inNumbers, inCores:
	}
	return showNumber(v)
}

func showSeconds(v float64) string {
	switch size := math.Abs(v); {
	case size == 0:
		return "0 s"
	case size < 999.5e-6:
		return digits3(v*1e6) + " µs"
	case size < 999.5e-3:
		return digits3(v*1e3) + " ms"
	case size < 99.95:
		return digits3(v) + " s"
	default:
		return shortDuration(time.Duration(v * float64(time.Second)))
	}
}

// shortDuration is a duration in whole seconds, without what is zero at its end: 1h30m, 45s.
func shortDuration(d time.Duration) string {
	if d < time.Second && d > 0 {
		return d.String()
	}
	said := d.Round(time.Second).String()
	if short, cut := strings.CutSuffix(said, "m0s"); cut {
		said = short + "m"
	}
	if short, cut := strings.CutSuffix(said, "h0m"); cut {
		said = short + "h"
	}
	return said
}

func showBytes(v float64) string {
	for i, name := range []string{" B", " kB", " MB", " GB"} {
		if scaled := v / math.Pow(1000, float64(i)); math.Abs(scaled) < 999.5 {
			return digits3(scaled) + name
		}
	}
	return digits3(v/1e12) + " TB"
}

// showNumber is a number in three digits at least: all that stand before the point, in thousands, or shortened from a billion on.
func showNumber(v float64) string {
	switch size := math.Abs(v); {
	case size < 999.5:
		return digits3(v)
	case size < 1e9:
		return thousands(int64(math.Round(v)))
	case size < 999.5e9:
		return digits3(v/1e9) + " billion"
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
}

// digits3 writes a value below a thousand in three digits, without zeros at its end behind the point.
func digits3(v float64) string {
	size := math.Abs(v)
	behind := 0
	switch {
	case size >= 99.95 || size == 0:
	case size >= 9.995:
		behind = 1
	case size >= 0.01:
		behind = 2
	default:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	said := strconv.FormatFloat(v, 'f', behind, 64)
	if behind > 0 {
		said = strings.TrimRight(strings.TrimRight(said, "0"), ".")
	}
	return said
}

// thousands writes a count with commas.
func thousands(n int64) string {
	said := strconv.FormatInt(n, 10)
	sign := ""
	if said[0] == '-' {
		sign, said = "-", said[1:]
	}
	for i := len(said) - 3; i > 0; i -= 3 {
		said = said[:i] + "," + said[i:]
	}
	return sign + said
}

// howMany is a count of something: 1 agent, 2,000 agents.
func howMany(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}

// parse reads a value as it is given with --fail.
func (u unit) parse(s string) (float64, error) {
	switch u {
	case inSeconds:
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return 0, fmt.Errorf("%q is no duration: give one like 200ms, 1.5s or 80us", s)
		}
		return d.Seconds(), nil
	case inBytes:
		return parseBytes(s)
	case aSecond:
		v, err := parseNumber(strings.TrimSuffix(s, "/s"))
		if err != nil {
			return 0, fmt.Errorf("%q is no rate: give how many a second, like 500", s)
		}
		return v, nil
	case inNumbers, inCores:
	}
	v, err := parseNumber(s)
	if err != nil {
		return 0, fmt.Errorf("%q is no number: give one like 0 or 25", s)
	}
	return v, nil
}

var byteUnits = []struct {
	name string
	size float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}}

func parseBytes(s string) (float64, error) {
	for _, u := range byteUnits {
		digits, has := strings.CutSuffix(s, u.name)
		if !has {
			continue
		}
		if v, err := parseNumber(strings.TrimSpace(digits)); err == nil {
			return v * u.size, nil
		}
		break
	}
	return 0, fmt.Errorf("%q is no size: give one like 800B, 12kB, 64KiB or 1.5GB", s)
}

func parseNumber(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, err
	}
	if v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, errors.New("out of range")
	}
	return v, nil
}
