package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/database"
	"usher/internal/ledger"
	"usher/internal/recordstest"
)

func TestMain(m *testing.M) { recordstest.Main(m) }

var nine = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

func at(s int) time.Time { return nine.Add(time.Duration(s) * time.Second) }

type fixture struct {
	*ledger.Ledger

	t  *testing.T
	db *database.DB
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db := recordstest.New(t)
	for _, statement := range []string{
		`INSERT INTO partners (id, name, email, created_at) VALUES ('prt', 'Partner', 'partner@example.com', 0)`,
		`INSERT INTO licenses (id, partner, name, cap, price_cents, currency, policy, status, revision, generation, created_at)
			SELECT id, 'prt', id, 2, 0, 'USD', '{}', 'active', 1, 0, 0 FROM (SELECT 'lic_a' AS id UNION SELECT 'lic_b') AS ids`,
	} {
		err := db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), statement)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return &fixture{ledger.New(db), t, db}
}

func (f *fixture) record(h ledger.Happenings) {
	f.t.Helper()
	if err := f.Record(f.t.Context(), h); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) stays(filter ledger.Filter) []ledger.Stay {
	f.t.Helper()
	filter.License = "lic_a"
	got, err := f.Stays(f.t.Context(), filter, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	return got
}

func (f *fixture) same(what string, got, want any) {
	f.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func stays(all ...ledger.Stay) ledger.Happenings { return ledger.Happenings{Stays: all} }

// ann's stay as it is seen to begin, and in the end.
func annsStay() (began, whole ledger.Stay) {
	began = ledger.Stay{License: "lic_a", Fence: 7, Teammate: "tm_ann", Name: "Ann", Number: 2, Began: at(0), Via: "waitlist", Waited: 3 * time.Second, Sessions: 1}
	whole = began
	whole.Ended, whole.Reason, whole.By, whole.Message, whole.Sessions = at(60), "freed", "tm_meg", "lunch", 2
	return began, whole
}

// TestPromise8_EachStayIsThereOnce has nodes tell of the same stay in every order, and at once.
func TestPromise8_EachStayIsThereOnce(t *testing.T) {
	t.Parallel()
	began, whole := annsStay()
	two := began
	two.Sessions = 2
	byEnd := whole // as a node tells that learned of the end alone
	byEnd.Name, byEnd.Waited, byEnd.Sessions = "", 0, 1
	unknown := began
	unknown.Ended, unknown.Reason = at(120), ledger.Unknown
	told := []ledger.Stay{began, two, byEnd, unknown, began}
	t.Run("in any order", func(t *testing.T) {
		t.Parallel()
		for seed := range uint64(24) {
			f := newFixture(t)
			order := rand.New(rand.NewPCG(seed, 0)).Perm(len(told))
			for _, i := range order {
				f.record(stays(told[i]))
			}
			f.same(fmt.Sprintf("stays, told in order %v", order), f.stays(ledger.Filter{}), []ledger.Stay{whole})
		}
	})
	t.Run("at once", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		var nodes sync.WaitGroup
		for range 4 {
			for _, s := range told {
				nodes.Go(func() {
					other := s
					other.License = "lic_b"
					if err := f.Record(context.Background(), stays(s, other)); err != nil {
						t.Error(err)
					}
				})
			}
		}
		nodes.Wait()
		f.same("stays", f.stays(ledger.Filter{}), []ledger.Stay{whole})
	})
}

func TestTheEndThatIsKnownStands(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, whole := annsStay()
	f.record(stays(whole))
	later := whole
	later.Ended, later.Reason = at(90), "expired"
	f.record(stays(later))
	f.same("stays", f.stays(ledger.Filter{}), []ledger.Stay{whole})
}

// What an engine in process finds when it starts has another fence from then on, and is the same stay.
func TestAStayGoesOnUnderAnotherFence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	began, whole := annsStay()
	f.record(stays(began))
	found := began
	found.Fence, found.Waited, found.Found = 1007, 0, true
	f.record(stays(found))
	f.record(stays(found))
	want := began
	want.Fence = 1007
	f.same("found", f.stays(ledger.Filter{}), []ledger.Stay{want})

	ended := whole
	ended.Fence = 1007
	f.record(stays(ended))
	again := ended
	again.Fence, again.Found, again.Ended, again.Reason = 2007, true, time.Time{}, "" // another one that began at that moment: the first is over
	f.record(stays(again))
	if got := f.stays(ledger.Filter{}); len(got) != 2 {
		t.Errorf("%d stays, want both", len(got))
	}
}

func TestWaitsAndRefusalsAreThereOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	began := ledger.Wait{License: "lic_a", Turn: 3, Teammate: "tm_bob", Name: "Bob", Began: at(0)}
	over := began
	over.Ended, over.Outcome = at(9), ledger.Seated
	refusal := ledger.Refusal{License: "lic_a", Session: "ses_1", Seq: 1, Teammate: "tm_cid", Name: "Cid", At: at(1), Code: "seats_full"}
	second := refusal
	second.Seq, second.At = 2, at(2)
	for _, h := range []ledger.Happenings{
		{Waits: []ledger.Wait{over}}, {Waits: []ledger.Wait{began}}, {Waits: []ledger.Wait{over}},
		{Refusals: []ledger.Refusal{refusal, second}}, {Refusals: []ledger.Refusal{refusal}},
	} {
		f.record(h)
	}
	waits, err := f.Waits(t.Context(), ledger.Filter{License: "lic_a"}, 10)
	if err != nil {
		t.Fatal(err)
	}
	f.same("waits", waits, []ledger.Wait{over})
	refusals, err := f.Refusals(t.Context(), ledger.Filter{License: "lic_a"}, 10)
	if err != nil {
		t.Fatal(err)
	}
	f.same("refusals", refusals, []ledger.Refusal{second, refusal})
	older, err := f.Refusals(t.Context(), ledger.Filter{License: "lic_a", Before: ledger.RefusalCursor{At: at(2), Session: "ses_1", Seq: 2}}, 10)
	if err != nil {
		t.Fatal(err)
	}
	f.same("the next page", older, []ledger.Refusal{refusal})
}

func TestUnendedIsWhatGoesOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	began, whole := annsStay()
	whole.Fence = 6
	wait := ledger.Wait{License: "lic_a", Turn: 3, Teammate: "tm_bob", Began: at(0)}
	f.record(ledger.Happenings{Stays: []ledger.Stay{began, whole}, Waits: []ledger.Wait{wait}})
	open, err := f.Unended(t.Context(), "lic_a")
	if err != nil {
		t.Fatal(err)
	}
	f.same("open", open, ledger.Happenings{Stays: []ledger.Stay{began}, Waits: []ledger.Wait{wait}})
}

func TestFilters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all []ledger.Stay
	for i := range 4 {
		s, _ := annsStay()
		s.Fence, s.Teammate, s.Began = int64(i+1), fmt.Sprintf("tm_%d", i%2), at(10*i)
		if i < 3 {
			s.Ended, s.Reason = at(10*i+10), "left"
		}
		all = append(all, s)
	}
	f.record(stays(all...))
	for name, c := range map[string]struct {
		filter ledger.Filter
		want   []ledger.Stay
	}{
		"all":         {ledger.Filter{}, []ledger.Stay{all[3], all[2], all[1], all[0]}},
		"touched":     {ledger.Filter{From: at(10), To: at(20)}, []ledger.Stay{all[1]}}, // what ends at the moment at which it begins does not
		"of one":      {ledger.Filter{Teammate: "tm_0"}, []ledger.Stay{all[2], all[0]}},
		"open":        {ledger.Filter{Open: true}, []ledger.Stay{all[3]}},
		"a next page": {ledger.Filter{BeforeNumber: 2}, []ledger.Stay{all[0]}},
	} {
		f.same(name, f.stays(c.filter), c.want)
	}
}

// A license that is purged takes its ledger along, and what is told of it later is left out, without harm to the rest.
func TestAPurgedLicense(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	began, _ := annsStay()
	other := began
	other.License = "lic_b"
	f.record(stays(began, other))
	err := f.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `DELETE FROM licenses WHERE id = 'lic_b'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	second := began
	second.Fence = 8
	f.record(ledger.Happenings{
		Stays: []ledger.Stay{other, second}, Waits: []ledger.Wait{{License: "lic_b", Turn: 1}}, Refusals: []ledger.Refusal{{License: "lic_b"}},
	})
	if got := f.stays(ledger.Filter{}); len(got) != 2 {
		t.Errorf("%d stays on the other license, want 2", len(got))
	}
	gone, err := f.Stays(t.Context(), ledger.Filter{License: "lic_b"}, 10)
	if err != nil || len(gone) != 0 {
		t.Errorf("%v, %v; want none", gone, err)
	}
}
