package gateway

import (
	"time"

	"usher/seats"
)

// leaseClock is what a floor knows of its node's lease by the node's own clock, whatever the engine says: it counts
// from before the last acknowledged renewal was sent. When the lease less a tenth is over by that, nobody here may act
// on a seat until another renewal is acknowledged. Guarded by the floor's mu.
type leaseClock struct {
	sent   time.Time            // zero: none was acknowledged yet
	epochs map[string]time.Time // sent, by the board's epoch
	acked  position             // of the board, after the renewal
	fenced bool                 // nobody here may act on a seat
	timer  *timer
}

// mostEpochs bounds what is remembered: epochs older than the board's are of no use.
const mostEpochs = 8

// reliedOn is for how much of its life a lease is relied on.
func reliedOn(lease time.Duration) time.Duration { return lease - lease/10 }

// isOld tells whether the last renewal is longer ago than that.
func (l *leaseClock) isOld(now time.Time, most time.Duration) bool {
	return l.sent.IsZero() || now.Sub(l.sent) >= most
}

// renewed takes an acknowledged renewal. The caller holds mu.
func (f *floor) renewed(out *seats.Outcome, sent time.Time) {
	l := &f.lease
	if len(l.epochs) >= mostEpochs || l.epochs == nil {
		l.epochs = map[string]time.Time{f.replica.head.Epoch: l.epochs[f.replica.head.Epoch]}
	}
	l.sent, l.epochs[out.Epoch], l.acked = sent, sent, position{out.Epoch, out.Version}
	f.timers.pending.cancel(l.timer)
	l.timer = f.timers.afterFunc(max(reliedOn(f.settings.Lease)-f.settings.Now().Sub(sent), 0), func() {
		f.lock()
		defer f.unlock()
		f.checkLease()
	})
}

// checkLease suspends the seats here when the lease can't be relied on. It is called whenever one is acted for, and
// not by a timer alone: after a pause of the process that fires late. The caller holds mu.
func (f *floor) checkLease() {
	if f.lease.fenced || !f.lease.isOld(f.settings.Now(), reliedOn(f.settings.Lease)) {
		return
	}
	f.lease.fenced = true
	f.tickets.clear()
	for _, m := range f.sessions {
		f.tell(m, (*session).suspend)
	}
}

// vouch restores the seats here, once a renewal was acknowledged and the board is known as it was then. The caller
// holds mu.
func (f *floor) vouch() {
	l := &f.lease
	if !l.fenced || l.isOld(f.settings.Now(), reliedOn(f.settings.Lease)) || !f.replica.position().reached(l.acked) {
		return
	}
	l.fenced = false
	for t, sessions := range f.byMate {
		v := f.view(t)
		for _, m := range sessions {
			f.tell(m, func(s *session) { s.restore(v) })
		}
	}
}
