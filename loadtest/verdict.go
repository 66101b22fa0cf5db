package loadtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// promised says in short what a promise is.
var promised = map[Promise]string{
	1: "never more seats granted than the total",
	3: "fences grow, and a stale one changes nothing",
	5: "one seat for a teammate, on however many devices",
	6: "waiters are served in order",
	7: "no seat is open while somebody waits who may have it",
	8: "grants less losses are the holders",
	9: "what agents see is what the engine has",
}

// line is the promise's number, and what it is in a few words.
func (p Promise) line() string {
	if says, known := promised[p]; known {
		return fmt.Sprintf("%d: %s", int(p), says)
	}
	return strconv.Itoa(int(p))
}

// looked is a promise: how often it was looked at, could not be looked at, and was broken.
type looked struct {
	Promise          Promise
	Times, Unchecked int64
	Broken           int
}

// promises are those that were to be looked at, by number.
func (v Verdict) promises() []looked {
	broken := map[Promise]int{}
	for _, violation := range v.Violations {
		broken[violation.Promise]++
	}
	all := maps.Clone(v.Checked)
	if all == nil {
		all = map[Promise]int64{}
	}
	for promise := range v.Unchecked {
		all[promise] += 0
	}
	for promise := range broken {
		all[promise] += 0
	}
	var promises []looked
	for _, promise := range slices.Sorted(maps.Keys(all)) {
		p := looked{promise, all[promise], v.Unchecked[promise], broken[promise]}
		if p.Times > 0 || p.Unchecked > 0 || p.Broken > 0 {
			promises = append(promises, p)
		}
	}
	return promises
}

// outcome is what a verdict comes down to.
type outcome string

const (
	kept      outcome = "kept"
	breached  outcome = "broken"
	unchecked outcome = "unchecked"
)

func (v Verdict) outcome() outcome {
	switch {
	case len(v.Violations) > 0:
		return breached
	case total(v.Checked) > 0:
		return kept
	default:
		return unchecked
	}
}

// line is the verdict in a sentence.
func (v Verdict) line() string {
	switch v.outcome() {
	case breached:
		return "Promises were broken: " + howMany(int64(len(v.Violations)), "violation") + "."
	case kept:
		said := fmt.Sprintf("All promises that were looked at were kept, %s times.", showNumber(float64(total(v.Checked))))
		if unchecked := total(v.Unchecked); unchecked > 0 {
			said += " " + showNumber(float64(unchecked)) + " times they could not be looked at, as too much was going on at once or was unknown."
		}
		return said
	case unchecked:
	}
	return "No promise was looked at: this run tells nothing about them."
}

// headline is a violation in a sentence, without its evidence.
func (v Violation) headline() string {
	return fmt.Sprintf("Promise %d was broken on license %s after %s: %s", int(v.Promise), v.License, showSeconds(v.At), v.What)
}
