package loadtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
)

// judge looks at windows, one after another, beside what goes on. Its goroutine begins with the first one.
type judge struct {
	mu     sync.Mutex
	began  bool
	closed bool
	work   chan judged
	done   sync.WaitGroup
	stop   atomic.Bool // what is left is not looked at
}

// judged is a window to look at.
type judged struct {
	book *book
	history
}

const (
	maxWork      = 256         // windows that wait for the judge; more are not checked
	judgeTimeout = time.Second // for one window
)

func newJudge() *judge { return &judge{work: make(chan judged, maxWork)} }

// submit hands a window over, or tells that there are too many.
func (j *judge) submit(b *book, h history) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return false
	}
	if !j.began {
		j.began = true
		j.done.Go(j.run)
	}
	select {
	case j.work <- judged{b, h}:
		return true
	default:
		return false
	}
}

// finish waits until all is looked at, or ctx ends.
func (j *judge) finish(ctx context.Context) {
	j.mu.Lock()
	if !j.closed {
		j.closed = true
		close(j.work)
	}
	j.mu.Unlock()
	defer context.AfterFunc(ctx, func() { j.stop.Store(true) })()
	j.done.Wait()
}

func (j *judge) run() {
	for w := range j.work {
		v, known := (*Violation)(nil), false
		if !j.stop.Load() {
			v, known = w.look()
		}
		w.book.window.judged(w.book, w.history, v, known)
	}
}

// look tells whether a window breaks a promise. known is false when that took too long to find out.
func (w judged) look() (v *Violation, known bool) {
	calls := append(slices.Clip(w.calls), w.closing())
	switch porcupine.CheckOperationsTimeout(w.model(lenience{}), calls, judgeTimeout) {
	case porcupine.Ok:
		return nil, true
	case porcupine.Unknown:
		return nil, false
	case porcupine.Illegal:
	}
	p, what := PromiseOrder, "answers fit no order"
	for _, try := range []struct {
		lenience
		promise Promise
		what    string
	}{
		{lenience{anyFence: true}, PromiseFences, "answers fit no order in which fences grow"},
		{lenience{anyTotal: true}, PromiseTotal, "answers fit no order in which the seats held are within the total"},
		{lenience{anyOrder: true}, PromiseOrder, "answers fit no order in which waiters are served as they came"},
		{lenience{anyOpen: true}, PromiseServed, "answers fit no order in which no seat is open while somebody is refused, or waits"},
	} {
		if porcupine.CheckOperationsTimeout(w.model(try.lenience), calls, judgeTimeout) == porcupine.Ok {
			p, what = try.promise, try.what
			break
		}
	}
	_, info := porcupine.CheckOperationsVerbose(w.model(lenience{}), calls, judgeTimeout)
	at, moments := w.excerpt(calls, info)
	return &Violation{Promise: p, License: w.book.facts.ID, At: at.Seconds(), What: what, Evidence: w.book.evidence(moments...)}, true
}

// closing is a request that finds everything as it was at the end.
func (w judged) closing() porcupine.Operation {
	var last int64
	for _, c := range w.calls {
		last = max(last, c.Return)
	}
	return porcupine.Operation{Input: w.ended, Output: answer{}, Call: last + 1, Return: last + 2}
}

// excerpt is what shows a violation: the first request that fits nowhere, and the latest that do, as many lead to it.
func (w judged) excerpt(calls []porcupine.Operation, info porcupine.LinearizationInfo) (time.Duration, []event) {
	var longest []int
	for _, partition := range info.PartialLinearizations() {
		for _, fits := range partition {
			if len(fits) > len(longest) {
				longest = fits
			}
		}
	}
	stuck := len(calls) - 1
	for i := range calls {
		if !slices.Contains(longest, i) && calls[i].Return < calls[stuck].Return {
			stuck = i
		}
	}
	moments := append(lead(calls[stuck]), event{at: w.began, agent: nobody, kind: Showed,
		code: fmt.Sprintf("%d of %d seats are held, and %d wait", w.used, w.total, len(w.line))})
	for _, i := range slices.Backward(longest) {
		if m := lead(calls[i]); len(moments)+len(m) <= maxEvidence-2 {
			moments = append(moments, m...)
		}
	}
	at := time.Duration(calls[stuck].Return)
	for _, g := range slices.Backward(w.heard) { // who was served beside
		if g.kind == Granted && g.at <= at && len(moments) < maxEvidence {
			moments = append(moments, g)
		}
	}
	return at, moments
}

// lead is a request with its answer, as evidence.
func lead(o porcupine.Operation) []event {
	m, ok := o.Metadata.([2]event)
	if !ok { // the closing one
		return nil
	}
	return m[:]
}
