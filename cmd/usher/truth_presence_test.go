package main

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/directory"
	"usher/presence"
)

// roster reads what changed since a revision, and sees that an engine could be told.
func roster(t *testing.T, u truth, since presence.Revision) presence.Changed {
	t.Helper()
	c, err := u.Roster(t.Context(), "lic", since)
	if err != nil {
		t.Fatal(err)
	}
	var told presence.Command = presence.Configure{Config: c.Config, Base: min(since, c.Config.Revision), Members: c.Members, Removed: c.Removed}
	if since == 0 {
		told = presence.Open{Generation: 1, Config: c.Config, Members: c.Members}
	}
	if err := (presence.Batch{License: "lic", Commands: []presence.Command{told}}).Validate(); err != nil {
		t.Error(err)
	}
	return c
}

func TestRosterIsWhatIsDurable(t *testing.T) {
	t.Parallel()
	u := truth{dir: records(t, `{"grace_ms":45000,"sessions_per_teammate":3}`), grace: 30 * time.Second, minGrace: 21 * time.Second}
	now := time.Now().Truncate(time.Millisecond).UTC()
	busy, err := u.Choose(t.Context(), "lic", "tm_ann", presence.Intent{Status: presence.Busy, Note: "on a case"}, now.Add(time.Hour))
	if want := (presence.Choice{
		Number: busy.Number, Status: presence.Busy, Note: "on a case", Until: now.Add(time.Hour), Before: presence.Intent{Status: presence.Online},
	}); busy != want || err != nil {
		t.Errorf("got %+v (%v), want %+v", busy, err, want)
	}
	seen := presence.Seen{At: now, Shown: now.Add(-time.Minute)}
	err = u.Seen(t.Context(), "lic", map[presence.TeammateID]presence.Seen{"tm_bob": seen, "tm_nobody": seen})
	if err != nil {
		t.Fatal(err)
	}
	ann := presence.Member{Teammate: "tm_ann", Name: "Ann", Operator: true, Administrator: true, Choice: busy}
	bob := presence.Member{Teammate: "tm_bob", Name: "Bob", Operator: true, Seen: seen}
	want := presence.Changed{
		Config:  presence.Config{Revision: 1, Grace: 45 * time.Second, SessionsPerTeammate: 3},
		Members: []presence.Member{ann, bob},
	}
	if d := cmp.Diff(want, roster(t, u, 0)); d != "" {
		t.Error(d)
	}
	if p, err := u.Profile(t.Context(), "lic", "tm_ann"); err != nil || p.Choice != busy {
		t.Errorf("at login: %+v, %v", p, err)
	}

	if _, _, err := u.dir.By(commandLine()).RemoveTeammate(t.Context(), "lic", "tm_bob"); err != nil { // revision 2
		t.Fatal(err)
	}
	if _, _, err := u.dir.By(commandLine()).ChangeTeammate(t.Context(), "lic", "tm_ann", directory.TeammateChange{Operator: new(false)}); err != nil { // 3
		t.Fatal(err)
	}
	ann.Operator, want.Config.Revision = false, 3
	for since, tc := range map[presence.Revision]struct {
		members []presence.Member
		removed []presence.TeammateID
	}{
		0:             {[]presence.Member{ann}, nil},
		1:             {[]presence.Member{ann}, []presence.TeammateID{"tm_bob"}},
		2:             {[]presence.Member{ann}, nil},
		3:             {},
		math.MaxInt64: {},
	} {
		want.Members, want.Removed = tc.members, tc.removed
		if d := cmp.Diff(want, roster(t, u, since)); d != "" {
			t.Errorf("since %d: %s", since, d)
		}
	}
}

func TestEpochsAreNotGenerationsOfSeats(t *testing.T) {
	t.Parallel()
	u := truth{dir: records(t, `{}`), grace: 30 * time.Second}
	for _, step := range []struct{ after, want presence.Generation }{{0, 1}, {0, 2}, {7, 8}} {
		if g, err := u.NextEpoch(t.Context(), "lic", step.after); err != nil || g != step.want {
			t.Errorf("after %d: got %d (%v), want %d", step.after, g, err, step.want)
		}
	}
	if o := next(t, u); o.Generation != 1 {
		t.Errorf("seats begin with generation %d", o.Generation)
	}
}

func TestMistakesAboutPresenceAreToldInItsWords(t *testing.T) {
	t.Parallel()
	u := truth{dir: records(t, `{}`), grace: 30 * time.Second}
	away, never := presence.Intent{Status: presence.Away}, time.Time{}
	choose := func(license presence.LicenseID, who presence.TeammateID, until time.Time) error {
		_, err := u.Choose(t.Context(), license, who, away, until)
		return err
	}
	_, ofRoster := u.Roster(t.Context(), "nowhere", 0)
	_, ofEpoch := u.NextEpoch(t.Context(), "nowhere", 0)
	for name, tc := range map[string]struct{ err, want error }{
		"roster of no license":   {ofRoster, presence.ErrNoLicense},
		"epoch of no license":    {ofEpoch, presence.ErrNoLicense},
		"choice on no license":   {choose("nowhere", "tm_ann", never), presence.ErrNoLicense},
		"choice of nobody":       {choose("lic", "tm_nobody", never), presence.ErrNoTeammate},
		"choice until yesterday": {choose("lic", "tm_ann", time.Now().Add(-24*time.Hour)), presence.ErrInvalid},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, tc.err, tc.want)
		}
	}
}

// What the directory lets in, every engine has to take: one name or note that it does not would keep a license shut.
func TestEnginesTakeWhatTheDirectoryLetsIn(t *testing.T) {
	t.Parallel()
	u := truth{dir: records(t, `{}`), grace: 30 * time.Second}
	longest := strings.Repeat("é", directory.MaxNameBytes/2)
	if _, _, err := u.dir.By(commandLine()).ChangeTeammate(t.Context(), "lic", "tm_ann", directory.TeammateChange{Name: &longest}); err != nil {
		t.Fatal(err)
	}
	note := strings.Repeat("é", directory.MaxNoteBytes/2)
	for _, s := range []presence.Status{presence.Online, presence.Away, presence.Busy, presence.Invisible} {
		if _, err := u.Choose(t.Context(), "lic", "tm_ann", presence.Intent{Status: s, Note: note}, time.Now().Add(time.Hour)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		roster(t, u, 0)
	}
	if directory.MaxTeammates > presence.MaxMembers {
		t.Errorf("a license may have %d teammates, and a roster %d", directory.MaxTeammates, presence.MaxMembers)
	}
}
