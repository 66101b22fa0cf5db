package presencetest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"usher/presence"
)

// LeaseTime is how long leases last to an engine under test; a third of it is waited in silence.
const LeaseTime = 15 * time.Second

// Engine is one engine under test, on a clock that the test moves.
type Engine struct {
	Store   presence.Store
	Now     func() time.Time    // the engine's time
	Advance func(time.Duration) // moves the engine's time forward; what is due then happens at the next Do

	// Lease renews the node's lease on the license, as whoever keeps the leases does: it ends after d from now, or when
	// it would have ended anyway, if that is later. The engine is not told.
	Lease func(license presence.LicenseID, node presence.NodeID, d time.Duration)
	// Forget has the keeper of leases know nothing of the node's any more.
	Forget func(license presence.LicenseID, node presence.NodeID)
}

// Factory makes an engine for one test. What has to be stopped is stopped by t.Cleanup.
type Factory func(t testing.TB) Engine

// NewLicense returns the id of a license that nobody else has, so that tests may share a server.
func NewLicense() presence.LicenseID {
	return presence.LicenseID("lic_" + strings.ReplaceAll(uuid.NewString(), "-", ""))
}

// Leases keeps leases for an engine in process. It is safe for concurrent use.
type Leases struct {
	now  func() time.Time
	mu   sync.Mutex
	ends map[held]time.Time
}

type held struct {
	license presence.LicenseID
	node    presence.NodeID
}

// NewLeases returns a keeper of leases by that clock.
func NewLeases(now func() time.Time) *Leases {
	return &Leases{now: now, ends: map[held]time.Time{}}
}

// Renew is Engine.Lease.
func (l *Leases) Renew(license presence.LicenseID, node presence.NodeID, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, end := held{license, node}, l.now().Add(d)
	if l.ends[h].Before(end) {
		l.ends[h] = end
	}
}

// Forget is Engine.Forget.
func (l *Leases) Forget(license presence.LicenseID, node presence.NodeID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ends, held{license, node})
}

// End tells when the node's lease on the license ends, or ended; false: nothing is known of one.
func (l *Leases) End(license presence.LicenseID, node presence.NodeID) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end, ok := l.ends[held{license, node}]
	return end, ok
}
