package loadtest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"usher/gateway/wire"
)

// OracleOptions say what the oracle knows beforehand.
type OracleOptions struct {
	Licenses []LicenseFacts // of the run: Agent.License counts them

	// Digest is how agents digest a board; nil: their digests are not compared with that of the board read at the end.
	Digest func(wire.Board) uint64
}

// LicenseFacts are what is true of a license for the whole run.
type LicenseFacts struct {
	ID        string
	Total     int      // 0: no limit
	Teammates []string // ids: Agent.Teammate counts them

	// Unordered says that waiters are not served in the order in which they came: administrators stand first, or seats are
	// reserved for them. Then the order is not checked.
	Unordered bool
}

// Ending is the board of a license as the API has it after quiet, while agents are connected.
type Ending struct {
	License int32
	Board   wire.Board
	BoardAt wire.Position // without an epoch: not known
}

// The promises that the oracle checks.
const (
	PromiseTotal  Promise = 1 // never more seats than the total
	PromiseFences Promise = 3 // fences grow
	PromiseOne    Promise = 5 // one seat per teammate
	PromiseOrder  Promise = 6 // waiters are served in order
	PromiseServed Promise = 7 // no seat is open while somebody waits, or is refused
	PromiseCount  Promise = 8 // grants less losses are holders
	PromiseShown  Promise = 9 // what is shown is what is
)

// maxViolations is how many violations are kept, of all licenses; one is enough to end a run.
const maxViolations = 20

// Oracle checks the design's promises over what all agents tell, while they tell it and at the end. It is a [Listener], and shares
// no lock between licenses.
//
// What it says is certain, if requests and pushes of one connection keep their order. A request takes effect at some moment between
// being sent and its answer being heard, or any time later when there is none; a push is heard some time after what it tells. So
// a seat is certainly held from when its grant was heard until the latest moment at which a request was sent that was answered with
// that seat, or that gave it back: a loss may be on its way at any other moment.
type Oracle struct {
	books     []*book
	digest    func(wire.Board) uint64
	judge     *judge
	suspended atomic.Int64 // when a seat was suspended last, a time.Duration; 0: none was

	mu         sync.Mutex
	violations []Violation
	broken     chan struct{}
}

// NewOracle makes an oracle. Once something was told it owns a goroutine, until [Oracle.Finish].
func NewOracle(o OracleOptions) *Oracle {
	oracle := &Oracle{digest: o.Digest, broken: make(chan struct{})}
	oracle.judge = newJudge()
	for _, facts := range o.Licenses {
		oracle.books = append(oracle.books, newBook(oracle, facts))
	}
	return oracle
}

// Hear takes what an agent tells. Agents that the oracle was not told of count for nothing.
func (o *Oracle) Hear(t Told) {
	if t.Agent.License < 0 || int(t.Agent.License) >= len(o.books) {
		return
	}
	b := o.books[t.Agent.License]
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hear(t)
}

// Broken is closed when the first violation is found.
func (o *Oracle) Broken() <-chan struct{} { return o.broken }

// Finish looks at how it all ended, and returns what was found. Licenses without an ending are judged by what agents told alone.
// Nothing may be told any more. When ctx ends, what has not been checked by then counts as not checked.
func (o *Oracle) Finish(ctx context.Context, ends []Ending) Verdict {
	o.judge.finish(ctx)
	v := Verdict{Checked: map[Promise]int64{}, Unchecked: map[Promise]int64{}}
	for _, e := range ends {
		if e.License < 0 || int(e.License) >= len(o.books) {
			continue
		}
		o.books[e.License].end(e)
	}
	for _, b := range o.books {
		b.close()
		for p := range b.checked {
			if n := b.checked[p]; n > 0 {
				v.Checked[Promise(p)] += n
			}
			if n := b.unchecked[p]; n > 0 {
				v.Unchecked[Promise(p)] += n
			}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	v.Violations = o.violations
	return v
}

// violated notes a violation.
func (o *Oracle) violated(v Violation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.violations) == 0 {
		close(o.broken)
	}
	if len(o.violations) < maxViolations {
		o.violations = append(o.violations, v)
	}
}

// suspendedSince tells whether any agent of any license has heard since that its seat was suspended.
func (o *Oracle) suspendedSince(at time.Duration) bool {
	last := time.Duration(o.suspended.Load())
	return last != 0 && last >= at
}
