package directory_test

import (
	"sync"
	"testing"
	"time"

	"usher/internal/directory"
)

// TestPromise10_ARequestThatComesAgainMakesNothingAgain: a request with a key makes what it makes once, however often and at whatever moment it
// comes; the key of another caller is another key.
func TestPromise10_ARequestThatComesAgainMakesNothingAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	once := directory.Once{Caller: f.partner.ID, Key: "order 66", Fingerprint: "a"}
	for _, id := range []string{"", "lic_named"} {
		once.Key += "."
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			seen = map[string]int{}
		)
		for range 8 {
			wg.Go(func() {
				l, ts, is, err := f.Once(once).CreateLicenseInviting(t.Context(), directory.NewLicense{
					ID: id, Partner: f.partner.ID, Name: "Example", Cap: 1, Teammates: []directory.NewTeammate{{Email: "a@example.com"}},
				}, []directory.NewInvitation{{Email: "b@example.com"}})
				if err != nil || len(ts) != 1 || len(is) != 1 {
					t.Errorf("%+v %+v %v", ts, is, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[l.ID+ts[0].ID+is[0].ID]++
			})
		}
		wg.Wait()
		if len(seen) != 1 {
			t.Errorf("id %q: %v were made", id, seen)
		}
	}
	page, err := f.Licenses(t.Context(), f.partner.ID, directory.LicenseFilter{}, "", 0)
	if err != nil || len(page.Items) != 2 {
		t.Errorf("%d licenses (%v), want 2", len(page.Items), err)
	}
	n := directory.NewLicense{Partner: f.partner.ID, Name: "Example", Cap: 1}
	other := once
	other.Fingerprint = "b"
	_, _, err = f.Once(other).CreateLicense(t.Context(), n)
	wantCode(t, err, directory.KeyReused)
	other.Caller = "somebody else"
	_, _, err = f.Once(other).CreateLicense(t.Context(), n)
	wantCode(t, err, "")
	f.Advance(directory.RepeatsKept - time.Millisecond)
	_, _, err = f.Once(once).CreateLicense(t.Context(), n)
	wantCode(t, err, "")
	if page, err := f.Licenses(t.Context(), f.partner.ID, directory.LicenseFilter{}, "", 0); err != nil || len(page.Items) != 3 {
		t.Errorf("%d licenses (%v), want 3", len(page.Items), err)
	}
	f.Advance(time.Millisecond)
	_, _, err = f.Once(once).CreateLicense(t.Context(), n)
	wantCode(t, err, "")
	if page, err := f.Licenses(t.Context(), f.partner.ID, directory.LicenseFilter{}, "", 0); err != nil || len(page.Items) != 4 {
		t.Errorf("after a week: %d licenses (%v), want 4", len(page.Items), err)
	}
}

// A teammate who was added under a key is found again, changed or not; what failed may be tried again under the same key.
func TestATeammateIsAddedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	once := f.Once(directory.Once{Caller: "c", Key: "k", Fingerprint: "a"})
	_, _, err := once.AddTeammate(t.Context(), "lic", directory.NewTeammate{Email: "t0@example.com"})
	wantCode(t, err, directory.EmailTaken)
	_, first, err := once.AddTeammate(t.Context(), "lic", directory.NewTeammate{Email: "new@example.com"})
	wantCode(t, err, "")
	_, _, err = f.ChangeTeammate(t.Context(), "lic", first.ID, directory.TeammateChange{Name: new("Renamed")})
	wantCode(t, err, "")
	l, again, err := once.AddTeammate(t.Context(), "lic", directory.NewTeammate{Email: "new@example.com"})
	if err != nil || again.ID != first.ID || again.Name != "Renamed" || l.Revision != 3 {
		t.Errorf("%+v at %d, %v", again, l.Revision, err)
	}
	_, _, err = f.RemoveTeammate(t.Context(), "lic", first.ID)
	wantCode(t, err, "")
	_, _, err = once.AddTeammate(t.Context(), "lic", directory.NewTeammate{Email: "new@example.com"})
	wantCode(t, err, directory.NotFound)
}
