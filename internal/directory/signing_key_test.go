package directory_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/directory"
)

func signingKey(id string, useFrom time.Time) directory.SigningKey {
	return directory.SigningKey{
		ID: id, Public: []byte("public of " + id), Sealed: []byte{0, 0xff, 1}, Created: useFrom.Add(-time.Minute), UseFrom: useFrom,
	}
}

func TestSigningKeysAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if keys, err := f.SigningKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Fatalf("at first: %v, %v", keys, err)
	}
	at := time.Date(2030, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	first, second, third := signingKey("a", at.Add(time.Hour)), signingKey("b", at), signingKey("c", at.Add(2*time.Hour))
	change := func(want []directory.SigningKey, add []directory.SigningKey, remove ...string) {
		t.Helper()
		err := f.ChangeSigningKeys(t.Context(), func(have []directory.SigningKey) ([]directory.SigningKey, []string, error) {
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("shown: %s", diff)
			}
			return add, remove, nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	change([]directory.SigningKey{}, []directory.SigningKey{first, second})
	change([]directory.SigningKey{second, first}, []directory.SigningKey{third}, "b", "unknown")
	keys, err := f.reopen(t).SigningKeys(t.Context())
	if diff := cmp.Diff([]directory.SigningKey{first, third}, keys); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestNothingIsChangedWhenTheDecisionFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	broken := errors.New("no decision")
	err := f.ChangeSigningKeys(t.Context(), func([]directory.SigningKey) ([]directory.SigningKey, []string, error) {
		return []directory.SigningKey{signingKey("a", f.Now())}, nil, broken
	})
	if !errors.Is(err, broken) || errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	one := signingKey("a", f.Now())
	err = f.ChangeSigningKeys(t.Context(), func([]directory.SigningKey) ([]directory.SigningKey, []string, error) {
		return []directory.SigningKey{one, one}, nil, nil
	})
	if err == nil {
		t.Error("one key was added twice")
	}
	if keys, err := f.SigningKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("%v are kept (%v)", keys, err)
	}
}

// Two processes on one file, each adding a key where it sees none.
func TestOneDecisionAboutSigningKeysAtATime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			err := handles[i%2].ChangeSigningKeys(t.Context(), func(have []directory.SigningKey) ([]directory.SigningKey, []string, error) {
				if len(have) > 0 {
					return nil, nil, nil
				}
				return []directory.SigningKey{signingKey(fmt.Sprint(i), f.Now())}, nil, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if keys, err := f.SigningKeys(t.Context()); err != nil || len(keys) != 1 {
		t.Errorf("%d keys (%v), want 1", len(keys), err)
	}
}
