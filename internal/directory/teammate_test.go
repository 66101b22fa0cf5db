package directory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/database"
	"usher/internal/directory"
)

func TestTeammateLife(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	l, ann, err := f.AddTeammate(t.Context(), "lic", directory.NewTeammate{ID: "tm_ann", Email: "Ann@Example.com", Operator: true})
	if err != nil {
		t.Fatal(err)
	}
	want := directory.Teammate{
		ID: "tm_ann", License: "lic", Email: "Ann@Example.com", Name: "Ann", Operator: true, Revision: 2, Created: f.Now(),
	}
	stored, err := f.Teammate(t.Context(), "lic", "tm_ann")
	if d := cmp.Diff(want, ann) + cmp.Diff(want, stored); d != "" || err != nil || l.Revision != 2 {
		t.Errorf("license at %d, %v, %s", l.Revision, err, d)
	}

	l, ann, err = f.ChangeTeammate(t.Context(), "lic", "tm_ann", directory.TeammateChange{Operator: new(false), Administrator: new(true), Name: new("Anna")})
	if err != nil || l.Revision != 3 || ann.Revision != 3 || ann.Operator || !ann.Administrator || ann.Name != "Anna" {
		t.Errorf("got %+v at %d, %v", ann, l.Revision, err)
	}
	l, ann, err = f.ChangeTeammate(t.Context(), "lic", "tm_ann", directory.TeammateChange{Administrator: new(true)})
	if err != nil || l.Revision != 3 || ann.Revision != 3 {
		t.Errorf("no change: revision %d, %v", l.Revision, err)
	}

	f.Advance(time.Hour)
	l, ann, err = f.RemoveTeammate(t.Context(), "lic", "tm_ann")
	if err != nil || l.Revision != 4 || ann.Operator || ann.Administrator || !ann.Removed.Equal(f.Now()) {
		t.Errorf("got %+v at %d, %v", ann, l.Revision, err)
	}
	_, err = f.Teammate(t.Context(), "lic", "tm_ann")
	wantCode(t, err, directory.NotFound)
	_, _, err = f.RemoveTeammate(t.Context(), "lic", "tm_ann")
	wantCode(t, err, directory.NotFound)
	_, _, err = f.ChangeTeammate(t.Context(), "lic", "tm_ann", directory.TeammateChange{Operator: new(true)})
	wantCode(t, err, directory.NotFound)
	page, err := f.Teammates(t.Context(), "lic", "", 0)
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "tm_0" {
		t.Errorf("got %+v, %v", page, err)
	}

	_, _, err = f.AddTeammate(t.Context(), "lic", directory.NewTeammate{ID: "tm_ann", Email: "other@example.com"})
	wantCode(t, err, directory.IDTaken)
	_, _, err = f.AddTeammate(t.Context(), "lic", directory.NewTeammate{ID: "tm_ann2", Email: "ann@example.com"})
	wantCode(t, err, "") // the address of a removed teammate is free
}

func TestTeammateMistakes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 2)
	for name, tc := range map[string]struct {
		new  directory.NewTeammate
		code directory.Code
	}{
		"address taken":        {directory.NewTeammate{Email: "T1@EXAMPLE.com"}, directory.EmailTaken},
		"id taken":             {directory.NewTeammate{ID: "tm_1", Email: "a@example.com"}, directory.IDTaken},
		"no address":           {directory.NewTeammate{}, directory.Invalid},
		"address with a name":  {directory.NewTeammate{Email: "Ann <ann@example.com>"}, directory.Invalid},
		"two addresses":        {directory.NewTeammate{Email: "a@example.com, b@example.com"}, directory.Invalid},
		"header in an address": {directory.NewTeammate{Email: "a@example.com\r\nBcc: b@example.com"}, directory.Invalid},
		"name of many letters": {directory.NewTeammate{Email: "a@example.com", Name: strings.Repeat("x", 201)}, directory.Invalid},
		"name of many bytes":   {directory.NewTeammate{Email: "a@example.com", Name: strings.Repeat("字", 134)}, directory.Invalid},
		"bad id":               {directory.NewTeammate{ID: "a/b", Email: "a@example.com"}, directory.Invalid},
	} {
		if _, _, err := f.AddTeammate(t.Context(), "lic", tc.new); directory.CodeOf(err) != tc.code {
			t.Errorf("%s: got %v, want %s", name, err, tc.code)
		}
	}
	_, _, err := f.ChangeTeammate(t.Context(), "lic", "tm_0", directory.TeammateChange{Email: new("T1@example.com")})
	wantCode(t, err, directory.EmailTaken)
	_, _, err = f.ChangeTeammate(t.Context(), "lic", "tm_0", directory.TeammateChange{Email: new("T0@example.com")})
	wantCode(t, err, "") // one's own, spelled otherwise
	_, _, err = f.AddTeammate(t.Context(), "nowhere", directory.NewTeammate{Email: "a@example.com"})
	wantCode(t, err, directory.NotFound)
	_, err = f.Teammates(t.Context(), "nowhere", "", 0)
	wantCode(t, err, directory.NotFound)
	if l, err := f.License(t.Context(), "lic"); err != nil || l.Revision != 2 {
		t.Errorf("revision %d, %v: mistakes must not count", l.Revision, err)
	}
}

func TestALicenseHasRoomForSoManyTeammates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 2)
	f.license(t, "lic_b", 1)
	db, err := database.Open(t.Context(), database.Options{URL: f.at.URL, Dir: f.at.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	dir := directory.New(db, directory.Options{Now: f.Now, MaxTeammates: 3}).By(somebody())
	add := func(license, email string) error {
		_, _, err := dir.AddTeammate(t.Context(), license, directory.NewTeammate{Email: email})
		return err
	}
	wantCode(t, add("lic", "last@example.com"), "")
	wantCode(t, add("lic", "more@example.com"), directory.TooMany)
	if l, err := f.License(t.Context(), "lic"); err != nil || l.Revision != 2 {
		t.Errorf("revision %d, %v: who found no room must not count", l.Revision, err)
	}
	wantCode(t, add("lic_b", "more@example.com"), "")
	if _, _, err := f.RemoveTeammate(t.Context(), "lic", "tm_1"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, add("lic", "more@example.com"), "") // removed ones take no room
}

func TestOneAddressOnTwoLicenses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic_a", 1)
	f.license(t, "lic_b", 1)
	if a, err := f.Teammate(t.Context(), "lic_a", "tm_0"); err != nil || a.License != "lic_a" {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestProfileAndChangedSince(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)                                                                                                     // revision 1
	if _, _, err := f.ChangeTeammate(t.Context(), "lic", "tm_1", directory.TeammateChange{Operator: new(false)}); err != nil { // 2
		t.Fatal(err)
	}
	if _, err := f.ChangeLicense(t.Context(), "lic", nil, directory.LicenseChange{Cap: new(9)}); err != nil { // 3
		t.Fatal(err)
	}
	if _, _, err := f.RemoveTeammate(t.Context(), "lic", "tm_2"); err != nil { // 4
		t.Fatal(err)
	}
	for since, want := range map[int64][]string{0: {"tm_0", "tm_1", "tm_2"}, 1: {"tm_1", "tm_2"}, 2: {"tm_2"}, 3: {"tm_2"}, 4: nil} {
		l, ts, err := f.ChangedSince(t.Context(), "lic", since)
		var got []string
		for _, changed := range ts {
			got = append(got, changed.ID)
			if changed.ID != "tm_0" && changed.Operator {
				t.Errorf("since %d: %s is still an operator", since, changed.ID)
			}
		}
		if err != nil || l.Revision != 4 || !slices.Equal(got, want) {
			t.Errorf("since %d: got %v at %d (%v), want %v at 4", since, got, l.Revision, err, want)
		}
	}
	l, tm, err := f.Profile(t.Context(), "lic", "tm_1")
	if err != nil || l.Revision != 4 || l.Cap != 9 || tm.Operator {
		t.Errorf("got %+v, %+v, %v", l, tm, err)
	}
	_, _, err = f.Profile(t.Context(), "lic", "tm_2")
	wantCode(t, err, directory.NotFound)
	_, _, err = f.Profile(t.Context(), "nowhere", "tm_1")
	wantCode(t, err, directory.NotFound)
	_, _, err = f.ChangedSince(t.Context(), "nowhere", 0)
	wantCode(t, err, directory.NotFound)
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic_a", 0)
	f.license(t, "lic_b", 0)
	if _, err := f.ChangeLicense(t.Context(), "lic_b", nil, directory.LicenseChange{Cap: new(1)}); err != nil {
		t.Fatal(err)
	}
	ask := []string{"lic_a", "lic_b", "nowhere"}
	for len(ask) < 1200 { // more than one statement takes
		ask = append(ask, "absent")
	}
	got, err := f.Revisions(t.Context(), ask)
	if d := cmp.Diff(map[string]int64{"lic_a": 1, "lic_b": 2}, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if got, err := f.Revisions(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}
