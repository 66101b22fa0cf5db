package directory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/directory"
)

func TestCreateLicense(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got, ts, err := f.CreateLicense(t.Context(), directory.NewLicense{
		Partner: f.partner.ID, Name: " Acme Support ", Cap: 3, PriceCents: 1900, Currency: "EUR",
		Policy:    json.RawMessage(`{"grace_ms":30000,"overage":"1.5x","unknown":1}`),
		Teammates: []directory.NewTeammate{{Email: "ann@example.com", Operator: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := directory.License{
		ID: got.ID, Partner: f.partner.ID, Name: "Acme Support", Cap: 3, PriceCents: 1900, Currency: "EUR",
		Policy: directory.Policy{GraceMS: new(int64(30000)), Overage: new("1.5x")},
		Status: directory.Active, Revision: 1, Created: f.Now(),
	}
	stored, err := f.License(t.Context(), got.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, stored) + cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(got.ID, "lic_") || len(got.ID) != 36 || !strings.HasPrefix(ts[0].ID, "tm_") || ts[0].Name != "ann" {
		t.Errorf("ids %q and %q, name %q", got.ID, ts[0].ID, ts[0].Name)
	}
}

func TestCreateLicenseIsAllOrNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic_taken", 0)
	ann := directory.NewTeammate{ID: "tm_ann", Email: "ann@example.com"}
	for name, tc := range map[string]struct {
		change func(*directory.NewLicense)
		code   directory.Code
		field  string
	}{
		"id taken":             {func(n *directory.NewLicense) { n.ID = "lic_taken" }, directory.IDTaken, "id"},
		"bad id":               {func(n *directory.NewLicense) { n.ID = "a b" }, directory.Invalid, "id"},
		"id with a hash tag":   {func(n *directory.NewLicense) { n.ID = "{a}" }, directory.Invalid, "id"},
		"no name":              {func(n *directory.NewLicense) { n.Name = "  " }, directory.Invalid, "name"},
		"control character":    {func(n *directory.NewLicense) { n.Name = "a\x00b" }, directory.Invalid, "name"},
		"negative cap":         {func(n *directory.NewLicense) { n.Cap = -1 }, directory.Invalid, "cap"},
		"huge cap":             {func(n *directory.NewLicense) { n.Cap = 1_000_001 }, directory.Invalid, "cap"},
		"currency":             {func(n *directory.NewLicense) { n.Currency = "euro" }, directory.Invalid, "currency"},
		"price":                {func(n *directory.NewLicense) { n.PriceCents = -5 }, directory.Invalid, "price_cents"},
		"policy is no object":  {func(n *directory.NewLicense) { n.Policy = json.RawMessage(`3`) }, directory.Invalid, "policy"},
		"teammate's address":   {func(n *directory.NewLicense) { n.Teammates[1].Email = "nobody" }, directory.Invalid, "teammates[1].email"},
		"two have one id":      {func(n *directory.NewLicense) { n.Teammates[1].ID = "tm_ann" }, directory.IDTaken, "teammates[1].id"},
		"two have one address": {func(n *directory.NewLicense) { n.Teammates[1].Email = "ANN@example.com" }, directory.EmailTaken, "teammates[1].email"},
	} {
		n := directory.NewLicense{
			ID: "lic_new", Partner: f.partner.ID, Name: "New", Cap: 1,
			Teammates: []directory.NewTeammate{ann, {ID: "tm_bob", Email: "bob@example.com"}},
		}
		tc.change(&n)
		_, _, err := f.CreateLicense(t.Context(), n)
		var e *directory.Error
		if !errors.As(err, &e) || e.Code != tc.code || e.Field != tc.field || e.Reason == "" {
			t.Errorf("%s: got %v, want %s of %s", name, err, tc.code, tc.field)
		}
		if _, err := f.License(t.Context(), "lic_new"); directory.CodeOf(err) != directory.NotFound {
			t.Errorf("%s: left a license behind (%v)", name, err)
		}
	}
}

func TestEnsureLicenseLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	n := directory.NewLicense{ID: "lic_demo", Partner: f.partner.ID, Name: "Demo", Cap: 3}
	if _, created, err := f.EnsureLicense(t.Context(), n); err != nil || !created {
		t.Fatalf("created %t, %v", created, err)
	}
	if _, err := f.ChangeLicense(t.Context(), "lic_demo", nil, directory.LicenseChange{Cap: new(5)}); err != nil {
		t.Fatal(err)
	}
	l, created, err := f.EnsureLicense(t.Context(), n)
	if err != nil || created || l.Cap != 5 {
		t.Errorf("created %t with cap %d, %v; want the one with cap 5 left alone", created, l.Cap, err)
	}
}

func TestChangeLicense(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	status := func(s directory.Status) *directory.Status { return &s }
	for _, step := range []struct {
		name       string
		ifRevision []int64
		change     directory.LicenseChange
		revision   int64
		code       directory.Code
	}{
		{"cap", nil, directory.LicenseChange{Cap: new(5)}, 2, ""},
		{"the same cap is no change", nil, directory.LicenseChange{Cap: new(5)}, 2, ""},
		{"cap of 0", []int64{2}, directory.LicenseChange{Cap: new(0)}, 3, ""},
		{"stale", []int64{2}, directory.LicenseChange{Cap: new(1)}, 3, directory.StaleRevision},
		{"one of several", []int64{2, 3}, directory.LicenseChange{Name: new("Other")}, 4, ""},
		{"status", nil, directory.LicenseChange{Status: status(directory.Suspended)}, 5, ""},
		{"unknown status", nil, directory.LicenseChange{Status: status("paused")}, 5, directory.Invalid},
		{"price", nil, directory.LicenseChange{PriceCents: new(int64(100)), Currency: new("EUR")}, 6, ""},
		{"policy", nil, directory.LicenseChange{Policy: json.RawMessage(`{"overage":"2x"}`)}, 7, ""},
		{"unknown policy is no change", nil, directory.LicenseChange{Policy: json.RawMessage(`{"other":true}`)}, 7, ""},
		{"nothing", nil, directory.LicenseChange{}, 7, ""},
		{"one good, one bad", nil, directory.LicenseChange{Cap: new(9), Name: new("")}, 7, directory.Invalid},
	} {
		l, err := f.ChangeLicense(t.Context(), "lic", step.ifRevision, step.change)
		wantCode(t, err, step.code)
		stored, readErr := f.License(t.Context(), "lic")
		if readErr != nil {
			t.Fatal(readErr)
		}
		if stored.Revision != step.revision {
			t.Errorf("%s: revision %d, want %d", step.name, stored.Revision, step.revision)
		}
		if err == nil {
			if d := cmp.Diff(stored, l); d != "" {
				t.Errorf("%s: answered otherwise than stored: %s", step.name, d)
			}
		}
	}
	_, err := f.ChangeLicense(t.Context(), "nowhere", nil, directory.LicenseChange{})
	wantCode(t, err, directory.NotFound)
}

func TestLicensesArePagedByPartner(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other, err := f.EnsurePartner(t.Context(), "Other", "other@example.com")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 7 {
		want = append(want, f.license(t, fmt.Sprintf("lic_%d", i), 0).ID)
	}
	if _, _, err := f.CreateLicense(t.Context(), directory.NewLicense{ID: "lic_3b", Partner: other.ID, Name: "Foreign"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.DeleteLicense(t.Context(), "lic_4", nil); err != nil {
		t.Fatal(err)
	}
	want = append(want[:4], want[5:]...)
	var got []string
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := f.Licenses(t.Context(), f.partner.ID, directory.LicenseFilter{}, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Items {
			got = append(got, l.ID)
		}
		cursor = page.Next
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []struct {
		cursor string
		limit  int
	}{{"%%%", 1}, {"YSBi", 1}, {"", -1}, {"", 501}} {
		_, err := f.Licenses(t.Context(), f.partner.ID, directory.LicenseFilter{}, bad.cursor, bad.limit)
		wantCode(t, err, directory.Invalid)
	}
}

func TestDeleteAndPurge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 2)
	_, err := f.DeleteLicense(t.Context(), "lic", []int64{7})
	wantCode(t, err, directory.StaleRevision)
	wantCode(t, f.PurgeLicense(t.Context(), "lic"), directory.Invalid)
	deleted := f.Now()
	for range 2 { // the second changes nothing
		l, err := f.DeleteLicense(t.Context(), "lic", nil)
		if err != nil || l.Status != directory.Expired || l.Revision != 2 || !l.Deleted.Equal(deleted) {
			t.Fatalf("got %+v, %v", l, err)
		}
		f.Advance(time.Minute)
	}
	_, err = f.ChangeLicense(t.Context(), "lic", nil, directory.LicenseChange{Status: new(directory.Active)})
	wantCode(t, err, directory.Deleted)
	_, _, err = f.ChangeTeammate(t.Context(), "lic", "tm_0", directory.TeammateChange{Operator: new(false)})
	wantCode(t, err, directory.Deleted)

	wantCode(t, f.PurgeLicense(t.Context(), "lic"), "")
	_, err = f.License(t.Context(), "lic")
	wantCode(t, err, directory.NotFound)
	_, err = f.Teammate(t.Context(), "lic", "tm_0")
	wantCode(t, err, directory.NotFound)
	wantCode(t, f.PurgeLicense(t.Context(), "lic"), directory.NotFound)
	_, _, err = f.CreateLicense(t.Context(), directory.NewLicense{ID: "lic", Partner: f.partner.ID, Name: "Again"})
	wantCode(t, err, directory.IDTaken)
}
