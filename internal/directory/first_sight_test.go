package directory_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/internal/audit"
	"usher/internal/directory"
	"usher/internal/recordstest"
)

func welcoming(t *testing.T, f *fixture, license string) {
	t.Helper()
	f.license(t, license, 1)
	_, err := f.ChangeLicense(t.Context(), license, nil, directory.LicenseChange{Policy: json.RawMessage(`{"first_sight":true}`)})
	wantCode(t, err, "")
}

var stranger = directory.NewTeammate{ID: "tm_new", Email: "new@example.com", Name: "New"}

// Many who come at once, or again, are one teammate: an operator, never an administrator, told in the audit log once.
func TestWhoJoinsOnFirstSightJoinsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	welcoming(t, f, "lic")
	acting := f.Directory.By(audit.Actor{Kind: audit.Teammate, ID: "tm_new"})
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		codes []directory.Code
	)
	greedy := stranger
	greedy.Administrator = true
	for range 8 {
		wg.Go(func() {
			_, err := acting.FirstSight(t.Context(), "lic", greedy)
			mu.Lock()
			defer mu.Unlock()
			codes = append(codes, directory.CodeOf(err))
		})
	}
	wg.Wait()
	slices.Sort(codes)
	if codes[0] != "" || codes[1] != directory.IDTaken {
		t.Errorf("%v", codes)
	}
	got, err := f.Teammate(t.Context(), "lic", "tm_new")
	if err != nil || !got.Operator || got.Administrator || got.Name != "New" || got.Email != "new@example.com" {
		t.Errorf("%+v %v", got, err)
	}
	entries, err := audit.NewLog(recordstest.Open(t, f.at)).Entries(t.Context(), audit.OfLicense("lic"), audit.Filter{Action: audit.TeammateAdded, Subject: "tm_new"}, 10)
	if err != nil || len(entries) != 1 || entries[0].By.ID != "tm_new" {
		t.Errorf("%+v %v", entries, err)
	}
}

// Nobody joins where the policy does not say so, or who was removed, or who takes somebody's address.
func TestWhoMayNotJoinOnFirstSight(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	welcoming(t, f, "lic")
	f.license(t, "lic_closed", 1)
	acting := f.Directory.By(audit.Actor{Kind: audit.Teammate, ID: "tm_new"})
	try := func(license string, change func(*directory.NewTeammate)) directory.Code {
		n := stranger
		change(&n)
		_, err := acting.FirstSight(t.Context(), license, n)
		return directory.CodeOf(err)
	}
	none := func(*directory.NewTeammate) {}
	_, _, err := f.AddTeammate(t.Context(), "lic", directory.NewTeammate{ID: "tm_gone", Email: "gone@example.com"})
	wantCode(t, err, "")
	_, _, err = f.RemoveTeammate(t.Context(), "lic", "tm_gone")
	wantCode(t, err, "")
	zero, err := f.Teammate(t.Context(), "lic", "tm_0")
	wantCode(t, err, "")
	before, err := f.License(t.Context(), "lic")
	wantCode(t, err, "")
	for name, c := range map[string]struct{ got, want directory.Code }{
		"a license that is closed":    {try("lic_closed", none), directory.NotFound},
		"a license that is not":       {try("lic_none", none), directory.NotFound},
		"one who was removed":         {try("lic", func(n *directory.NewTeammate) { n.ID = "tm_gone" }), directory.IDTaken},
		"one with another's address":  {try("lic", func(n *directory.NewTeammate) { n.Email = strings.ToUpper(zero.Email) }), directory.EmailTaken},
		"one without an address":      {try("lic", func(n *directory.NewTeammate) { n.Email = "" }), directory.Invalid},
		"one with an address of none": {try("lic", func(n *directory.NewTeammate) { n.Email = "a\x00b@example.com" }), directory.Invalid},
		"one with a name of none":     {try("lic", func(n *directory.NewTeammate) { n.Name = "a\x00" }), directory.Invalid},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
	if after, err := f.License(t.Context(), "lic"); err != nil || after.Revision != before.Revision {
		t.Errorf("revision %d, was %d (%v)", after.Revision, before.Revision, err)
	}
	if code := try("lic", none); code != "" {
		t.Errorf("who may: %q", code)
	}
}
