package outbox_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/database"
	"usher/internal/outbox"
	"usher/internal/recordstest"
)

func TestMain(m *testing.M) { recordstest.Main(m) }

type fixture struct {
	*outbox.Box

	t  *testing.T
	db *database.DB
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db := recordstest.New(t)
	return &fixture{Box: outbox.New(db), t: t, db: db}
}

var begin = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }

func (f *fixture) put(now time.Time, ids ...string) {
	f.t.Helper()
	err := f.db.Write(f.t.Context(), func(tx *sql.Tx) error {
		for _, id := range ids {
			m := outbox.Message{ID: id, To: id + "@example.com", Kind: "greeting", Content: outbox.Content{Fields: map[string]string{"name": id}}}
			if err := outbox.Put(f.t.Context(), tx, now, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) claim(node string, now time.Time, most int) (ids []string) {
	f.t.Helper()
	claimed, err := f.Claim(f.t.Context(), node, now, time.Minute, most)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range claimed {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

func (f *fixture) want(what string, got []string, want ...string) {
	f.t.Helper()
	if !slices.Equal(got, want) {
		f.t.Errorf("%s: claimed %v, want %v", what, got, want)
	}
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) next(want time.Time) {
	f.t.Helper()
	if got, err := f.Next(f.t.Context()); err != nil || !got.Equal(want) {
		f.t.Errorf("next is %s (%v), want %s", got, err, want)
	}
}

func TestAMessageIsClaimedByOneUntilItIsSent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.next(time.Time{})
	f.put(at(0), "a", "b", "c")
	f.put(at(5), "b") // again
	f.next(at(0))
	f.want("before its time", f.claim("n1", at(-1), 10))
	f.want("two of three", f.claim("n1", at(0), 2), "a", "b")
	f.want("the third", f.claim("n2", at(0), 10), "c")
	f.want("all are taken", f.claim("n3", at(59), 10))
	f.next(at(60))
	f.must(f.Sent(ctx, "a", at(3)))
	f.must(f.Later(ctx, "b", "n1", at(30), "421 try\x00 later\r\n"))
	f.want("due again", f.claim("n3", at(30), 10), "b")
	f.must(f.Failed(ctx, "b", "n3", at(31), strings.Repeat("5", 600)))
	f.want("whose node died", f.claim("n3", at(60), 10), "c")
	f.must(f.Sent(ctx, "c", at(61)))
	f.next(time.Time{})
	f.want("nothing is left", f.claim("n3", at(10_000), 10))
	for id, want := range map[string]outbox.State{
		"a": {Attempts: 1, Sent: at(3)}, "b": {Attempts: 2, Failed: at(31), Error: strings.Repeat("5", 500)}, "c": {Attempts: 1, Sent: at(61)},
	} {
		got, found, err := f.State(ctx, id)
		if d := cmp.Diff(want, got); d != "" || !found || err != nil {
			t.Errorf("%s: %s (%v)", id, d, err)
		}
	}
	if _, found, err := f.State(ctx, "nothing"); found || err != nil {
		t.Errorf("there is what was never put (%v)", err)
	}
}

// A node that was slow must not undo what another has done meanwhile.
func TestWhoComesTooLateChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	f.put(at(0), "a")
	f.want("first", f.claim("n1", at(0), 1), "a")
	f.want("second", f.claim("n2", at(60), 1), "a")
	f.must(f.Later(ctx, "a", "n1", at(1000), "late"))
	f.must(f.Failed(ctx, "a", "n1", at(1000), "late"))
	f.must(f.Sent(ctx, "a", at(61)))
	f.must(f.Sent(ctx, "a", at(99)))
	f.must(f.Later(ctx, "a", "n2", at(1000), "late"))
	got, _, err := f.State(ctx, "a")
	if d := cmp.Diff(outbox.State{Attempts: 1, Sent: at(61)}, got); d != "" || err != nil {
		t.Errorf("%s (%v)", d, err)
	}
	f.put(at(100), "a") // was sent: not once more
	f.want("put again", f.claim("n2", at(200), 1))
}

func TestAMessageIsThereWithItsTransactionOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mine := errors.New("mine")
	err := f.db.Write(t.Context(), func(tx *sql.Tx) error {
		f.must(outbox.Put(t.Context(), tx, at(0), outbox.Message{ID: "a", To: "a@example.com", Kind: "k"}))
		return mine
	})
	if !errors.Is(err, mine) {
		t.Fatal(err)
	}
	f.want("undone", f.claim("n1", at(0), 1))
}

// Nodes that claim at the same time share the messages; none gets one that another has.
func TestConcurrentClaims(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const messages, nodes = 60, 6
	var ids []string
	for i := range messages {
		ids = append(ids, fmt.Sprintf("m%02d", i))
	}
	f.put(at(0), ids...)
	var (
		mu  sync.Mutex
		got []string
		wg  sync.WaitGroup
	)
	for n := range nodes {
		wg.Go(func() {
			for {
				claimed, err := f.Claim(t.Context(), fmt.Sprint("n", n), at(0), time.Minute, 7)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, c := range claimed {
					got = append(got, c.ID)
				}
				done := len(got) >= messages
				mu.Unlock()
				if done {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	if d := cmp.Diff(ids, got); d != "" {
		t.Error(d)
	}
}

func TestWhatIsClaimedIsWhatWasPut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	content := outbox.Content{
		Fields: map[string]string{"name": "Ann <ann@example.com>", "license": "Käse & Co"},
		Token:  &outbox.TokenRef{Purpose: "invitation", ID: "inv_1", Number: 2},
	}
	f.must(f.db.Write(t.Context(), func(tx *sql.Tx) error {
		return outbox.Put(t.Context(), tx, at(0), outbox.Message{ID: "a", To: "ann@example.com", Kind: "greeting", Content: content})
	}))
	got, err := f.Claim(t.Context(), "n1", at(0), time.Minute, 1)
	want := []outbox.Claimed{{ID: "a", To: "ann@example.com", Kind: "greeting", Created: at(0), Content: content}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%s (%v)", d, err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put(at(0), "sent", "waits")
	f.put(at(10), "young")
	f.must(f.Sent(t.Context(), "sent", at(11)))
	f.must(f.Sent(t.Context(), "young", at(11)))
	f.must(f.Prune(t.Context(), at(10)))
	for id, want := range map[string]bool{"sent": false, "waits": true, "young": true} {
		if _, found, err := f.State(t.Context(), id); found != want || err != nil {
			t.Errorf("%s is there: %v (%v)", id, found, err)
		}
	}
}
