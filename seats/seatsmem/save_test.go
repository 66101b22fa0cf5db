package seatsmem

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/seats"
)

// shelf is where a test's engine saves.
type shelf struct {
	mu    sync.Mutex
	calls int
	fails bool
	saved map[seats.LicenseID]Saved
}

func (s *shelf) save(_ context.Context, boards []Saved) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.fails {
		return errors.New("no room on the shelf")
	}
	for _, b := range boards {
		s.saved[b.License] = b
	}
	return nil
}

func (s *shelf) look() (Saved, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saved[testLicense], s.calls
}

func (s *shelf) fail(fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = fails
}

func names(holders []seats.Holder) []seats.TeammateID {
	var all []seats.TeammateID
	for _, h := range holders {
		all = append(all, h.Teammate)
	}
	return all
}

// TestSavesBehind: what changed is saved within a tenth of a second, once for many changes, and at Close.
func TestSavesBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shelf := &shelf{saved: map[seats.LicenseID]Saved{}}
		s := New(Options{Save: shelf.save})
		opened(t, s, 2)
		do(t, s, take("ann", "ses-1"))
		do(t, s, take("bob", "ses-2"))
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		got, calls := shelf.look()
		if diff := cmp.Diff([]seats.TeammateID{"ann", "bob"}, names(got.Holders)); diff != "" || calls != 1 {
			t.Fatalf("saved in %d calls, want 1 (-want +got):\n%s", calls, diff)
		}
		time.Sleep(time.Minute)
		do(t, s) // renews nothing: silence changes the board
		do(t, s, seats.Logout{Teammate: "ann", Session: "ses-1"})
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, _ := shelf.look(); cmp.Diff([]seats.TeammateID{"bob"}, names(got.Holders)) != "" {
			t.Fatalf("closed with %v on the shelf", got.Holders)
		}
	})
}

// TestSavesAgainWhatFailed: a database that was down gets what changed meanwhile, and Close tells when it is down still.
func TestSavesAgainWhatFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shelf := &shelf{saved: map[seats.LicenseID]Saved{}, fails: true}
		s := New(Options{Save: shelf.save})
		opened(t, s, 2)
		do(t, s, take("ann", "ses-1"))
		time.Sleep(time.Minute)
		if _, calls := shelf.look(); calls < 3 || calls > 50 {
			t.Fatalf("tried %d times in a minute", calls)
		}
		shelf.fail(false)
		time.Sleep(saveRetryMost + time.Second)
		synctest.Wait()
		if got, _ := shelf.look(); len(got.Holders) != 1 {
			t.Fatalf("saved %v, want ann", got.Holders)
		}
		shelf.fail(true)
		do(t, s, take("bob", "ses-2"))
		if err := s.Close(t.Context()); err == nil {
			t.Fatal("closed without an error, though nothing could be saved")
		}
	})
}
