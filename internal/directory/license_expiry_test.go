package directory_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/alerts"
	"usher/internal/audit"
	"usher/internal/directory"
	"usher/internal/recordstest"
)

func (f *fixture) expiring(t *testing.T, license string, in time.Duration) {
	t.Helper()
	end := f.Now().Add(in)
	_, err := f.ChangeLicense(t.Context(), license, nil, directory.LicenseChange{Expires: &end})
	wantCode(t, err, "")
}

// A license ends at its moment, by whichever node looks first, told in the audit log once; and its administrators are told two weeks before, once.
func TestLicensesExpireAtTheirMoment(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, id := range []string{"lic_a", "lic_b", "lic_c"} {
		f.license(t, id, 1)
	}
	f.expiring(t, "lic_a", 20*24*time.Hour)
	f.expiring(t, "lic_b", 30*24*time.Hour)
	expire := func() (ended []string) {
		var (
			nodes sync.WaitGroup
			mu    sync.Mutex
		)
		for range 4 {
			nodes.Go(func() {
				ls, _, err := f.Directory.ExpireLicenses(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, l := range ls {
					ended = append(ended, l.ID)
				}
			})
		}
		nodes.Wait()
		return ended
	}
	db := recordstest.Open(t, f.at)
	warned := func(license string) (texts []string) {
		all, err := alerts.New(db).Alerts(t.Context(), alerts.Filter{License: license}, 10)
		wantCode(t, err, "")
		for _, a := range all {
			texts = append(texts, a.Text)
		}
		return texts
	}
	if got := expire(); got != nil || warned("lic_a") != nil {
		t.Errorf("at first: %v ended, %q", got, warned("lic_a"))
	}
	f.Advance(6 * 24 * time.Hour)
	if got, texts := expire(), warned("lic_a"); got != nil || len(texts) != 1 || !strings.HasPrefix(texts[0], "The license expires on ") {
		t.Errorf("two weeks before: %v ended, %q", got, texts)
	}
	f.Advance(14*24*time.Hour - time.Millisecond)
	if got := expire(); got != nil || len(warned("lic_a")) != 1 {
		t.Errorf("just before: %v ended, %q", got, warned("lic_a"))
	}
	f.Advance(time.Millisecond)
	if got := expire(); !slices.Equal(got, []string{"lic_a"}) {
		t.Errorf("at its moment: %v ended", got)
	}
	for license, want := range map[string]directory.Status{"lic_a": directory.Expired, "lic_b": directory.Active, "lic_c": directory.Active} {
		if l, err := f.License(t.Context(), license); err != nil || l.Status != want {
			t.Errorf("%s is %s (%v), want %s", license, l.Status, err, want)
		}
	}
	entries, err := audit.NewLog(db).Entries(t.Context(), audit.OfLicense("lic_a"), audit.Filter{Action: audit.LicenseChanged}, 10)
	if err != nil || len(entries) != 2 || entries[0].By.Kind != audit.Usher {
		t.Errorf("%+v %v", entries, err)
	}

	// Who pays goes on; who pays twice is warned twice.
	end, active := f.Now().Add(10*24*time.Hour), directory.Active
	l, err := f.ChangeLicense(t.Context(), "lic_a", nil, directory.LicenseChange{Expires: &end, Status: &active})
	if err != nil || !l.Expires.Equal(end) || l.Status != directory.Active {
		t.Errorf("%+v %v", l, err)
	}
	if got := expire(); got != nil || len(warned("lic_a")) != 2 {
		t.Errorf("again: %v ended, %q", got, warned("lic_a"))
	}
	if l, err = f.ChangeLicense(t.Context(), "lic_a", nil, directory.LicenseChange{Expires: &time.Time{}}); err != nil || !l.Expires.IsZero() {
		t.Errorf("for ever: %+v %v", l, err)
	}
	f.Advance(100 * 24 * time.Hour)
	if got := expire(); !slices.Equal(got, []string{"lic_b"}) {
		t.Errorf("after long: %v ended", got)
	}
}

// Licenses are found by what their names or ids have, in capitals or not, which means itself.
func TestLicensesAreFound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for id, name := range map[string]string{"lic_1": "Ärzte & Söhne", "lic_2": "100 % Example", "lic_3": "Plain_Example", "LIC_4": "Other!"} {
		_, _, err := f.CreateLicense(t.Context(), directory.NewLicense{ID: id, Partner: f.partner.ID, Name: name, Cap: 1})
		wantCode(t, err, "")
	}
	suspended := directory.Suspended
	_, err := f.ChangeLicense(t.Context(), "lic_3", nil, directory.LicenseChange{Status: &suspended})
	wantCode(t, err, "")
	for _, c := range []struct {
		filter directory.LicenseFilter
		want   string
	}{
		{directory.LicenseFilter{}, "LIC_4 lic_1 lic_2 lic_3"},
		{directory.LicenseFilter{Text: "ärzte"}, "lic_1"},
		{directory.LicenseFilter{Text: "ÄRZTE & sÖhne"}, "lic_1"},
		{directory.LicenseFilter{Text: "example"}, "lic_2 lic_3"},
		{directory.LicenseFilter{Text: "%"}, "lic_2"},
		{directory.LicenseFilter{Text: "n_e"}, "lic_3"},
		{directory.LicenseFilter{Text: "!"}, "LIC_4"},
		{directory.LicenseFilter{Text: "lic_4"}, "LIC_4"},
		{directory.LicenseFilter{Text: "' OR '1'='1"}, ""},
		{directory.LicenseFilter{Status: directory.Suspended}, "lic_3"},
		{directory.LicenseFilter{Text: "100", Status: directory.Suspended}, ""},
	} {
		page, err := f.Licenses(t.Context(), f.partner.ID, c.filter, "", 0)
		var ids []string
		for _, l := range page.Items {
			ids = append(ids, l.ID)
		}
		if got := strings.Join(ids, " "); got != c.want || err != nil {
			t.Errorf("%+v: %q (%v), want %q", c.filter, got, err, c.want)
		}
	}
	for _, text := range []string{"a\x00", "\xff", "a\nb"} {
		_, err = f.Licenses(t.Context(), f.partner.ID, directory.LicenseFilter{Text: text}, "", 0)
		wantCode(t, err, directory.Invalid)
	}
	_, err = f.ChangeLicense(t.Context(), "lic_2", nil, directory.LicenseChange{Name: new("Renamed")})
	wantCode(t, err, "")
	if page, err := f.Licenses(t.Context(), f.partner.ID, directory.LicenseFilter{Text: "renamed"}, "", 0); err != nil || len(page.Items) != 1 {
		t.Errorf("renamed: %+v %v", page, err)
	}
}

// What was deleted can be restored with all that belongs to it, until it is purged after thirty days, by whichever node looks first.
func TestDeletedLicensesAreRestoredOrPurged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, id := range []string{"lic_a", "lic_b"} {
		f.license(t, id, 2)
		_, err := f.DeleteLicense(t.Context(), id, nil)
		wantCode(t, err, "")
	}
	f.Advance(directory.PurgedAfter - time.Millisecond)
	if purged, err := f.PurgeDeleted(t.Context()); purged || err != nil {
		t.Errorf("too early: %t %v", purged, err)
	}
	for range 2 { // twice is once
		l, err := f.RestoreLicense(t.Context(), "lic_a")
		if err != nil || !l.Deleted.IsZero() || l.Status != directory.Suspended || l.Revision != 3 {
			t.Errorf("%+v %v", l, err)
		}
	}
	if page, err := f.Teammates(t.Context(), "lic_a", "", 0); err != nil || len(page.Items) != 2 {
		t.Errorf("%+v %v", page, err)
	}
	f.Advance(time.Millisecond)
	var nodes sync.WaitGroup
	for range 4 {
		nodes.Go(func() {
			for more := true; more; {
				var err error
				if more, err = f.PurgeDeleted(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	nodes.Wait()
	_, err := f.RestoreLicense(t.Context(), "lic_b")
	wantCode(t, err, directory.NotFound)
	_, err = f.License(t.Context(), "lic_a")
	wantCode(t, err, "")
	_, _, err = f.CreateLicense(t.Context(), directory.NewLicense{ID: "lic_b", Partner: f.partner.ID, Name: "B"})
	wantCode(t, err, directory.IDTaken)
}
