package directory_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestGenerationsAndCooldowns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	for _, step := range []struct{ after, want int64 }{{0, 1}, {0, 2}, {1, 3}, {9, 10}, {9, 11}} {
		if got, _, err := f.NextGeneration(t.Context(), "lic", step.after); err != nil || got != step.want {
			t.Errorf("after %d: got %d (%v), want %d", step.after, got, err, step.want)
		}
	}
	until := f.Now().Add(time.Minute)
	save := func(teammate string, fence int64, until time.Time, want bool) {
		t.Helper()
		saved, err := f.SaveCooldown(t.Context(), "lic", directory.Cooldown{Teammate: teammate, Fence: fence, Until: until})
		if err != nil || saved != want {
			t.Errorf("saved %t (%v), want %t", saved, err, want)
		}
	}
	save("tm_a", 1, until, true)
	save("tm_a", 1, until.Add(time.Hour), false)
	save("tm_b", 2, until, true)
	save("tm_b", 3, until.Add(time.Minute), true)
	save("tm_c", 4, until, true)
	if err := f.WithdrawCooldown(t.Context(), "lic", "tm_c", 4); err != nil {
		t.Fatal(err)
	}
	check := func(want ...directory.Cooldown) {
		t.Helper()
		_, got, err := f.NextGeneration(t.Context(), "lic", 0)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v (%v), want %v", got, err, want)
		}
	}
	check(directory.Cooldown{Teammate: "tm_a", Fence: 1, Until: until}, directory.Cooldown{Teammate: "tm_b", Fence: 2, Until: until},
		directory.Cooldown{Teammate: "tm_b", Fence: 3, Until: until.Add(time.Minute)})
	f.Advance(time.Minute)
	check(directory.Cooldown{Teammate: "tm_b", Fence: 3, Until: until.Add(time.Minute)})
	for _, want := range []bool{true, false} {
		if lifted, err := f.LiftCooldown(t.Context(), "lic", "tm_b"); err != nil || lifted != want {
			t.Errorf("lifted %t, %v", lifted, err)
		}
	}
	check()
	_, _, err := f.NextGeneration(t.Context(), "nowhere", 0)
	wantCode(t, err, directory.NotFound)
	_, err = f.SaveCooldown(t.Context(), "nowhere", directory.Cooldown{Teammate: "tm_a", Fence: 1, Until: until})
	wantCode(t, err, directory.NotFound)
	if l, err := f.License(t.Context(), "lic"); err != nil || l.Revision != 1 {
		t.Errorf("revision %d, %v: generations and cooldowns are no change of the license", l.Revision, err)
	}
}
