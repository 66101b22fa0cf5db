package directory_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/directory"
)

// ann adds ann@example.com with a password's hash, as one who was invited.
func (f *fixture) ann(t *testing.T, license, password string) directory.Teammate {
	t.Helper()
	hash := f.stamp(t, f.invited(t, license, "ann@example.com")[0])
	_, tm, err := f.AcceptInvitation(t.Context(), hash, "Ann", password, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

func TestAccountsOfAnAddress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 7 {
		f.license(t, fmt.Sprintf("lic_%d", i), 1) // each with t0@example.com, who has no password
	}
	f.ann(t, "lic_1", "hash 1")
	f.ann(t, "lic_2", "hash 2")
	gone := f.ann(t, "lic_3", "hash 3")
	f.ann(t, "lic_4", "hash 4")
	if _, _, err := f.RemoveTeammate(t.Context(), "lic_3", gone.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.DeleteLicense(t.Context(), "lic_4", nil); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		license, email string
		want           []string
	}{
		{"", "Ann@Example.com", []string{"lic_1 hash 1", "lic_2 hash 2"}},
		{"lic_2", "ann@example.com", []string{"lic_2 hash 2"}},
		{"lic_0", "ann@example.com", nil},
		{"", "nobody@example.com", nil},
		{"a\x00b", "ann@example.com", nil},
		{"lic_0", "t0@example.com", []string{"lic_0 "}},
		{"", "t0@example.com", []string{"lic_0 ", "lic_1 ", "lic_2 ", "lic_3 ", "lic_5 "}},
	} {
		found, err := f.Accounts(t.Context(), tc.license, tc.email)
		var got []string
		for _, a := range found {
			got = append(got, a.License.ID+" "+a.Password)
		}
		if d := cmp.Diff(tc.want, got); d != "" || err != nil {
			t.Errorf("%q, %s: %s (%v)", tc.license, tc.email, d, err)
		}
	}
}

// A refresh token is good once; its successor then. One that was stolen ends all that followed from the login.
func TestRefreshTokensAreGoodOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.license(t, "lic", 1)
	ann := f.ann(t, "lic", "hash")
	login := func(hash string) {
		t.Helper()
		if expires, err := f.LogIn(ctx, ann, hash, "192.0.2.1"); err != nil || !expires.Equal(f.Now().Add(30*24*time.Hour)) {
			t.Fatal(expires, err)
		}
	}
	refresh := func(hash, next string, want directory.Code) {
		t.Helper()
		a, _, err := f.Refresh(ctx, hash, next)
		if wantCode(t, err, want); err == nil && (a.Teammate.ID != ann.ID || a.License.ID != "lic") {
			t.Errorf("it is %+v's", a)
		}
	}
	login("a1")
	login("b1")
	refresh("a1", "a2", "")
	refresh("a1", "a3", "") // the answer was lost
	refresh("a2", "a4", "")
	f.Advance(31 * time.Second)
	refresh("a1", "a5", directory.NotFound) // stolen
	for _, hash := range []string{"a2", "a3", "a4"} {
		refresh(hash, "x"+hash, directory.NotFound)
	}
	refresh("b1", "b2", "") // another login of theirs goes on
	f.Advance(30 * 24 * time.Hour)
	refresh("b2", "b3", directory.NotFound)

	login("c1")
	if err := f.LogOut(ctx, "c1"); err != nil {
		t.Fatal(err)
	}
	refresh("c1", "c2", directory.NotFound)
	if err := f.LogOut(ctx, "nothing"); err != nil {
		t.Error(err)
	}
	login("d1")
	if _, _, err := f.RemoveTeammate(ctx, "lic", ann.ID); err != nil {
		t.Fatal(err)
	}
	refresh("d1", "d2", directory.NotFound)
}

// Of several who use one refresh token at once each gets one, as the answer may be lost; all of them are of one family.
func TestConcurrentRefreshes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	ann := f.ann(t, "lic", "hash")
	if _, err := f.LogIn(t.Context(), ann, "a", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			if _, _, err := f.Refresh(t.Context(), "a", fmt.Sprint("next", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := f.LogOut(t.Context(), "next3"); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.Refresh(t.Context(), "next4", "more")
	wantCode(t, err, directory.NotFound)
}

// Guessing gets slow, and locks nobody out who logged in from where they are.
func TestGuessersAreSlowedDown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.license(t, "lic", 1)
	ann := f.ann(t, "lic", "hash")
	try := func(address string) time.Duration {
		t.Helper()
		wait, err := f.TryLogin(ctx, "Ann@example.com", address)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	if _, err := f.LogIn(ctx, ann, "h0", "home"); err != nil {
		t.Fatal(err)
	}
	var waits []time.Duration
	for range 9 {
		wait := try("thief")
		waits = append(waits, wait)
		f.Advance(wait)
	}
	want := []time.Duration{0, 0, 0, 0, 0, 2 * time.Second, 0, 4 * time.Second, 0}
	if !slices.Equal(waits, want) {
		t.Errorf("the waits are %v, want %v", waits, want)
	}
	heard := 0
	for i := range 100 { // from many addresses
		if try(fmt.Sprint("bot", i)) == 0 {
			heard++
		}
	}
	if heard > 20 {
		t.Errorf("%d guesses of strangers were heard", heard)
	}
	if wait := try("elsewhere"); wait == 0 {
		t.Error("a stranger more is heard")
	}
	if wait := try("home"); wait != 0 {
		t.Errorf("who logged in from there before waits %s", wait)
	}
	if wait, err := f.TryLogin(ctx, "bob@example.com", "thief"); err != nil || wait != 0 {
		t.Errorf("somebody else's account: %s, %v", wait, err)
	}
	f.Advance(25 * time.Hour)
	if wait := try("elsewhere"); wait != 0 {
		t.Errorf("a day later: %s", wait)
	}
}

// Guesses that come all at once are counted one by one.
func TestConcurrentGuesses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	var (
		mu    sync.Mutex
		heard int
		wg    sync.WaitGroup
	)
	for i := range 24 {
		wg.Go(func() {
			wait, err := handles[i%2].TryLogin(t.Context(), "ann@example.com", "thief")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if wait == 0 {
				heard++
			}
		})
	}
	wg.Wait()
	if heard != 5 {
		t.Errorf("%d of 24 guesses were heard, want 5", heard)
	}
}

func TestAForgottenPassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.license(t, "lic", 1)
	f.license(t, "lic_b", 1)
	ann := f.ann(t, "lic", "old hash")
	if _, err := f.LogIn(ctx, ann, "h0", "home"); err != nil {
		t.Fatal(err)
	}
	before := len(f.mails(t))
	for range 3 { // one mail alone
		for _, email := range []string{"ANN@example.com", "nobody@example.com"} {
			if err := f.ForgotPassword(ctx, "", email); err != nil {
				t.Fatal(err)
			}
		}
	}
	var id string
	for _, m := range f.mails(t)[before:] {
		if n, err := fmt.Sscanf(m, "%s password_reset ann@example.com", &id); n != 1 || err != nil {
			t.Errorf("%s", m)
		}
	}
	if got := len(f.mails(t)) - before; got != 1 {
		t.Fatalf("%d mails", got)
	}
	if good, err := f.StampReset(ctx, id, "r1"); err != nil || !good {
		t.Fatal(good, err)
	}
	if err := f.ResetFor(ctx, "r1"); err != nil {
		t.Error(err)
	}
	wantCode(t, f.ResetFor(ctx, ""), directory.NotFound)
	a, err := f.ResetPassword(ctx, "r1", "new hash", "away")
	if err != nil || a.Teammate.ID != ann.ID {
		t.Fatal(a, err)
	}
	_, err = f.ResetPassword(ctx, "r1", "other hash", "away")
	wantCode(t, err, directory.NotFound)
	_, _, err = f.Refresh(ctx, "h0", "h1")
	wantCode(t, err, directory.NotFound) // whoever knew the old password is out
	if found, err := f.Accounts(ctx, "lic", "ann@example.com"); err != nil || found[0].Password != "new hash" {
		t.Errorf("%+v, %v", found, err)
	}
	for range 100 {
		if _, err := f.TryLogin(ctx, "ann@example.com", "thief"); err != nil {
			t.Fatal(err)
		}
	}
	if wait, err := f.TryLogin(ctx, "ann@example.com", "away"); err != nil || wait != 0 {
		t.Errorf("where the password was chosen: %s, %v", wait, err)
	}

	f.Advance(directory.ResetAgain)
	if err := f.ForgotPassword(ctx, "lic", "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	var second string
	for _, m := range f.mails(t) {
		if _, err := fmt.Sscanf(m, "%s password_reset ann@example.com", &second); err == nil && second != id {
			break
		}
	}
	if good, err := f.StampReset(ctx, second, "r2"); err != nil || !good {
		t.Fatal(good, err)
	}
	f.Advance(directory.ResetLife)
	wantCode(t, f.ResetFor(ctx, "r2"), directory.NotFound)
	_, err = f.ResetPassword(ctx, "r2", "late hash", "away")
	wantCode(t, err, directory.NotFound)
	if good, err := f.StampReset(ctx, second, "r2"); err != nil || good {
		t.Errorf("a mail that is over is sent (%v)", err)
	}
}
