package presencemem_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"usher/internal/clocktest"
	"usher/presence/presencemem"
	"usher/presence/presencetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(testing.TB) presencetest.Engine {
	c := clocktest.At(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	leases := presencetest.NewLeases(c.Now)
	return presencetest.Engine{
		Store: presencemem.New(presencemem.Options{Now: c.Now, Leases: leases.End, Lease: presencetest.LeaseTime}),
		Now:   c.Now, Advance: c.Advance, Lease: leases.Renew, Forget: leases.Forget,
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	presencetest.Run(t, newEngine)
}

// TestModel compares the model with itself: what it can find is a broken invariant.
func TestModel(t *testing.T) {
	t.Parallel()
	presencetest.RunModel(t, newEngine, newEngine)
}
