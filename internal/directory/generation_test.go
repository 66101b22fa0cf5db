package directory_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/directory"
)

// open draws a generation.
func (f *fixture) open(t *testing.T, after int64, keeper string) directory.Opening {
	t.Helper()
	o, err := f.NextGeneration(t.Context(), "lic", after, keeper)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestGenerationsGrow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	for _, step := range []struct{ after, want int64 }{{0, 1}, {0, 2}, {1, 3}, {9, 10}, {9, 11}} {
		o := f.open(t, step.after, "")
		if o.License.Generation != step.want || o.Complete != (step.want == 1) {
			t.Errorf("after %d: got %+v, want generation %d", step.after, o, step.want)
		}
	}
	_, err := f.NextGeneration(t.Context(), "nowhere", 0, "")
	wantCode(t, err, directory.NotFound)
	// An engine that remembers more than a database that was restored: who held seats there is not known here.
	f.license(t, "lic_restored", 0)
	if o, err := f.NextGeneration(t.Context(), "lic_restored", 4, "one"); err != nil || o.License.Generation != 5 || o.Complete {
		t.Errorf("restored: got %+v, %v", o, err)
	}
	if l, err := f.License(t.Context(), "lic"); err != nil || l.Revision != 1 || l.Generation != 11 {
		t.Errorf("%+v, %v: generations are no change of the license", l, err)
	}
}

func TestEpochsGrow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	f.open(t, 41, "") // seats are counted for themselves
	for _, step := range []struct{ after, want int64 }{{0, 1}, {0, 2}, {1, 3}, {9, 10}, {9, 11}} {
		if got, err := f.NextEpoch(t.Context(), "lic", step.after); err != nil || got != step.want {
			t.Errorf("after %d: got %d (%v), want %d", step.after, got, err, step.want)
		}
	}
	_, err := f.NextEpoch(t.Context(), "nowhere", 0)
	wantCode(t, err, directory.NotFound)
	if l, err := f.License(t.Context(), "lic"); err != nil || l.Revision != 1 || l.Generation != 42 {
		t.Errorf("%+v, %v: epochs are no change of the license", l, err)
	}
}

func TestCooldowns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 0)
	until := f.Now().Add(time.Minute)
	a, b, b2 := directory.Freeing{Teammate: "tm_a", Fence: 1, Until: until}, directory.Freeing{Teammate: "tm_b", Fence: 2, Until: until},
		directory.Freeing{Teammate: "tm_b", Fence: 3, Until: until.Add(time.Minute)}
	longer, c := a, directory.Freeing{Teammate: "tm_c", Fence: 4, Until: until}
	longer.Until = until.Add(time.Hour)
	save := func(all []directory.Freeing, want ...directory.Freeing) {
		t.Helper()
		saved, err := f.RecordFrees(t.Context(), "lic", all)
		if err != nil || !slices.Equal(saved, want) {
			t.Errorf("saved %v (%v), want %v", saved, err, want)
		}
	}
	save([]directory.Freeing{a, b}, a, b)
	save([]directory.Freeing{longer, b2, c}, b2, c)
	save([]directory.Freeing{longer})
	save(nil)
	if err := f.WithdrawFrees(t.Context(), "lic", []directory.Freeing{c, {Teammate: "tm_b", Fence: 9}}, "not seated"); err != nil {
		t.Fatal(err)
	}
	check := func(want ...directory.Freeing) {
		t.Helper()
		var running []directory.Cooldown
		for _, w := range want {
			running = append(running, directory.Cooldown{Teammate: w.Teammate, Fence: w.Fence, Until: w.Until})
		}
		if got := f.open(t, 0, "").Cooldowns; !slices.Equal(got, running) {
			t.Errorf("got %v, want %v", got, running)
		}
	}
	check(a, b, b2)
	f.Advance(time.Minute)
	check(b2)
	save([]directory.Freeing{c, longer}, c) // it was withdrawn, and is over already; the other stands
	for _, want := range []int64{3, 0} {
		if fence, err := f.LiftCooldown(t.Context(), "lic", "tm_b"); err != nil || fence != want {
			t.Errorf("lifted up to %d (%v), want %d", fence, err, want)
		}
	}
	if fence, err := f.LiftCooldown(t.Context(), "lic", "tm_c"); err != nil || fence != 0 {
		t.Errorf("lifted one that was over: %d, %v", fence, err)
	}
	check()
	_, err := f.RecordFrees(t.Context(), "nowhere", []directory.Freeing{a})
	wantCode(t, err, directory.NotFound)
	if l, err := f.License(t.Context(), "lic"); err != nil || l.Revision != 1 {
		t.Errorf("revision %d, %v: cooldowns are no change of the license", l.Revision, err)
	}
}

// board is one with tm_0 seated, and tm_1 and tm_2 waiting.
func (f *fixture) board() directory.Board {
	return directory.Board{
		License: "lic",
		Holders: []directory.Holder{{Teammate: "tm_0", Number: 2, Since: f.Now(), Overage: true, Via: "hand_over", Routing: "not_accepting_chats"}},
		Waiters: []directory.Waiter{{Teammate: "tm_2", Since: f.Now()}, {Teammate: "tm_1", Since: f.Now().Add(time.Second)}},
	}
}

func (f *fixture) save(t *testing.T, keeper string, boards ...directory.Board) {
	t.Helper()
	if err := f.SaveBoards(t.Context(), keeper, boards); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) complete(t *testing.T, keeper string) {
	t.Helper()
	if err := f.CompleteBoards(t.Context(), keeper); err != nil {
		t.Fatal(err)
	}
}

// wantKept checks what an opening found. The names are those of the directory.
func wantKept(t *testing.T, what string, got directory.Opening, want directory.Board, complete bool) {
	t.Helper()
	want.Holders, want.Waiters = slices.Clone(want.Holders), slices.Clone(want.Waiters)
	for i, h := range want.Holders {
		want.Holders[i].Name, want.Holders[i].Administrator = "t"+h.Teammate[3:], h.Teammate == "tm_0"
	}
	for i, w := range want.Waiters {
		want.Waiters[i].Name, want.Waiters[i].Administrator = "t"+w.Teammate[3:], w.Teammate == "tm_0"
	}
	if d := cmp.Diff(want, got.Kept); d != "" || got.Complete != complete {
		t.Errorf("%s: complete %t, want %t; kept: %s", what, got.Complete, complete, d)
	}
}

func TestBoardsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	none := directory.Board{License: "lic"}
	wantKept(t, "the first ever", f.open(t, 0, "one"), none, true)
	f.save(t, "one", f.board())
	wantKept(t, "after kill -9", f.open(t, 0, "two"), f.board(), false)
	f.complete(t, "one")
	wantKept(t, "killed before the first save", f.open(t, 0, "three"), f.board(), false)
	f.complete(t, "three")
	wantKept(t, "after a stop, with nothing saved since", f.open(t, 0, "four"), f.board(), true)
	wantKept(t, "asked once more by the same process", f.open(t, 0, "four"), f.board(), true)
	f.save(t, "four", none)
	f.complete(t, "four")
	wantKept(t, "left empty", f.open(t, 0, "five"), none, true)
	wantKept(t, "killed while another process serves other licenses", f.open(t, 0, "six"), none, false)
}

// A process that lost the license to another one, and is late with its last save, overwrites nothing.
func TestSavesOfAnEarlierProcessAreNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	f.save(t, "one", f.board()) // never opened: there is nothing to save to
	none := directory.Board{License: "lic"}
	wantKept(t, "the first ever", f.open(t, 0, "one"), none, true)
	f.open(t, 0, "two")
	f.save(t, "one", f.board())
	f.complete(t, "one")
	wantKept(t, "after both", f.open(t, 0, "three"), none, false)
}

// What was kept before another engine had the license is not what holds now.
func TestBoardsAreForgottenWhenAnotherEngineHadTheLicense(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	f.open(t, 0, "one")
	f.save(t, "one", f.board())
	f.complete(t, "one")
	wantKept(t, "by an engine that keeps nothing here", f.open(t, 0, ""), directory.Board{}, false)
	wantKept(t, "after it", f.open(t, 0, "two"), directory.Board{License: "lic"}, false)
}

// Who is no operator any more when the next process comes is not kept, and names are as they are by then.
func TestKeptAreOperatorsStill(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	f.open(t, 0, "one")
	b := f.board()
	b.Holders = append(b.Holders, directory.Holder{Teammate: "tm_nobody", Number: 3})
	f.save(t, "one", b)
	if _, _, err := f.ChangeTeammate(t.Context(), "lic", "tm_0", directory.TeammateChange{Operator: new(false)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.RemoveTeammate(t.Context(), "lic", "tm_2"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.ChangeTeammate(t.Context(), "lic", "tm_1", directory.TeammateChange{Name: new("New"), Administrator: new(true)}); err != nil {
		t.Fatal(err)
	}
	want := directory.Board{License: "lic", Waiters: []directory.Waiter{{Teammate: "tm_1", Since: f.Now().Add(time.Second), Name: "New", Administrator: true}}}
	if d := cmp.Diff(want, f.open(t, 0, "two").Kept); d != "" {
		t.Error(d)
	}
}

func TestPurgeTakesTheBoard(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.license(t, "lic", 3)
	f.license(t, "lic_b", 3)
	f.open(t, 0, "one")
	if _, err := f.NextGeneration(t.Context(), "lic_b", 0, "one"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.DeleteLicense(t.Context(), "lic", nil); err != nil {
		t.Fatal(err)
	}
	if err := f.PurgeLicense(t.Context(), "lic"); err != nil {
		t.Fatal(err)
	}
	other := f.board()
	other.License = "lic_b"
	f.save(t, "one", f.board(), other) // the purged one is left out
	o, err := f.NextGeneration(t.Context(), "lic_b", 0, "two")
	if err != nil {
		t.Fatal(err)
	}
	wantKept(t, "the other license", o, other, false)
}
