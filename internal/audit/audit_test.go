package audit_test

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

	"usher/internal/audit"
	"usher/internal/database"
	"usher/internal/recordstest"
)

func TestMain(m *testing.M) { recordstest.Main(m) }

type fixture struct {
	*audit.Log

	t  *testing.T
	db *database.DB
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db := recordstest.New(t)
	return &fixture{Log: audit.NewLog(db), t: t, db: db}
}

const lic = audit.Chain("license/lic")

var (
	moment = time.Date(2026, 12, 1, 9, 0, 0, 123e6, time.UTC)
	meg    = audit.Actor{Kind: audit.Teammate, ID: "tm_meg", From: "192.0.2.7"}
)

func (f *fixture) append(chain audit.Chain, deeds ...audit.Deed) {
	f.t.Helper()
	f.write(func(tx *sql.Tx) error { return audit.Append(f.t.Context(), tx, chain, moment, meg, deeds...) })
}

func (f *fixture) write(fn func(tx *sql.Tx) error) {
	f.t.Helper()
	if err := f.db.Write(f.t.Context(), fn); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) exec(statement string, args ...any) {
	f.t.Helper()
	f.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(f.t.Context(), statement, args...)
		return err
	})
}

func (f *fixture) entries(filter audit.Filter, limit int) []audit.Entry {
	f.t.Helper()
	found, err := f.Entries(f.t.Context(), lic, filter, limit)
	if err != nil {
		f.t.Fatal(err)
	}
	return found
}

func freed(teammate string, fence int) audit.Deed {
	return audit.Deed{Action: audit.SeatFreed, Subject: teammate, Ref: fmt.Sprint(fence), Detail: map[string]any{"reason": "<lunch> & more"}}
}

// hashes of the two entries of the test below, by sha256sum.
var hashes = []string{
	"9754382a0846df74781f1028a7394b42b3d7bbc860b0b1a65cc30b7c190fabb4",
	"eb36c1a9da83866154b26d33d8341f753884740bd2c3e733de9ebf739b6eaf92",
}

// The hash is what the package's comment says, so that others can compute it.
func TestHashesAreAsTheyAreDescribed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append(lic, freed("tm_ann", 7))
	f.append(lic, audit.Deed{Action: audit.LicenseChanged, Subject: "lic", Detail: map[string]any{"cap": audit.Change{From: 2, To: 3}}})
	want := []audit.Entry{{
		Number: 2, At: moment, By: meg, Action: audit.LicenseChanged, Subject: "lic", Detail: []byte(`{"cap":{"from":2,"to":3}}`),
		Hash: hashes[1],
	}, {
		Number: 1, At: moment, By: meg, Action: audit.SeatFreed, Subject: "tm_ann", Ref: "7", Detail: []byte(`{"reason":"<lunch> & more"}`),
		Hash: hashes[0],
	}}
	if d := cmp.Diff(want, f.entries(audit.Filter{}, 10)); d != "" {
		t.Error(d)
	}
	head, err := f.Verify(t.Context(), lic)
	if err != nil || head != (audit.Head{Number: 2, Hash: hashes[1]}) {
		t.Errorf("%+v, %v", head, err)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append(lic, freed("tm_ann", 1), freed("tm_bob", 2), audit.Deed{Action: audit.TeammateChanged, Subject: "tm_ann"}, freed("tm_ann", 4))
	f.append("license/other", freed("tm_ann", 5))
	for _, tc := range []struct {
		filter audit.Filter
		limit  int
		want   []int64
	}{
		{audit.Filter{}, 10, []int64{4, 3, 2, 1}},
		{audit.Filter{}, 2, []int64{4, 3}},
		{audit.Filter{Before: 3}, 1, []int64{2}},
		{audit.Filter{Subject: "tm_ann"}, 10, []int64{4, 3, 1}},
		{audit.Filter{Action: audit.SeatFreed, Before: 4}, 10, []int64{2, 1}},
		{audit.Filter{Action: audit.SeatFreed, Subject: "tm_ann"}, 1, []int64{4}},
		{audit.Filter{Subject: "tm_nobody"}, 10, nil},
	} {
		var got []int64
		for _, e := range f.entries(tc.filter, tc.limit) {
			got = append(got, e.Number)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v, at most %d: got %v, want %v", tc.filter, tc.limit, got, tc.want)
		}
	}
}

// Whatever is changed, removed or added behind the log's back shows, and where.
func TestTamperingShows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		statement string
		at        int64
	}{
		"another time":       {`UPDATE audit SET at = at + 1 WHERE number = 3`, 3},
		"another kind":       {`UPDATE audit SET actor_kind = 'usher' WHERE number = 3`, 3},
		"another actor":      {`UPDATE audit SET actor = 'tm_eve' WHERE number = 3`, 3},
		"another key":        {`UPDATE audit SET actor_key = 'k' WHERE number = 3`, 3},
		"another address":    {`UPDATE audit SET actor_from = '' WHERE number = 3`, 3},
		"another action":     {`UPDATE audit SET action = 'cooldown.lifted' WHERE number = 3`, 3},
		"another subject":    {`UPDATE audit SET subject = 'tm_x' WHERE number = 3`, 3},
		"another ref":        {`UPDATE audit SET ref = '9' WHERE number = 3`, 3},
		"another detail":     {`UPDATE audit SET detail = '{}' WHERE number = 3`, 3},
		"another hash":       {`UPDATE audit SET hash = 'f' WHERE number = 3`, 3},
		"one removed":        {`DELETE FROM audit WHERE number = 3`, 3},
		"the first removed":  {`DELETE FROM audit WHERE number = 1`, 1},
		"the last removed":   {`DELETE FROM audit WHERE number = 5`, 5},
		"all removed":        {`DELETE FROM audit`, 1},
		"the head moved":     {`UPDATE audit_chains SET hash = 'f'`, 5},
		"the head cut":       {`UPDATE audit_chains SET number = 4`, 5},
		"one put in between": {`INSERT INTO audit SELECT chain, 6, at, actor_kind, actor, actor_key, actor_from, action, subject, ref, detail, hash FROM audit WHERE number = 5`, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			for fence := range 5 {
				f.append(lic, freed("tm_ann", fence))
			}
			f.exec(tc.statement)
			_, err := f.Verify(t.Context(), lic)
			broken, ok := errors.AsType[*audit.BrokenError](err)
			if !ok || broken.Number != tc.at || !strings.Contains(err.Error(), "license/lic") {
				t.Errorf("got %v, want it broken at %d", err, tc.at)
			}
		})
	}
}

// Writers of one chain take turns: no number is given twice, none is left out, and each hash follows the one before.
func TestConcurrentWritersFollowEachOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const writers, each = 8, 5
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := f.db.Write(t.Context(), func(tx *sql.Tx) error {
					return audit.Append(t.Context(), tx, lic, moment, meg, freed("tm_ann", w), freed("tm_bob", i))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	head, err := f.Verify(t.Context(), lic)
	if err != nil || head.Number != 2*writers*each {
		t.Errorf("%+v, %v", head, err)
	}
}

// A long chain is verified in parts.
func TestALongChain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	deeds := make([]audit.Deed, 2345)
	for i := range deeds {
		deeds[i] = freed("tm_ann", i)
	}
	f.append(lic, deeds...)
	if head, err := f.Verify(t.Context(), lic); err != nil || head.Number != int64(len(deeds)) {
		t.Errorf("%+v, %v", head, err)
	}
}

func TestADeedStandsUntilItIsWithdrawn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stands := func(want bool) {
		t.Helper()
		f.write(func(tx *sql.Tx) error {
			got, err := audit.Stands(t.Context(), tx, lic, freed("tm_ann", 7))
			if got != want {
				t.Errorf("stands: %v, want %v", got, want)
			}
			return err
		})
	}
	withdrawn := freed("tm_ann", 7)
	withdrawn.Action = withdrawn.Action.Withdrawn()
	stands(false)
	f.append(lic, freed("tm_ann", 8), freed("tm_bob", 7), audit.Deed{Action: audit.SeatHandedOver, Subject: "tm_ann", Ref: "7"})
	f.append("license/other", freed("tm_ann", 7))
	stands(false)
	f.append(lic, freed("tm_ann", 7))
	stands(true)
	f.append(lic, withdrawn)
	stands(false)
	f.append(lic, freed("tm_ann", 7))
	stands(true)
}

func TestPurge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.append(lic, freed("tm_ann", 1))
	f.append("license/lic2", freed("tm_ann", 1))
	f.write(func(tx *sql.Tx) error { return audit.Purge(t.Context(), tx, lic) })
	chains, err := f.Chains(t.Context())
	if err != nil || !slices.Equal(chains, []audit.Chain{"license/lic2"}) {
		t.Errorf("%v, %v", chains, err)
	}
	if left := f.entries(audit.Filter{}, 10); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	if head, err := f.Verify(t.Context(), lic); err != nil || head != (audit.Head{}) {
		t.Errorf("of no chain: %+v, %v", head, err)
	}
}
