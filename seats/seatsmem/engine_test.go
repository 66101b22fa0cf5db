package seatsmem_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"usher/internal/clocktest"
	"usher/seats/seatsmem"
	"usher/seats/seatstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(testing.TB) seatstest.Engine {
	c := clocktest.At(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	s := seatsmem.New(seatsmem.Options{Now: c.Now})
	return seatstest.Engine{Store: s, Now: c.Now, Advance: c.Advance, LeaseEnd: s.LeaseEnd}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	seatstest.Run(t, newEngine)
}

func TestStampede(t *testing.T) {
	t.Parallel()
	seatstest.RunStampede(t, newEngine)
}

// TestModel compares the model with itself: what it can find is a broken invariant.
func TestModel(t *testing.T) {
	t.Parallel()
	seatstest.RunModel(t, newEngine, newEngine)
}
