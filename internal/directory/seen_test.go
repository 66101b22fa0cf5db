package directory_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/internal/directory"
)

func (f *fixture) seen(t *testing.T, seen ...directory.LastSeen) {
	t.Helper()
	if err := f.Seen(t.Context(), "lic", seen); err != nil {
		t.Error(err)
	}
}

func (f *fixture) wantSeen(t *testing.T, what, teammate string, want directory.Seen) {
	t.Helper()
	got, err := f.Teammate(t.Context(), "lic", teammate)
	if err != nil || got.Seen != want {
		t.Errorf("%s: %s was seen %+v (%v), want %+v", what, teammate, got.Seen, err, want)
	}
}

func TestTheLaterOfWhatWasSeenStands(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	f.license(t, "lic_b", 1)
	early, late := f.Now(), f.Now().Add(time.Minute)
	tm := func(n int, at, shown time.Time) directory.LastSeen {
		return directory.LastSeen{Teammate: fmt.Sprintf("tm_%d", n), Seen: directory.Seen{At: at, Shown: shown}}
	}
	f.seen(t)
	f.wantSeen(t, "never", "tm_0", directory.Seen{})
	f.seen(t, tm(1, early, time.Time{}), tm(0, late, early))
	f.wantSeen(t, "first", "tm_0", directory.Seen{At: late, Shown: early})
	f.wantSeen(t, "invisible ever since", "tm_1", directory.Seen{At: early})
	f.wantSeen(t, "another", "tm_2", directory.Seen{})
	f.seen(t, tm(0, early, late), tm(1, late, late))
	f.wantSeen(t, "each of both", "tm_0", directory.Seen{At: late, Shown: late})
	f.wantSeen(t, "shown for the first time", "tm_1", directory.Seen{At: late, Shown: late})
	f.seen(t, tm(0, time.Time{}, time.Time{}))
	f.wantSeen(t, "never is not later", "tm_0", directory.Seen{At: late, Shown: late})
	if l, ts, err := f.ChangedSince(t.Context(), "lic", 1); err != nil || l.Revision != 1 || len(ts) != 0 {
		t.Errorf("%+v, %+v, %v: it is no change of the license", l, ts, err)
	}
	if b, err := f.Teammate(t.Context(), "lic_b", "tm_0"); err != nil || b.Seen != (directory.Seen{}) {
		t.Errorf("%+v, %v: who has the same id elsewhere is another", b, err)
	}
}

func TestWhoIsNotOnTheLicenseIsNotSeen(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	if _, _, err := f.RemoveTeammate(t.Context(), "lic", "tm_2"); err != nil {
		t.Fatal(err)
	}
	here := directory.Seen{At: f.Now(), Shown: f.Now()}
	f.seen(t, directory.LastSeen{Teammate: "tm_2", Seen: here}, directory.LastSeen{Teammate: "tm_9", Seen: here}, directory.LastSeen{Teammate: "tm_1", Seen: here})
	f.wantSeen(t, "beside them", "tm_1", here)
	_, ts, err := f.ChangedSince(t.Context(), "lic", 1)
	if err != nil || len(ts) != 1 || ts[0].Seen != (directory.Seen{}) {
		t.Errorf("%+v, %v: a removed teammate was seen", ts, err)
	}
	if err := f.Seen(t.Context(), "nowhere", []directory.LastSeen{{Teammate: "tm_1", Seen: here}}); err != nil {
		t.Error(err)
	}
}

func TestConcurrentSightings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	handles := []directory.Acting{f.Acting, f.reopen(t)}
	const nodes = 16
	at := func(i int) time.Time { return f.Now().Add(time.Duration(i) * time.Second) }
	var wg sync.WaitGroup
	for i := range nodes {
		wg.Go(func() {
			all := make([]directory.LastSeen, 3)
			for n := range all {
				all[(n+i)%3] = directory.LastSeen{Teammate: fmt.Sprintf("tm_%d", n), Seen: directory.Seen{At: at(i), Shown: at(i)}}
			}
			if err := handles[i%2].Seen(t.Context(), "lic", all); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for n := range 3 {
		f.wantSeen(t, "after all", fmt.Sprintf("tm_%d", n), directory.Seen{At: at(nodes - 1), Shown: at(nodes - 1)})
	}
}
