package directory_test

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/audit"
	"usher/internal/database"
	"usher/internal/databasetest"
	"usher/internal/directory"
	"usher/internal/outbox"
)

func invite(emails ...string) (all []directory.NewInvitation) {
	for _, email := range emails {
		all = append(all, directory.NewInvitation{Email: email, Operator: true})
	}
	return all
}

// invited invites people, all of whom can be.
func (f *fixture) invited(t *testing.T, license string, emails ...string) (all []directory.Invitation) {
	t.Helper()
	_, results, err := f.Invite(t.Context(), license, invite(emails...), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		all = append(all, r.Invitation)
	}
	return all
}

// stamp sends an invitation's mail, as far as the directory has to do with it, and returns the hash of its token.
func (f *fixture) stamp(t *testing.T, i directory.Invitation) (hash string) {
	t.Helper()
	hash = hex.EncodeToString([]byte(fmt.Sprint(i.ID, i.Number)))
	if good, err := f.StampInvitation(t.Context(), i.ID, i.Number, hash); err != nil || !good {
		t.Fatalf("not to be sent: %v", err)
	}
	return hash
}

// mails are those that wait, as "kind to: field, field", by id.
func (f *fixture) mails(t *testing.T) (all []string) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{URL: f.at.URL, Dir: f.at.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT id, kind, recipient FROM outbox ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, kind, to string
			if err := rows.Scan(&id, &kind, &to); err != nil {
				return err
			}
			all = append(all, strings.Join([]string{id, kind, to}, " "))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// by is the directory for changes that the partner makes.
func (f *fixture) byPartner() directory.Acting {
	return f.By(audit.Actor{Kind: audit.Partner, ID: f.partner.ID})
}

func TestInvitationsInBulk(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	f.invited(t, "lic", "open@example.com")
	l, results, err := f.Invite(t.Context(), "lic", append(invite("new@example.com", "OPEN@example.com", "t0@Example.com", "nobody", "New@example.com"),
		directory.NewInvitation{Email: "admin@example.com", Name: "Adam", Administrator: true}), true)
	if err != nil {
		t.Fatal(err)
	}
	var codes []directory.Code
	for _, r := range results {
		codes = append(codes, directory.CodeOf(r.Err))
	}
	want := []directory.Code{"", directory.AlreadyInvited, directory.EmailTaken, directory.Invalid, directory.AlreadyInvited, ""}
	if d := cmp.Diff(want, codes); d != "" {
		t.Error(d)
	}
	if l.Cap != 4 || l.Revision != 2 {
		t.Errorf("cap %d at revision %d, want one seat more for the one operator", l.Cap, l.Revision)
	}
	if again, err := f.License(t.Context(), "lic"); err != nil || again.Cap != 4 {
		t.Errorf("%+v, %v", again, err)
	}
	i := results[5].Invitation
	wantI := directory.Invitation{
		ID: i.ID, License: "lic", Email: "admin@example.com", Name: "Adam", Administrator: true, State: directory.Pending, Number: 1,
		Inviter: audit.Actor{Kind: audit.Partner, ID: "par_1"}, Created: f.Now(), Sent: f.Now(), Expires: f.Now().Add(7 * 24 * time.Hour),
	}
	if d := cmp.Diff(wantI, i); d != "" {
		t.Error(d)
	}
	for _, n := range [][]directory.NewInvitation{nil, slices.Repeat(invite("a@example.com"), 501)} {
		_, _, err := f.Invite(t.Context(), "lic", n, false)
		wantCode(t, err, directory.Invalid)
	}
	_, _, err = f.Invite(t.Context(), "nowhere", invite("a@example.com"), false)
	wantCode(t, err, directory.NotFound)
}

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	_, results, err := f.byPartner().Invite(t.Context(), "lic", invite("ann@example.com"), false)
	if err != nil {
		t.Fatal(err)
	}
	i := results[0].Invitation
	hash := f.stamp(t, i)
	if found, err := f.FindInvitation(t.Context(), hash); err != nil || found.ID != i.ID {
		t.Errorf("%+v, %v", found, err)
	}
	_, _, err = f.AcceptInvitation(t.Context(), hash, "", "hash of a password", "192.0.2.9")
	wantCode(t, err, "") // the name is that of the address then
	l, err := f.License(t.Context(), "lic")
	if err != nil || l.Revision != 2 {
		t.Errorf("revision %d, %v", l.Revision, err)
	}
	for range 2 {
		_, _, err = f.AcceptInvitation(t.Context(), hash, "Ann", "another", "")
		wantCode(t, err, directory.NotFound)
		_, err = f.FindInvitation(t.Context(), hash)
		wantCode(t, err, directory.NotFound)
	}
	page, err := f.Invitations(t.Context(), "lic", directory.Accepted, "", 10)
	if err != nil || len(page.Items) != 1 || page.Items[0].Teammate == "" || !page.Items[0].Ended.Equal(f.Now()) {
		t.Fatalf("%+v, %v", page, err)
	}
	who, err := f.Teammate(t.Context(), "lic", page.Items[0].Teammate)
	if err != nil || who.Email != "ann@example.com" || who.Name != "ann" || !who.Operator || who.Administrator {
		t.Errorf("%+v, %v", who, err)
	}
	want := []string{i.ID + ".1 invitation ann@example.com", i.ID + ".accepted invitation_accepted partner@example.com"}
	if d := cmp.Diff(want, f.mails(t)); d != "" {
		t.Error(d)
	}
	if stored := databasetest.Stored(t, f.at); !strings.Contains(stored, "hash of a password") {
		t.Error("the password is not kept")
	}
	_, err = f.RevokeInvitation(t.Context(), "lic", i.ID)
	wantCode(t, err, directory.InvitationOver)
	_, _, err = f.ResendInvitation(t.Context(), "lic", i.ID)
	wantCode(t, err, directory.InvitationOver)
}

// Whoever is faster joins; one link makes one teammate.
func TestConcurrentAcceptances(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	hash := f.stamp(t, f.invited(t, "lic", "ann@example.com")[0])
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	codes := make([]directory.Code, 8)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() {
			_, _, err := handles[i%2].AcceptInvitation(t.Context(), hash, "Ann", "hash", "")
			codes[i] = directory.CodeOf(err)
			if err != nil && codes[i] == "" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	slices.Sort(codes)
	if codes[0] != "" || codes[1] != directory.NotFound {
		t.Errorf("%v, want one done and all others not found", codes)
	}
}

// Only the newest mail is good, and none for longer than a week.
func TestOnlyTheNewestTokenIsGood(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.license(t, "lic", 1)
	first := f.invited(t, "lic", "ann@example.com")[0]
	old := f.stamp(t, first)
	if _, early, err := f.ResendInvitation(ctx, "lic", first.ID); err != nil || early != time.Minute {
		t.Errorf("at once: %s early, %v", early, err)
	}
	f.Advance(6 * 24 * time.Hour)
	second, early, err := f.byPartner().ResendInvitation(ctx, "lic", first.ID)
	if err != nil || early != 0 || second.Number != 2 || !second.Expires.Equal(f.Now().Add(7*24*time.Hour)) || second.Inviter.ID != f.partner.ID {
		t.Fatalf("%+v, %s, %v", second, early, err)
	}
	_, err = f.FindInvitation(ctx, old)
	wantCode(t, err, directory.NotFound)
	if good, err := f.StampInvitation(ctx, first.ID, 1, old); good || err != nil {
		t.Errorf("a mail that was replaced is sent (%v)", err)
	}
	fresh := f.stamp(t, second)
	f.Advance(6 * 24 * time.Hour)
	if _, err := f.FindInvitation(ctx, fresh); err != nil {
		t.Error(err)
	}
	f.Advance(24 * time.Hour)
	_, err = f.FindInvitation(ctx, fresh)
	wantCode(t, err, directory.NotFound)
	_, _, err = f.AcceptInvitation(ctx, fresh, "Ann", "hash", "")
	wantCode(t, err, directory.NotFound)
	if good, err := f.StampInvitation(ctx, first.ID, 2, fresh); good || err != nil {
		t.Errorf("a mail that is over is sent (%v)", err)
	}
	third, _, err := f.ResendInvitation(ctx, "lic", first.ID) // one that is over can be sent again
	if err != nil || third.State != directory.Pending {
		t.Fatalf("%+v, %v", third, err)
	}
	newest := f.stamp(t, third)
	if _, err := f.RevokeInvitation(ctx, "lic", first.ID); err != nil {
		t.Fatal(err)
	}
	_, err = f.FindInvitation(ctx, newest)
	wantCode(t, err, directory.NotFound)
	if again, err := f.RevokeInvitation(ctx, "lic", first.ID); err != nil || again.State != directory.Revoked {
		t.Errorf("again: %+v, %v", again, err)
	}
	f.invited(t, "lic", "ann@example.com") // the address is free again
	_, err = f.FindInvitation(ctx, "")
	wantCode(t, err, directory.NotFound)
}

func TestInvitationsAreListedByState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.license(t, "lic", 1)
	f.license(t, "lic_b", 1)
	f.invited(t, "lic_b", "elsewhere@example.com")
	all := f.invited(t, "lic", "old@example.com", "gone@example.com", "ann@example.com")
	hash := f.stamp(t, all[2])
	if _, _, err := f.AcceptInvitation(ctx, hash, "Ann", "hash", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.RevokeInvitation(ctx, "lic", all[1].ID); err != nil {
		t.Fatal(err)
	}
	f.Advance(7 * 24 * time.Hour)
	f.invited(t, "lic", "new@example.com", "newer@example.com")
	for state, want := range map[directory.InvitationState][]string{
		"":                 {"old", "gone", "ann", "new", "newer"},
		directory.Lapsed:   {"old"},
		directory.Revoked:  {"gone"},
		directory.Accepted: {"ann"},
		directory.Pending:  {"new", "newer"},
	} {
		var got []string
		for cursor := ""; ; {
			page, err := f.Invitations(ctx, "lic", state, cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page.Items {
				if state != "" && i.State != state {
					t.Errorf("%s is %s", i.Email, i.State)
				}
				got = append(got, strings.TrimSuffix(i.Email, "@example.com"))
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", state, d)
		}
	}
	_, err := f.Invitations(ctx, "lic", "lost", "", 2)
	wantCode(t, err, directory.Invalid)
	_, err = f.Invitations(ctx, "nowhere", "", "", 2)
	wantCode(t, err, directory.NotFound)
}

// After 48 hours whoever sent an invitation last is told, once, however many nodes look, and whichever was stopped meanwhile.
func TestPromise10_StaleInvitationsAreToldOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.license(t, "lic", 1)
	byMate := f.By(audit.Actor{Kind: audit.Teammate, ID: "tm_0"})
	_, results, err := byMate.Invite(ctx, "lic", invite("ann@example.com", "bob@example.com", "cid@example.com", "dan@example.com"), false)
	if err != nil {
		t.Fatal(err)
	}
	ann, bob, cid, dan := results[0].Invitation, results[1].Invitation, results[2].Invitation, results[3].Invitation
	if _, _, err := f.AcceptInvitation(ctx, f.stamp(t, cid), "Cid", "hash", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.RevokeInvitation(ctx, "lic", dan.ID); err != nil {
		t.Fatal(err)
	}
	f.Advance(24 * time.Hour)
	if _, _, err := f.byPartner().ResendInvitation(ctx, "lic", bob.ID); err != nil {
		t.Fatal(err)
	}
	tell := func(want int) {
		t.Helper()
		handles := []directory.Acting{f.Acting, f.reopen(t), f.reopen(t)}
		told := make([]int, len(handles))
		var wg sync.WaitGroup
		for i, h := range handles {
			wg.Go(func() {
				n, _, err := h.TellStale(ctx)
				if told[i] = n; err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := told[0] + told[1] + told[2]; got != want {
			t.Errorf("told of %d, want %d", got, want)
		}
	}
	f.Advance(24*time.Hour - time.Millisecond)
	tell(0)
	f.Advance(time.Millisecond)
	tell(1)
	tell(0)
	f.Advance(24 * time.Hour)
	tell(1)
	f.Advance(10 * 24 * time.Hour)
	tell(0)
	var stale []string
	for _, m := range f.mails(t) {
		if strings.Contains(m, " invitation_stale ") {
			stale = append(stale, m)
		}
	}
	want := []string{ann.ID + ".1.stale invitation_stale t0@example.com", bob.ID + ".2.stale invitation_stale partner@example.com"}
	slices.Sort(want)
	if d := cmp.Diff(want, stale); d != "" {
		t.Error(d)
	}
}

// A license with its first invitations comes as a whole, or not at all.
func TestALicenseWithInvitations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	n := directory.NewLicense{ID: "lic", Partner: f.partner.ID, Name: "Acme", Cap: 2, Teammates: []directory.NewTeammate{{ID: "tm_0", Email: "t0@example.com"}}}
	l, ts, is, err := f.CreateLicenseInviting(ctx, n, invite("a@example.com", "T0@example.com"))
	if l.ID != "" || ts != nil || is != nil {
		t.Errorf("%v, %v, %v of what was not created", l, ts, is)
	}
	if wantCode(t, err, directory.EmailTaken); directory.FieldOf(err) != "invitations[1].email" {
		t.Errorf("the field is %q", directory.FieldOf(err))
	}
	if _, err := f.License(ctx, "lic"); directory.CodeOf(err) != directory.NotFound || len(f.mails(t)) != 0 {
		t.Errorf("something is left: %v, %v", err, f.mails(t))
	}
	_, ts, is, err = f.CreateLicenseInviting(ctx, n, invite("a@example.com", "b@example.com"))
	if err != nil || len(ts) != 1 || len(is) != 2 || len(f.mails(t)) != 2 {
		t.Errorf("%v, %v, %v, %v", ts, is, f.mails(t), err)
	}
}

// A token stands nowhere in the database, and its hash only once it was sent.
func TestNoTokenIsStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	f.invited(t, "lic", "ann@example.com")
	db, err := database.Open(t.Context(), database.Options{URL: f.at.URL, Dir: f.at.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	claimed, err := outbox.New(db).Claim(t.Context(), "n1", f.Now(), time.Minute, 10)
	if err != nil || len(claimed) != 1 || claimed[0].Token == nil || claimed[0].Token.Number != 1 || claimed[0].Fields["roles"] != "operator" {
		t.Fatalf("%+v, %v", claimed, err)
	}
	var hash string
	err = db.Row(t.Context(), `SELECT token_hash FROM invitations`, nil, []any{&hash})
	if err != nil || hash != "" {
		t.Errorf("%q, %v", hash, err)
	}
}

// Many nodes that look at the same moment tell of each invitation once among them.
func TestConcurrentLooksForStaleInvitations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	const invitations, nodes = 40, 6
	var emails []string
	for i := range invitations {
		emails = append(emails, fmt.Sprintf("g%d@example.com", i))
	}
	f.invited(t, "lic", emails...)
	f.Advance(directory.StaleAfter)
	var (
		begin = make(chan struct{})
		told  = make([]int, nodes)
		wg    sync.WaitGroup
	)
	for i := range nodes {
		h := f.reopen(t)
		wg.Go(func() {
			<-begin
			n, _, err := h.TellStale(t.Context())
			if told[i] = n; err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	wg.Wait()
	all := 0
	for _, n := range told {
		all += n
	}
	if all != invitations {
		t.Errorf("told of %d (%v), want %d", all, told, invitations)
	}
}

// Of a license that was deleted nobody is told, which keeps no other from it.
func TestStaleInvitationsOfADeletedLicense(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic_gone", 1)
	f.license(t, "lic", 1)
	_, _, err := f.byPartner().Invite(t.Context(), "lic_gone", invite("gone@example.com"), false)
	wantCode(t, err, "")
	_, _, err = f.byPartner().Invite(t.Context(), "lic", invite("here@example.com"), false)
	wantCode(t, err, "")
	_, err = f.DeleteLicense(t.Context(), "lic_gone", nil)
	wantCode(t, err, "")
	f.Advance(directory.StaleAfter)
	if told, _, err := f.TellStale(t.Context()); err != nil || told != 2 {
		t.Errorf("looked at %d, %v", told, err)
	}
	notices := 0
	for _, m := range f.mails(t) {
		if strings.Contains(m, " invitation_stale ") {
			notices++
		}
	}
	if notices != 1 {
		t.Errorf("%d notices, want one: %v", notices, f.mails(t))
	}
}
