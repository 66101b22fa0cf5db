package directory_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/directory"
)

func intent(status, note string) directory.Intent {
	return directory.Intent{Status: status, Note: note}
}

// choose has tm_0 choose, and checks what is returned and kept: with a number that is higher than the one before, and no lower than
// the clock.
func (f *fixture) choose(t *testing.T, what string, to directory.Intent, until time.Time, want directory.Choice) {
	t.Helper()
	_, before, err := f.Profile(t.Context(), "lic", "tm_0")
	if err != nil {
		t.Fatal(err)
	}
	want.Number = max(before.Choice.Number+1, f.Now().UnixMilli())
	got, err := f.Choose(t.Context(), "lic", "tm_0", to, until)
	if err != nil {
		t.Fatal(err)
	}
	_, kept, err := f.Profile(t.Context(), "lic", "tm_0")
	if d := cmp.Diff(want, got) + cmp.Diff(want, kept.Choice); d != "" || err != nil {
		t.Errorf("%s: %v %s", what, err, d)
	}
}

func TestATimedChoiceReturnsToWhatLasts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	online, lunch, busy, hidden := intent("online", ""), intent("away", "lunch"), intent("busy", "on a case"), intent("invisible", "")
	until := func(d time.Duration) time.Time { return f.Now().Add(d) }

	f.choose(t, "timed, after nothing", lunch, until(time.Hour), directory.Choice{Intent: lunch, Until: until(time.Hour), Before: online})
	f.choose(t, "timed, during a timed one", busy, until(time.Minute), directory.Choice{Intent: busy, Until: until(time.Minute), Before: online})
	f.choose(t, "for good", busy, time.Time{}, directory.Choice{Intent: busy})
	f.choose(t, "the same once more", busy, time.Time{}, directory.Choice{Intent: busy})
	f.choose(t, "timed, after one for good", lunch, until(time.Hour), directory.Choice{Intent: lunch, Until: until(time.Hour), Before: busy})
	f.Advance(2 * time.Hour)
	f.choose(t, "timed, after a timed one that is over", hidden, until(time.Hour), directory.Choice{Intent: hidden, Until: until(time.Hour), Before: busy})
	f.choose(t, "to the millisecond", hidden, until(time.Hour+time.Microsecond).In(time.FixedZone("elsewhere", 3600)),
		directory.Choice{Intent: hidden, Until: until(time.Hour), Before: busy})
	f.choose(t, "as far ahead as may be", hidden, until(directory.MaxUntil), directory.Choice{Intent: hidden, Until: until(directory.MaxUntil), Before: busy})

	if l, ts, err := f.ChangedSince(t.Context(), "lic", 1); err != nil || l.Revision != 1 || len(ts) != 0 {
		t.Errorf("%+v, %+v, %v: a choice is no change of the license", l, ts, err)
	}
}

func TestMistakesInChoosing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 2)
	if _, _, err := f.RemoveTeammate(t.Context(), "lic", "tm_1"); err != nil {
		t.Fatal(err)
	}
	never := time.Time{}
	for name, tc := range map[string]struct {
		license, teammate string
		to                directory.Intent
		until             time.Time
		code              directory.Code
		field             string
	}{
		"no such license":                     {"nowhere", "tm_0", intent("away", ""), never, directory.NotFound, "license"},
		"no such teammate":                    {"lic", "tm_9", intent("away", ""), never, directory.NotFound, "teammate"},
		"removed":                             {"lic", "tm_1", intent("away", ""), never, directory.NotFound, "teammate"},
		"not to be chosen":                    {"lic", "tm_0", intent("offline", ""), never, directory.Invalid, "status"},
		"none":                                {"lic", "tm_0", intent("", ""), never, directory.Invalid, "status"},
		"long note":                           {"lic", "tm_0", intent("away", strings.Repeat("é", 100)+"x"), never, directory.Invalid, "note"},
		"not UTF-8":                           {"lic", "tm_0", intent("away", "\xff"), never, directory.Invalid, "note"},
		"control characters":                  {"lic", "tm_0", intent("away", "a\x00b"), never, directory.Invalid, "note"},
		"until now":                           {"lic", "tm_0", intent("away", ""), f.Now(), directory.Invalid, "until"},
		"over in the millisecond that is now": {"lic", "tm_0", intent("away", ""), f.Now().Add(time.Microsecond), directory.Invalid, "until"},
		"far ahead":                           {"lic", "tm_0", intent("away", ""), f.Now().Add(directory.MaxUntil + time.Millisecond), directory.Invalid, "until"},
	} {
		_, err := f.Choose(t.Context(), tc.license, tc.teammate, tc.to, tc.until)
		if directory.CodeOf(err) != tc.code || directory.FieldOf(err) != tc.field {
			t.Errorf("%s: got %v, want %s of %s", name, err, tc.code, tc.field)
		}
	}
	f.choose(t, "the first that is none", intent("away", strings.Repeat("é", 100)), never, directory.Choice{Intent: intent("away", strings.Repeat("é", 100))})
}

// Two devices choose at once, through two processes: each choice has a number of its own, and the highest stands.
func TestConcurrentChoicesDiffer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	const choosers = 32
	var (
		wg   sync.WaitGroup
		seen sync.Map
	)
	for i := range choosers {
		wg.Go(func() {
			c, err := handles[i%2].Choose(t.Context(), "lic", "tm_0", intent("busy", ""), time.Time{})
			if err != nil {
				t.Error(err)
			}
			if _, twice := seen.LoadOrStore(c.Number, true); twice {
				t.Errorf("number %d was given twice", c.Number)
			}
		})
	}
	wg.Wait()
	if kept, err := f.Teammate(t.Context(), "lic", "tm_0"); err != nil || kept.Choice.Number != f.Now().UnixMilli()+choosers-1 {
		t.Errorf("got %+v, %v, want number %d", kept, err, choosers)
	}
}

// What an administrator changes, and when a teammate was here, leaves alone what they chose.
func TestAChoiceOutlivesOtherChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 1)
	away := directory.Choice{Number: f.Now().UnixMilli(), Intent: intent("away", "back soon")}
	f.choose(t, "before", away.Intent, time.Time{}, away)
	if _, _, err := f.ChangeTeammate(t.Context(), "lic", "tm_0", directory.TeammateChange{Name: new("New"), Operator: new(false)}); err != nil {
		t.Fatal(err)
	}
	f.seen(t, directory.LastSeen{Teammate: "tm_0", Seen: directory.Seen{At: f.Now()}})
	if _, err := f.DeleteLicense(t.Context(), "lic", nil); err != nil {
		t.Fatal(err)
	}
	away.Number++
	f.choose(t, "after", away.Intent, time.Time{}, away)
	l, ts, err := f.ChangedSince(t.Context(), "lic", 1)
	if err != nil || l.Revision != 3 || len(ts) != 1 || ts[0].Choice != away || ts[0].Name != "New" || !ts[0].Seen.At.Equal(f.Now()) {
		t.Errorf("%+v, %+v, %v", l, ts, err)
	}
}
