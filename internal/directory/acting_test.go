package directory_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/audit"
	"usher/internal/database"
	"usher/internal/directory"
)

// told are the entries of a chain, oldest first: action, subject and detail; each by somebody, now.
func (f *fixture) told(t *testing.T, chain audit.Chain) []string {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{URL: f.at.URL, Dir: f.at.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log := audit.NewLog(db)
	if _, err := log.Verify(t.Context(), chain); err != nil {
		t.Error(err)
	}
	entries, err := log.Entries(t.Context(), chain, audit.Filter{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, e := range slices.Backward(entries) {
		if e.By != somebody() || !e.At.Equal(f.Now().Truncate(time.Millisecond)) {
			t.Errorf("%s was done by %+v at %s", e.Action, e.By, e.At)
		}
		lines = append(lines, strings.Join([]string{string(e.Action), e.Subject, e.Ref, string(e.Detail)}, " "))
	}
	return lines
}

// Each change is told, with what it was before; what changes nothing is not.
func TestPromise10_EveryChangeIsTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l := f.license(t, "lic", 2)
	for range 2 { // the second time nothing is changed
		_, err := f.ChangeLicense(ctx, "lic", nil, directory.LicenseChange{
			Name: new("New"), Cap: new(5), PriceCents: new(int64(900)), Currency: new("EUR"), Status: new(directory.Suspended),
			Policy: json.RawMessage(`{"overage":"2x"}`),
		})
		must(err)
		_, _, err = f.ChangeTeammate(ctx, "lic", "tm_1", directory.TeammateChange{
			Email: new("new@example.com"), Name: new("Ann"), Operator: new(false), Administrator: new(true),
		})
		must(err)
	}
	_, added, err := f.AddTeammate(ctx, "lic", directory.NewTeammate{Email: "eve@example.com"})
	must(err)
	_, _, err = f.RemoveTeammate(ctx, "lic", added.ID)
	must(err)
	free := directory.Freeing{Teammate: "tm_0", Fence: 7, Number: 2, Until: f.Now().Add(time.Minute), Reason: "lunch"}
	for range 2 {
		_, err = f.RecordFrees(ctx, "lic", []directory.Freeing{free})
		must(err)
	}
	for range 2 {
		_, err = f.LiftCooldown(ctx, "lic", "tm_0")
		must(err)
	}
	for range 2 {
		must(f.WithdrawFrees(ctx, "lic", []directory.Freeing{free}, "not seated"))
	}
	ended := audit.Deed{Action: audit.SessionEnded, Subject: "tm_0", Ref: "ses_1"}
	for _, want := range []bool{true, false} {
		if recorded, err := f.Record(ctx, "lic", ended); err != nil || recorded != want {
			t.Errorf("recorded: %v, %v", recorded, err)
		}
	}
	must(f.Withdraw(ctx, "lic", ended, "there was none"))
	for range 2 {
		_, err = f.DeleteLicense(ctx, "lic", nil)
		must(err)
	}
	want := []string{
		`license.created lic  {"cap":3,"currency":"USD","name":"Example","partner":"` + l.Partner + `","policy":{},"price_cents":0}`,
		`teammate.added tm_0  {"administrator":true,"email":"t0@example.com","name":"t0","operator":true}`,
		`teammate.added tm_1  {"administrator":false,"email":"t1@example.com","name":"t1","operator":true}`,
		`license.changed lic  {"cap":{"from":3,"to":5},"currency":{"from":"USD","to":"EUR"},"name":{"from":"Example","to":"New"},` +
			`"policy":{"from":{},"to":{"overage":"2x"}},"price_cents":{"from":0,"to":900},"status":{"from":"active","to":"suspended"}}`,
		`teammate.changed tm_1  {"administrator":{"from":false,"to":true},"email":{"from":"t1@example.com","to":"new@example.com"},` +
			`"name":{"from":"t1","to":"Ann"},"operator":{"from":true,"to":false}}`,
		`teammate.added ` + added.ID + `  {"administrator":false,"email":"eve@example.com","name":"eve","operator":false}`,
		`teammate.removed ` + added.ID + `  {"name":"eve"}`,
		`seat.freed tm_0 7 {"cooldown_until":"` + f.Now().Add(time.Minute).Format(time.RFC3339Nano) + `","fence":7,"number":2,"reason":"lunch"}`,
		`cooldown.lifted tm_0  {"fence":7}`,
		`seat.freed_withdrawn tm_0 7 {"why":"not seated"}`,
		`session.ended tm_0 ses_1 {}`,
		`session.ended_withdrawn tm_0 ses_1 {"why":"there was none"}`,
		`license.deleted lic  {}`,
	}
	if d := cmp.Diff(want, f.told(t, audit.OfLicense("lic"))); d != "" {
		t.Error(d)
	}

	must(f.PurgeLicense(ctx, "lic"))
	if left := f.told(t, audit.OfLicense("lic")); len(left) != 0 {
		t.Errorf("a purged license's log is left: %v", left)
	}
	for _, email := range []string{"other@example.com", "other@example.com"} {
		_, err = f.EnsurePartner(ctx, "Example Partner", email)
		must(err)
	}
	key, err := f.AddAPIKey(ctx, l.Partner, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash("secret"), Scopes: []directory.Scope{"tokens", "read", "read"}})
	must(err)
	_, err = f.AddAPIKey(ctx, l.Partner, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash("secret"), Scopes: []directory.Scope{"tokens", "read", "read"}})
	must(err)
	for range 2 {
		_, err = f.RevokeAPIKey(ctx, l.Partner, key.ID)
		must(err)
	}
	want = []string{
		`partner.created ` + l.Partner + `  {"email":"partner@example.com","name":"Example Partner"}`,
		`license.purged lic  {"name":"New"}`,
		`partner.changed ` + l.Partner + `  {"email":{"from":"partner@example.com","to":"other@example.com"}}`,
		`api_key.created ` + key.ID + `  {"name":"","prefix":"abcdefgh","scopes":["read","tokens"]}`,
		`api_key.revoked ` + key.ID + `  {"prefix":"abcdefgh"}`,
	}
	if d := cmp.Diff(want, f.told(t, audit.OfPartner(l.Partner))); d != "" {
		t.Error(d)
	}
}

// What was refused is not told.
func TestWhatWasNotDoneIsNotTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.license(t, "lic", 1)
	before := f.told(t, audit.OfLicense("lic"))
	_, err := f.ChangeLicense(ctx, "lic", []int64{9}, directory.LicenseChange{Cap: new(7)})
	wantCode(t, err, directory.StaleRevision)
	_, _, err = f.AddTeammate(ctx, "lic", directory.NewTeammate{Email: "T0@example.com"})
	wantCode(t, err, directory.EmailTaken)
	_, _, err = f.RemoveTeammate(ctx, "lic", "tm_0")
	wantCode(t, err, directory.LastAdministrator)
	_, err = f.LiftCooldown(ctx, "lic", "tm_0")
	wantCode(t, err, "")
	if d := cmp.Diff(before, f.told(t, audit.OfLicense("lic"))); d != "" {
		t.Error(d)
	}
}

// Two administrators, each of whom demotes the other at the same time: one of them stays.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 2) // tm_0 is one
	_, _, err := f.ChangeTeammate(t.Context(), "lic", "tm_1", directory.TeammateChange{Administrator: new(true)})
	wantCode(t, err, "")
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, id := range []string{"tm_0", "tm_1"} {
		wg.Go(func() {
			_, _, errs[i] = handles[i].ChangeTeammate(t.Context(), "lic", id, directory.TeammateChange{Administrator: new(false)})
		})
	}
	wg.Wait()
	codes := []directory.Code{directory.CodeOf(errs[0]), directory.CodeOf(errs[1])}
	slices.Sort(codes)
	if !slices.Equal(codes, []directory.Code{"", directory.LastAdministrator}) {
		t.Errorf("got %v, want one done and one refused", errs)
	}
	page, err := f.Teammates(t.Context(), "lic", "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, tm := range page.Items {
		if !tm.Administrator {
			continue
		}
		_, _, err := f.RemoveTeammate(t.Context(), "lic", tm.ID)
		wantCode(t, err, directory.LastAdministrator)
		_, _, err = f.ChangeTeammate(t.Context(), "lic", tm.ID, directory.TeammateChange{Name: new("Still"), Administrator: new(true)})
		wantCode(t, err, "")
	}
}
