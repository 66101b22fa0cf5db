package ledger

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"
)

// Period is what usage is asked of.
type Period struct {
	License  string
	From, To time.Time
	Step     time.Duration // of which the period has at most [MaxSteps]; the last one may be shorter
	Now      time.Time     // nothing that goes on is counted beyond it
}

// MaxSteps bounds the steps of a period.
const MaxSteps = 2000

// maxRead bounds how many stays, waits or refusals usage is computed from.
const maxRead = 500_000

// ErrTooMuch says that more happened in a period than usage is computed from: ask for a shorter one.
var ErrTooMuch = errors.New("ledger: more happened in that time than usage is computed from")

// refusedFor is how long a teammate who was refused for want of a seat counts as wanting one, if no seat or wait follows.
const refusedFor = time.Minute

// Usage is what a license's seats were used for in a period.
type Usage struct {
	Steps     []Step
	Peak      int     // the most seats that were held at once
	Mean      float64 // seats that were held, in the mean over the period
	Stays     int
	SeatTime  time.Duration
	Overage   time.Duration // of SeatTime, that of seats above the cap
	Teammates []SeatTime    // those with the most first
	Refusals  map[string]int
	Waits     Waiting
	// Wanted is the most teammates who at once held a seat, waited, or had been refused for want of one within a minute: with so many
	// seats all of them would have had one.
	Wanted int
}

// Step is usage within a part of a period.
type Step struct {
	From    time.Time
	Peak    int
	Mean    float64
	Waiting int // the most who waited at once
	Refused int
}

// SeatTime is how long a teammate held a seat.
type SeatTime struct {
	Teammate string
	Name     string
	Stays    int
	Time     time.Duration
}

// Waiting is how long those waited whose wait touches a period. Percentiles are times that were waited, by nearest rank.
type Waiting struct {
	Count                int
	Median, P95, Longest time.Duration
}

// Usage computes usage. Errors: [ErrTooMuch], [database.ErrUnavailable].
func (l *Ledger) Usage(ctx context.Context, p Period) (Usage, error) {
	f := Filter{License: p.License, From: p.From, To: p.To}
	stays, err := l.Stays(ctx, f, maxRead)
	if err != nil {
		return Usage{}, err
	}
	waits, err := l.Waits(ctx, f, maxRead)
	if err != nil {
		return Usage{}, err
	}
	refusals, err := l.Refusals(ctx, f, maxRead)
	if err != nil {
		return Usage{}, err
	}
	if max(len(stays), len(waits), len(refusals)) == maxRead {
		return Usage{}, ErrTooMuch
	}
	return p.compute(stays, waits, refusals), nil
}

func (p Period) compute(stays []Stay, waits []Wait, refusals []Refusal) Usage {
	u := Usage{Stays: len(stays), Refusals: map[string]int{}}
	for at := p.From; at.Before(p.To); at = at.Add(p.Step) {
		u.Steps = append(u.Steps, Step{From: at})
	}
	var held, waiting []span
	wanting := map[string][]span{}
	times := map[string]*SeatTime{}
	for i := range stays {
		s := &stays[i]
		at := p.span(s.Began, s.Ended)
		held, wanting[s.Teammate] = append(held, at), append(wanting[s.Teammate], at)
		u.SeatTime += at.length()
		if s.Overage {
			u.Overage += at.length()
		}
		t := times[s.Teammate]
		if t == nil {
			t = &SeatTime{Teammate: s.Teammate}
			times[s.Teammate] = t
		}
		t.Name, t.Stays, t.Time = cmp.Or(t.Name, s.Name), t.Stays+1, t.Time+at.length()
	}
	for i := range waits {
		w := &waits[i]
		at := p.span(w.Began, w.Ended)
		waiting, wanting[w.Teammate] = append(waiting, at), append(wanting[w.Teammate], at)
	}
	for i := range refusals {
		r := &refusals[i]
		u.Refusals[r.Code]++
		u.Steps[int(r.At.Sub(p.From)/p.Step)].Refused++
		if r.Code == SeatsFull {
			wanting[r.Teammate] = append(wanting[r.Teammate], p.span(r.At, r.At.Add(refusedFor)))
		}
	}
	u.addSeats(p, held)
	walk(p, waiting, func(step, level int, _ time.Duration) { u.Steps[step].Waiting = max(u.Steps[step].Waiting, level) })
	walk(p, merged(wanting), func(_, level int, _ time.Duration) { u.Wanted = max(u.Wanted, level) })
	u.Waits = p.waited(waits)
	for _, t := range times {
		u.Teammates = append(u.Teammates, *t)
	}
	slices.SortFunc(u.Teammates, func(a, b SeatTime) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Teammate, b.Teammate))
	})
	return u
}

func (u *Usage) addSeats(p Period, held []span) {
	walk(p, held, func(step, level int, lasts time.Duration) {
		s := &u.Steps[step]
		s.Peak = max(s.Peak, level)
		s.Mean += float64(level) * lasts.Seconds()
	})
	for i := range u.Steps {
		s := &u.Steps[i]
		u.Peak = max(u.Peak, s.Peak)
		u.Mean += s.Mean
		s.Mean /= min(p.Step, p.To.Sub(s.From)).Seconds()
	}
	u.Mean /= p.To.Sub(p.From).Seconds()
}

// waited is how long waits lasted, within the period or not, until now.
func (p Period) waited(waits []Wait) Waiting {
	times := make([]time.Duration, len(waits))
	for i, w := range waits {
		end := w.Ended
		if end.IsZero() {
			end = p.Now
		}
		times[i] = max(end.Sub(w.Began), 0)
	}
	if len(times) == 0 {
		return Waiting{}
	}
	slices.Sort(times)
	rank := func(share float64) time.Duration { return times[max(int(math.Ceil(share*float64(len(times))))-1, 0)] }
	return Waiting{Count: len(times), Median: rank(.5), P95: rank(.95), Longest: times[len(times)-1]}
}

// span is a part of a period; until is not in it.
type span struct{ from, until time.Time }

func (s span) length() time.Duration { return s.until.Sub(s.from) }

// span is the part of the period between two moments, of which the later may be none yet.
func (p Period) span(from, until time.Time) span {
	if until.IsZero() || until.After(p.Now) {
		until = p.Now
	}
	s := span{later(from, p.From), earlier(until, p.To)}
	if s.until.Before(s.from) {
		s.until = s.from
	}
	return s
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// merged are the spans of all, those of one teammate that touch as one.
func merged(of map[string][]span) (all []span) {
	for _, spans := range of {
		slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
		first := len(all)
		for _, s := range spans {
			if last := len(all) - 1; last >= first && !s.from.After(all[last].until) {
				all[last].until = later(all[last].until, s.until)
			} else {
				all = append(all, s)
			}
		}
	}
	return all
}

// walk tells of each step, in order, how many spans there are at once, and for how long. What ends at a moment is over before what
// begins there, as a seat is handed on.
func walk(p Period, spans []span, tell func(step, level int, lasts time.Duration)) {
	type edge struct {
		at time.Time
		by int
	}
	edges := make([]edge, 0, 2*len(spans))
	for _, s := range spans {
		if s.length() > 0 {
			edges = append(edges, edge{s.from, 1}, edge{s.until, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.by, b.by)) })
	level, step, at := 0, 0, p.From
	to := func(until time.Time) {
		for at.Before(until) {
			ends := earlier(p.From.Add(time.Duration(step+1)*p.Step), p.To)
			next := earlier(ends, until)
			tell(step, level, next.Sub(at))
			if at = next; !at.Before(ends) {
				step++
			}
		}
	}
	for _, e := range edges {
		to(e.at)
		level += e.by
	}
	to(p.To)
}
