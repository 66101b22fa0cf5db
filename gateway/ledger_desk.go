package gateway

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"usher/seats"
)

const (
	// bookEvery is how long what happened waits for more, so that it is written together: what a process that is killed may lose of it,
	// if no other node saw it and the board does not tell any more.
	bookEvery = 200 * time.Millisecond
	// bookMost is written at once.
	bookMost = 500
	// bookQueue bounds what may wait while the database does not answer. What is beyond it is left out, and counted; what of it the boards
	// still tell is found again by checks.
	bookQueue = 200_000
	// checkEvery is how often the ledger is held against a board that is served here.
	checkEvery = 5 * time.Minute
	// checkAgain is how long something may be open in the ledger that the board does not have, before it is ended as unknown: another node
	// may be about to write how it ended.
	checkAgain = time.Minute
)

// ledgerDesk writes what happened on all floors of a server, a while after it happened and much at once.
type ledgerDesk struct {
	ledger   Ledger
	settings *settings
	metrics  *metrics
	wake     chan struct{}

	mu       sync.Mutex
	stays    map[stayKey]Stay
	waits    map[waitKey]Wait
	refusals map[refusalKey]Refusal
	notices  map[noticeKey]Notice
	checks   map[*floor]struct{} // to be done
	writing  int                 // things that are being written, and floors that are being checked
	missing  map[stayKey]time.Time
	left     map[waitKey]time.Time // of waits, as missing of stays: since when they are on no board
}

type (
	stayKey struct {
		license seats.LicenseID
		fence   seats.Fence
	}
	waitKey struct {
		license seats.LicenseID
		turn    seats.Turn
	}
	noticeKey struct {
		license seats.LicenseID
		kind    NoticeKind
	}
	refusalKey struct {
		license seats.LicenseID
		session seats.SessionID
		seq     uint64
	}
)

func (s Stay) key() stayKey       { return stayKey{s.License, s.Fence} }
func (w Wait) key() waitKey       { return waitKey{w.License, w.Turn} }
func (n Notice) key() noticeKey   { return noticeKey{n.License, n.Kind} }
func (r Refusal) key() refusalKey { return refusalKey{r.License, r.Session, r.Seq} }

func newLedgerDesk(s *settings, m *metrics) *ledgerDesk {
	return &ledgerDesk{
		ledger: s.Ledger, settings: s, metrics: m, wake: make(chan struct{}, 1),
		stays: map[stayKey]Stay{}, waits: map[waitKey]Wait{}, refusals: map[refusalKey]Refusal{}, notices: map[noticeKey]Notice{}, checks: map[*floor]struct{}{},
		missing: map[stayKey]time.Time{}, left: map[waitKey]time.Time{},
	}
}

func (d *ledgerDesk) stay(s Stay) { book(d, d.stays, s.key(), s, Stay.and) }
func (d *ledgerDesk) wait(w Wait) { book(d, d.waits, w.key(), w, Wait.and) }
func (d *ledgerDesk) refusal(r Refusal) {
	book(d, d.refusals, r.key(), r, latest)
}
func (d *ledgerDesk) notice(n Notice) { book(d, d.notices, n.key(), n, latest) }

// latest is of two that are told of the same the one that was told later.
func latest[T any](_, told T) T { return told }

// book puts something into one of the desk's maps, together with what is there of the same.
func book[K comparable, V any](d *ledgerDesk, all map[K]V, k K, v V, and func(V, V) V) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before, known := all[k]
	switch {
	case known:
		v = and(before, v)
	case d.waiting() >= bookQueue:
		d.metrics.leftOut.Add(context.Background(), 1)
		return
	}
	all[k] = v
	d.poke()
}

// and is the stay of which both tell; t was told later.
func (s Stay) and(t Stay) Stay {
	if t.Until.IsZero() || !s.Until.IsZero() && s.Reason != EndUnknown {
		t.Until, t.Reason, t.By, t.To, t.Message = s.Until, s.Reason, s.By, s.To, s.Message
	}
	t.Name, t.Waited, t.Sessions = cmp.Or(t.Name, s.Name), max(s.Waited, t.Waited), max(s.Sessions, t.Sessions)
	t.Found = s.Found || t.Found
	return t
}

// and is the wait of which both tell; v was told later.
func (w Wait) and(v Wait) Wait {
	if v.Until.IsZero() || !w.Until.IsZero() && w.Outcome != EndUnknown {
		v.Until, v.Outcome = w.Until, w.Outcome
	}
	v.Found = w.Found || v.Found
	return v
}

// check has what the ledger has open of the floor's license held against its board.
func (d *ledgerDesk) check(f *floor) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.checks[f] = struct{}{}
	d.poke()
}

func (d *ledgerDesk) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// empty tells whether all was written, or the database failed and it is to be tried again at its time.
func (d *ledgerDesk) empty() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting()+d.writing == 0
}

// waiting is how many things wait to be written. The caller holds mu.
func (d *ledgerDesk) waiting() int {
	return len(d.stays) + len(d.waits) + len(d.refusals) + len(d.notices)
}

// run writes until ctx ends.
func (d *ledgerDesk) run(ctx context.Context) {
	for tries := 0; ; {
		wait := bookEvery
		if tries > 0 {
			wait = backOff(tries)
		} else {
			select {
			case <-d.wake:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		if err := errors.Join(d.write(ctx), d.checkAll(ctx)); err == nil {
			tries = 0
		} else if tries++; tries == 1 { // an outage is said once, not once for each try
			d.settings.Logger.Warn("ledger: what happened can't be written yet", "error", err)
		}
	}
}

// write writes all that waits; what fails waits on.
func (d *ledgerDesk) write(ctx context.Context) error {
	for {
		some := d.take()
		if some.len() == 0 {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, d.settings.EngineTimeout)
		err := d.ledger.Record(ctx, some)
		cancel()
		if err != nil {
			d.putBack(some)
		}
		d.mu.Lock()
		d.writing = 0
		d.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// take takes some of what waits, in an order in which no two nodes that write the same wait for each other.
func (d *ledgerDesk) take() (h Happenings) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h.Stays = takeSome(d.stays, bookMost)
	h.Waits = takeSome(d.waits, bookMost-len(h.Stays))
	h.Refusals = takeSome(d.refusals, bookMost-len(h.Stays)-len(h.Waits))
	h.Notices = takeSome(d.notices, bookMost-len(h.Stays)-len(h.Waits)-len(h.Refusals))
	slices.SortFunc(h.Stays, func(a, b Stay) int { return cmp.Or(cmp.Compare(a.License, b.License), cmp.Compare(a.Fence, b.Fence)) })
	slices.SortFunc(h.Waits, func(a, b Wait) int { return cmp.Or(cmp.Compare(a.License, b.License), cmp.Compare(a.Turn, b.Turn)) })
	slices.SortFunc(h.Refusals, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(a.License, b.License), cmp.Compare(a.Session, b.Session), cmp.Compare(a.Seq, b.Seq))
	})
	d.writing = h.len()
	return h
}

func takeSome[K comparable, V any](all map[K]V, most int) (some []V) {
	for k, v := range all {
		if len(some) >= most {
			break
		}
		some = append(some, v)
		delete(all, k)
	}
	return some
}

// putBack has what could not be written wait on, together with what came meanwhile.
func (d *ledgerDesk) putBack(h Happenings) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range h.Stays {
		if newer, ok := d.stays[s.key()]; ok {
			s = s.and(newer)
		}
		d.stays[s.key()] = s
	}
	for _, w := range h.Waits {
		if newer, ok := d.waits[w.key()]; ok {
			w = w.and(newer)
		}
		d.waits[w.key()] = w
	}
	for _, r := range h.Refusals {
		d.refusals[r.key()] = r
	}
	for _, n := range h.Notices {
		if _, newer := d.notices[n.key()]; !newer {
			d.notices[n.key()] = n
		}
	}
}

// checkAll holds the ledger against the boards for which that was asked.
func (d *ledgerDesk) checkAll(ctx context.Context) error {
	d.mu.Lock()
	floors := d.checks
	d.checks = map[*floor]struct{}{}
	d.mu.Unlock()
	var failed error
	for f := range floors {
		if failed == nil {
			failed = d.checkOne(ctx, f)
		}
		if failed != nil {
			d.check(f)
		}
	}
	return failed
}

// checkOne ends what the ledger has open of a license and the board has no more: as the board remembers, or, if nobody has told for a
// while, as unknown.
func (d *ledgerDesk) checkOne(ctx context.Context, f *floor) error {
	ctx, cancel := context.WithTimeout(ctx, d.settings.EngineTimeout)
	defer cancel()
	open, err := d.ledger.Unended(ctx, f.id)
	if err != nil {
		return err
	}
	f.lock()
	defer f.unlock()
	if f.closed || !f.replica.loaded() {
		return nil
	}
	now, again := f.timers.engineNow(), false
	d.keepMissing(f.id, &open)
	for _, s := range open.Stays {
		loss := f.replica.losses[s.Teammate]
		switch h := f.replica.holder(s.Teammate); {
		case h.Fence == s.Fence:
		case loss.Fence == s.Fence:
			s.Until, s.Reason, s.By, s.To, s.Message = loss.At, loss.Reason, loss.By, loss.To, loss.Message
			d.stay(s)
		case isMissing(d, d.missing, s.key()):
			s.Until, s.Reason = now, EndUnknown
			d.stay(s)
		default:
			again = true
		}
	}
	for _, w := range open.Waits {
		switch {
		case f.replica.waiter(w.Teammate).Turn == w.Turn:
		case isMissing(d, d.left, w.key()):
			w.Until, w.Outcome = now, EndUnknown
			d.wait(w)
		default:
			again = true
		}
	}
	if again {
		f.timers.afterFunc(checkAgain, func() {
			f.lock()
			defer f.unlock()
			f.check()
		})
	}
	return nil
}

// keepMissing forgets of a license what is not open any more.
func (d *ledgerDesk) keepMissing(id seats.LicenseID, open *Happenings) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.missing, func(k stayKey, _ time.Time) bool {
		return k.license == id && !slices.ContainsFunc(open.Stays, func(s Stay) bool { return s.key() == k })
	})
	maps.DeleteFunc(d.left, func(k waitKey, _ time.Time) bool {
		return k.license == id && !slices.ContainsFunc(open.Waits, func(w Wait) bool { return w.key() == k })
	})
}

// isMissing tells whether something was found to be on no board long ago, and notes that it is.
func isMissing[K comparable](d *ledgerDesk, missing map[K]time.Time, k K) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	since, known := missing[k]
	if !known {
		missing[k] = d.settings.Now()
		return false
	}
	return d.settings.Now().Sub(since) >= checkAgain
}
