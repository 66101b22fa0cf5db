package admin

import (
	"cmp"
	"context"
	"errors"
	"sort"
	"strconv"
	"strings"
	"time"

	"usher/internal/ledger"
	"usher/presence"
	"usher/seats"
)

// Ledger tells what happened on licenses; *ledger.Ledger does.
type Ledger interface {
	// Stays returns stays, those of the highest fences first, at most so many. Errors: [directory.ErrUnavailable].
	Stays(ctx context.Context, f ledger.Filter, limit int) ([]ledger.Stay, error)
	// Waits returns waits, those of the highest turns first, at most so many. Errors as Stays.
	Waits(ctx context.Context, f ledger.Filter, limit int) ([]ledger.Wait, error)
	// Refusals returns refusals, newest first, at most so many. Errors as Stays.
	Refusals(ctx context.Context, f ledger.Filter, limit int) ([]ledger.Refusal, error)
	// Usage computes what seats were used for. Errors: [ledger.ErrTooMuch]; or as Stays.
	Usage(ctx context.Context, p ledger.Period) (ledger.Usage, error)
}

const (
	defaultPeriod = 24 * time.Hour
	longestUsage  = 400 * 24 * time.Hour
)

// period is the time asked for, as whole milliseconds, which is what the ledger keeps.
func (s *Server) period(from, to *time.Time) (begin, end time.Time, err error) {
	end = s.now()
	if to != nil {
		end = *to
	}
	begin = end.Add(-defaultPeriod)
	if from != nil {
		begin = *from
	}
	if begin, end = shownTime(begin), shownTime(end); !begin.Before(end) {
		return begin, end, &requestError{code: codeBadRequest, detail: "from: must be before to", field: "from"}
	}
	return begin, end, nil
}

// GetUsage implements [StrictServerInterface].
func (s *Server) GetUsage(ctx context.Context, r GetUsageRequestObject) (GetUsageResponseObject, error) {
	from, to, err := s.period(r.Params.From, r.Params.To)
	if err != nil {
		return nil, err
	}
	step := time.Duration(cmp.Or(value(r.Params.StepMs), time.Hour.Milliseconds())) * time.Millisecond
	if to.Sub(from) > longestUsage {
		return nil, &requestError{code: codeBadRequest, detail: "from: must be at most 400 days before to", field: "from"}
	}
	if to.Sub(from) > ledger.MaxSteps*step {
		return nil, &requestError{code: codeBadRequest, detail: "step_ms: is too short for more than 2000 steps in that time: ask for longer ones", field: "step_ms"}
	}
	u, err := s.ledger.Usage(ctx, ledger.Period{License: r.License, From: from, To: to, Step: step, Now: s.now()})
	if errors.Is(err, ledger.ErrTooMuch) {
		return nil, &requestError{code: codeBadRequest, detail: "from: more happened since than usage is computed from: ask for a shorter time", field: "from", cause: err}
	}
	if err != nil {
		return nil, err
	}
	l := callerOf(ctx).license
	smallest := smallestCap(seats.Overage(l.Policy.Rules().Overage), u.Wanted)
	return GetUsage200JSONResponse{
		From: from, To: to, StepMs: step.Milliseconds(), Peak: u.Peak, Mean: u.Mean, Stays: u.Stays,
		SeatTimeMs: u.SeatTime.Milliseconds(), OverageMs: u.Overage.Milliseconds(), Steps: shownAll(u.Steps, shownStep),
		Teammates: shownAll(u.Teammates, shownSeatTime), Refusals: u.Refusals,
		Waits: WaitTimes{
			Count: u.Waits.Count, P50Ms: u.Waits.Median.Milliseconds(), P95Ms: u.Waits.P95.Milliseconds(), LongestMs: u.Waits.Longest.Milliseconds(),
		},
		Wanted: u.Wanted, SmallestCap: smallest,
		Cost: SeatCost{Currency: l.Currency, MonthCents: l.PriceCents * int64(l.Cap), SmallestCapMonthCents: l.PriceCents * int64(smallest)},
	}, nil
}

// smallestCap is the smallest cap with which so many seats may be held at once.
func smallestCap(o seats.Overage, wanted int) int {
	return sort.Search(wanted, func(c int) bool {
		total := o.Total(c)
		return total == seats.Unlimited || total >= wanted
	})
}

// ListStays implements [StrictServerInterface].
func (s *Server) ListStays(ctx context.Context, r ListStaysRequestObject) (ListStaysResponseObject, error) {
	from, to, err := s.period(r.Params.From, r.Params.To)
	if err != nil {
		return nil, err
	}
	f := ledger.Filter{License: r.License, From: from, To: to, Teammate: value(r.Params.Teammate), Open: value(r.Params.Open)}
	if f.BeforeNumber, err = decodeNumber(value(r.Params.Cursor)); err != nil {
		return nil, err
	}
	list := list[ledger.Stay, Stay]{
		name: "stays", license: r.License, show: shownStay, columns: stayColumns,
		cursor: func(s ledger.Stay) string { return strconv.FormatInt(s.Fence, 10) },
		after:  func(s ledger.Stay) { f.BeforeNumber = s.Fence },
		read:   func(ctx context.Context, limit int) ([]ledger.Stay, error) { return s.ledger.Stays(ctx, f, limit) },
	}
	if format := value(r.Params.Format); exported(format) {
		return list.export(ctx, format)
	}
	items, next, err := list.page(ctx, value(r.Params.Limit))
	return ListStays200JSONResponse{Items: items, NextCursor: next}, err
}

// ListWaits implements [StrictServerInterface].
func (s *Server) ListWaits(ctx context.Context, r ListWaitsRequestObject) (ListWaitsResponseObject, error) {
	from, to, err := s.period(r.Params.From, r.Params.To)
	if err != nil {
		return nil, err
	}
	f := ledger.Filter{License: r.License, From: from, To: to, Teammate: value(r.Params.Teammate)}
	if f.BeforeNumber, err = decodeNumber(value(r.Params.Cursor)); err != nil {
		return nil, err
	}
	list := list[ledger.Wait, Wait]{
		name: "waits", license: r.License, show: shownTimeInLine, columns: waitColumns,
		cursor: func(w ledger.Wait) string { return strconv.FormatInt(w.Turn, 10) },
		after:  func(w ledger.Wait) { f.BeforeNumber = w.Turn },
		read:   func(ctx context.Context, limit int) ([]ledger.Wait, error) { return s.ledger.Waits(ctx, f, limit) },
	}
	if format := value(r.Params.Format); exported(format) {
		return list.export(ctx, format)
	}
	items, next, err := list.page(ctx, value(r.Params.Limit))
	return ListWaits200JSONResponse{Items: items, NextCursor: next}, err
}

// ListRefusals implements [StrictServerInterface].
func (s *Server) ListRefusals(ctx context.Context, r ListRefusalsRequestObject) (ListRefusalsResponseObject, error) {
	from, to, err := s.period(r.Params.From, r.Params.To)
	if err != nil {
		return nil, err
	}
	f := ledger.Filter{License: r.License, From: from, To: to, Teammate: value(r.Params.Teammate)}
	if f.Before, err = decodeRefusal(value(r.Params.Cursor)); err != nil {
		return nil, err
	}
	list := list[ledger.Refusal, Refusal]{
		name: "refusals", license: r.License, show: shownRefusal, columns: refusalColumns,
		cursor: func(r ledger.Refusal) string { return encodeRefusal(r.Place()) },
		after:  func(r ledger.Refusal) { f.Before = r.Place() },
		read: func(ctx context.Context, limit int) ([]ledger.Refusal, error) {
			return s.ledger.Refusals(ctx, f, limit)
		},
	}
	if format := value(r.Params.Format); exported(format) {
		return list.export(ctx, format)
	}
	items, next, err := list.page(ctx, value(r.Params.Limit))
	return ListRefusals200JSONResponse{Items: items, NextCursor: next}, err
}

// A refusal's place in the list is told as its time in milliseconds, its number and its session.
func encodeRefusal(c ledger.RefusalCursor) string {
	return strconv.FormatInt(c.At.UnixMilli(), 10) + "." + strconv.FormatInt(c.Seq, 10) + "." + c.Session
}

func decodeRefusal(cursor string) (c ledger.RefusalCursor, err error) {
	text, err := decodeText(cursor)
	if err != nil || text == "" {
		return c, err
	}
	at, rest, _ := strings.Cut(text, ".")
	seq, session, _ := strings.Cut(rest, ".")
	ms, notMS := strconv.ParseInt(at, 10, 64)
	n, notN := strconv.ParseInt(seq, 10, 64)
	if err := errors.Join(notMS, notN, presence.ValidID(presence.SessionID(session))); err != nil {
		return c, badCursor(err)
	}
	return ledger.RefusalCursor{At: time.UnixMilli(ms), Session: session, Seq: n}, nil
}

func shownStep(s ledger.Step) UsageStep {
	return UsageStep{From: s.From, Peak: s.Peak, Mean: s.Mean, Waiting: s.Waiting, Refused: s.Refused}
}

func shownSeatTime(t ledger.SeatTime) SeatTime {
	return SeatTime{Teammate: t.Teammate, Name: t.Name, Stays: t.Stays, SeatTimeMs: t.Time.Milliseconds()}
}

func shownStay(s ledger.Stay) Stay {
	return Stay{
		Fence: s.Fence, Number: s.Number, Teammate: s.Teammate, Name: s.Name, Granted: s.Began, Lost: shownMoment(s.Ended), Reason: s.Reason,
		Via: StayVia(s.Via), Overage: s.Overage, WaitedMs: s.Waited.Milliseconds(), Sessions: s.Sessions, By: s.By, To: s.To, Message: s.Message,
	}
}

func shownTimeInLine(w ledger.Wait) Wait {
	return Wait{Turn: w.Turn, Teammate: w.Teammate, Name: w.Name, Began: w.Began, Ended: shownMoment(w.Ended), Outcome: w.Outcome}
}

func shownRefusal(r ledger.Refusal) Refusal {
	return Refusal{At: r.At, Teammate: r.Teammate, Name: r.Name, Code: r.Code, Session: r.Session}
}

var (
	stayColumns = []column[Stay]{
		{"fence", func(s Stay) string { return strconv.FormatInt(s.Fence, 10) }},
		{"number", func(s Stay) string { return strconv.Itoa(s.Number) }},
		{"teammate", func(s Stay) string { return s.Teammate }},
		{"name", func(s Stay) string { return s.Name }},
		{"granted", func(s Stay) string { return asText(&s.Granted) }},
		{"lost", func(s Stay) string { return asText(s.Lost) }},
		{"reason", func(s Stay) string { return s.Reason }},
		{"via", func(s Stay) string { return string(s.Via) }},
		{"overage", func(s Stay) string { return strconv.FormatBool(s.Overage) }},
		{"waited_ms", func(s Stay) string { return strconv.FormatInt(s.WaitedMs, 10) }},
		{"sessions", func(s Stay) string { return strconv.Itoa(s.Sessions) }},
		{"by", func(s Stay) string { return s.By }},
		{"to", func(s Stay) string { return s.To }},
		{"message", func(s Stay) string { return s.Message }},
	}
	waitColumns = []column[Wait]{
		{"turn", func(w Wait) string { return strconv.FormatInt(w.Turn, 10) }},
		{"teammate", func(w Wait) string { return w.Teammate }},
		{"name", func(w Wait) string { return w.Name }},
		{"began", func(w Wait) string { return asText(&w.Began) }},
		{"ended", func(w Wait) string { return asText(w.Ended) }},
		{"outcome", func(w Wait) string { return w.Outcome }},
	}
	refusalColumns = []column[Refusal]{
		{"at", func(r Refusal) string { return asText(&r.At) }},
		{"teammate", func(r Refusal) string { return r.Teammate }},
		{"name", func(r Refusal) string { return r.Name }},
		{"code", func(r Refusal) string { return r.Code }},
		{"session", func(r Refusal) string { return r.Session }},
	}
)
