package seatstest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"usher/seats"
)

// Engine is one engine under test, on a clock that the test moves.
type Engine struct {
	Store   seats.Store
	Now     func() time.Time    // the engine's time
	Advance func(time.Duration) // moves the engine's time forward; what is due then happens at the next Do

	// LeaseEnd is what the engine's record of leases tells others who read it: when a node's lease on a license ends, or
	// ended; not ok where that is not known. The engine is not told.
	LeaseEnd func(seats.LicenseID, seats.NodeID) (end time.Time, ok bool)
}

// Factory makes an engine for one test. What has to be stopped is stopped by t.Cleanup.
type Factory func(t testing.TB) Engine

// NewLicense returns the id of a license that nobody else has, so that tests may share a server.
func NewLicense() seats.LicenseID {
	return seats.LicenseID("lic_" + strings.ReplaceAll(uuid.NewString(), "-", ""))
}
