package loadtest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Merge puts together what the processes of one run have measured, in any order and in any number of steps. Parts have one plan, but
// for which part they are, ran at the same time, and none is there twice; the errors count the parts as they were given, from 1. A part that is not there is no error: Missing names it.
//
//   - Timings are merged by histogram: their quantiles are those of all times together.
//   - Counts and the timeline are added, by seconds since each part's own beginning: processes are best started together.
//   - The percentiles of one second are the highest of any part, as those of all together are not known: a merged timeline never
//     looks better than the run was.
//   - All parts have sampled the same servers: their figures are the highest of any part.
//   - Seconds is that of the part that took longest, so that rates are not flattered.
//   - Violations stand in their order; what was checked is added.
func Merge(parts ...Result) (Result, error) {
	if len(parts) == 0 {
		return Result{}, errors.New("there is nothing to merge: give the results of a run's parts")
	}
	if err := oneRun(parts); err != nil {
		return Result{}, err
	}
	whole := Result{Format: resultFormat, Plan: parts[0].Plan, Began: parts[0].Began, Timings: map[Metric]*Timing{}}
	whole.Plan.Part = 0
	for _, part := range parts {
		whole.add(part)
	}
	slices.Sort(whole.Merged)
	slices.SortFunc(whole.Servers, func(a, b Server) int { return cmp.Compare(a.URL, b.URL) })
	slices.SortStableFunc(whole.Verdict.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.License, b.License), cmp.Compare(a.Promise, b.Promise), cmp.Compare(a.What, b.What))
	})
	return whole, nil
}

// oneRun finds what keeps parts from being parts of one run.
func oneRun(parts []Result) error {
	given := map[int]int{} // where each part was given
	for i, part := range parts {
		if err := part.checkParts(); err != nil {
			return fmt.Errorf("number %d of those to merge: %w", i+1, err)
		}
		if others := differences(parts[0].Plan, part.Plan); len(others) > 0 {
			return fmt.Errorf("number %d of those to merge is of another run than number 1: %s", i+1, strings.Join(others, ", "))
		}
		if apart := part.Began.Sub(parts[0].Began).Abs(); apart > clocksApart+seconds(max(part.Seconds, parts[0].Seconds)) {
			return fmt.Errorf("number %d of those to merge is of another run than number 1: it began %s apart; parts run at the same time",
				i+1, apart.Round(time.Second))
		}
		for _, number := range part.parts() {
			if before, twice := given[number]; twice {
				return fmt.Errorf("part %d of %d is there twice, in number %d and number %d of those to merge: give each part once",
					number, part.Plan.Parts, before, i+1)
			}
			given[number] = i + 1
		}
	}
	return nil
}

// clocksApart is how far the clocks of the machines that a run's parts are on may be apart.
const clocksApart = time.Minute

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func (r *Result) add(part Result) {
	r.Merged = append(r.Merged, part.parts()...)
	r.Parts = len(r.Merged)
	if part.Began.Before(r.Began) {
		r.Began = part.Began
	}
	r.Seconds = max(r.Seconds, part.Seconds)
	for metric, timing := range part.Timings {
		if r.Timings[metric] == nil {
			r.Timings[metric] = &Timing{}
		}
		r.Timings[metric].Add(timing)
	}
	addCounts(&r.Counts, part.Counts)
	addCounts(&r.Errors, part.Errors)
	addCounts(&r.Refusals, part.Refusals)
	addCounts(&r.Grants, part.Grants)
	addCounts(&r.Losses, part.Losses)
	r.Timeline = addTimelines(r.Timeline, part.Timeline)
	for _, server := range part.Servers {
		r.addServer(server)
	}
	r.Client.CPUSeconds += part.Client.CPUSeconds
	r.Client.MemoryBytes += part.Client.MemoryBytes
	addCounts(&r.Verdict.Checked, part.Verdict.Checked)
	addCounts(&r.Verdict.Unchecked, part.Verdict.Unchecked)
	r.Verdict.Violations = append(r.Verdict.Violations, part.Verdict.Violations...)
}

func (r *Result) addServer(s Server) {
	i := slices.IndexFunc(r.Servers, func(known Server) bool { return known.URL == s.URL })
	if i < 0 {
		r.Servers = append(r.Servers, s)
		return
	}
	known := &r.Servers[i]
	known.CPUSeconds = max(known.CPUSeconds, s.CPUSeconds)
	known.MemoryBytes = max(known.MemoryBytes, s.MemoryBytes)
	known.RedisCommands = max(known.RedisCommands, s.RedisCommands)
}

func addCounts[K comparable](to *map[K]int64, counts map[K]int64) {
	if *to == nil {
		*to = map[K]int64{}
	}
	for what, n := range counts {
		(*to)[what] += n
	}
}

// addTimelines adds two timelines, each in order. A second that only one of them has is as that has it.
func addTimelines(a, b []Second) []Second {
	both := make([]Second, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].At < b[0].At:
			both, a = append(both, a[0]), a[1:]
		case a[0].At > b[0].At:
			both, b = append(both, b[0]), b[1:]
		default:
			both, a, b = append(both, addSeconds(a[0], b[0])), a[1:], b[1:]
		}
	}
	return slices.Concat(both, a, b)
}

func addSeconds(a, b Second) Second {
	return Second{
		At:        a.At,
		Connected: a.Connected + b.Connected,
		Held:      a.Held + b.Held,
		Seats:     a.Seats + b.Seats,
		Waiting:   a.Waiting + b.Waiting,
		Logins:    a.Logins + b.Logins,
		Takes:     a.Takes + b.Takes,
		Grants:    a.Grants + b.Grants,
		Refusals:  a.Refusals + b.Refusals,
		Releases:  a.Releases + b.Releases,
		Losses:    a.Losses + b.Losses,
		Errors:    a.Errors + b.Errors,
		Frames:    a.Frames + b.Frames,
		Bytes:     a.Bytes + b.Bytes,
		P50:       highestMoments(a.P50, b.P50),
		P99:       highestMoments(a.P99, b.P99),
		CPU:       highest(a.CPU, b.CPU),
		Memory:    highest(a.Memory, b.Memory),
		Redis:     highest(a.Redis, b.Redis),
	}
}

func highestMoments(a, b Moments) Moments {
	if len(b) == 0 {
		return a
	}
	both := maps.Clone(b)
	for metric, ms := range a {
		both[metric] = max(both[metric], ms)
	}
	return both
}

// highest is the higher of two figures, either of which may not be known.
func highest(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}
