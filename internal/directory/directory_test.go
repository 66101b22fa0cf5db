package directory_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/audit"
	"usher/internal/clocktest"
	"usher/internal/databasetest"
	"usher/internal/directory"
	"usher/internal/recordstest"
)

func TestMain(m *testing.M) { recordstest.Main(m) }

// fixture is a directory on a database of its own, with one partner.
type fixture struct {
	directory.Acting
	*clocktest.Clock
	at      databasetest.Place
	partner directory.Partner
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{at: databasetest.New(t), Clock: clocktest.At(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))}
	f.Acting = f.reopen(t)
	p, err := f.EnsurePartner(t.Context(), "Example Partner", "partner@example.com")
	if err != nil {
		t.Fatal(err)
	}
	f.partner = p
	return f
}

// reopen returns another directory on the same file, as another process would have it.
func (f *fixture) reopen(t *testing.T) directory.Acting {
	t.Helper()
	return directory.New(recordstest.Open(t, f.at), directory.Options{Now: f.Now, MinGrace: 21 * time.Second}).By(somebody())
}

// license creates a license with teammates tm_0 … tm_(n-1), all operators, the first an administrator.
func (f *fixture) license(t *testing.T, id string, n int) directory.License {
	t.Helper()
	nl := directory.NewLicense{ID: id, Partner: f.partner.ID, Name: "Example", Cap: 3}
	for i := range n {
		nl.Teammates = append(nl.Teammates, directory.NewTeammate{
			ID: fmt.Sprintf("tm_%d", i), Email: fmt.Sprintf("t%d@example.com", i), Operator: true, Administrator: i == 0,
		})
	}
	l, ts, err := f.CreateLicense(t.Context(), nl)
	if err != nil {
		t.Fatal(err)
	}
	if len(ts) != n {
		t.Fatalf("%d teammates, want %d", len(ts), n)
	}
	return l
}

// somebody is who changes things in tests.
func somebody() audit.Actor {
	return audit.Actor{Kind: audit.Partner, ID: "par_1", Key: "abcdefgh", From: "192.0.2.7"}
}

func wantCode(t *testing.T, err error, want directory.Code) {
	t.Helper()
	if got := directory.CodeOf(err); got != want || want == "" && err != nil {
		t.Errorf("got %v (code %q), want code %q", err, got, want)
	}
}

// Writers of two processes on one file; none is turned away, and no revision is given twice.
func TestConcurrentWritersNeverCollide(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	const writers, each = 64, 4
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = map[int64]bool{1: true}
	)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				l, _, err := handles[w%2].AddTeammate(t.Context(), "lic", directory.NewTeammate{
					Email: fmt.Sprintf("t%d-%d@example.com", w, i), Operator: true,
				})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[l.Revision] {
					t.Errorf("revision %d was given twice", l.Revision)
				}
				seen[l.Revision] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	l, ts, err := handles[1].ChangedSince(t.Context(), "lic", 0)
	if err != nil || len(ts) != writers*each || l.Revision != writers*each+1 {
		t.Errorf("%d teammates at revision %d (%v), want %d at %d", len(ts), l.Revision, err, writers*each, writers*each+1)
	}
}

func TestConcurrentGenerationsDiffer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	var (
		wg           sync.WaitGroup
		seen, epochs sync.Map
	)
	for i := range 32 {
		wg.Go(func() {
			o, err := handles[i%2].NextGeneration(t.Context(), "lic", 0, "")
			if err != nil {
				t.Error(err)
			}
			if _, twice := seen.LoadOrStore(o.License.Generation, true); twice {
				t.Errorf("generation %d was given twice", o.License.Generation)
			}
			epoch, err := handles[i%2].NextEpoch(t.Context(), "lic", 0)
			if err != nil {
				t.Error(err)
			}
			if _, twice := epochs.LoadOrStore(epoch, true); twice {
				t.Errorf("epoch %d was given twice", epoch)
			}
		})
	}
	wg.Wait()
}

// What nobody can be called is not found, rather than a mistake that the database complains about.
func TestNobodyIsCalledThat(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	ctx := t.Context()
	for _, id := range []string{"", "a\x00b", "\xff", "ü", "a b", strings.Repeat("a", 65)} {
		_, err := f.License(ctx, id)
		wantCode(t, err, directory.NotFound)
		_, err = f.Teammate(ctx, "lic", id)
		wantCode(t, err, directory.NotFound)
		_, _, err = f.Profile(ctx, id, "tm_0")
		wantCode(t, err, directory.NotFound)
		_, _, err = f.Profile(ctx, "lic", id)
		wantCode(t, err, directory.NotFound)
		_, err = f.ChangeLicense(ctx, id, nil, directory.LicenseChange{})
		wantCode(t, err, directory.NotFound)
		_, err = f.Choose(ctx, "lic", id, directory.Intent{Status: "online"}, time.Time{})
		wantCode(t, err, directory.NotFound)
	}
}
