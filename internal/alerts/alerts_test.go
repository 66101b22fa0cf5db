package alerts_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/alerts"
	"usher/internal/database"
	"usher/internal/recordstest"
)

func TestMain(m *testing.M) { recordstest.Main(m) }

var nine = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }

type fixture struct {
	*alerts.Feed

	t  *testing.T
	db *database.DB
}

// newFixture has lic_a, whose administrators are Eve and Meg, and lic_b, whose policy wants no mail.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	db := recordstest.New(t)
	f := &fixture{alerts.New(db), t, db}
	for _, statement := range []string{
		`INSERT INTO partners (id, name, email, created_at) VALUES ('prt', 'Partner', 'partner@example.com', 0)`,
		`INSERT INTO licenses (id, partner, name, cap, price_cents, currency, policy, status, revision, generation, created_at)
			VALUES ('lic_a', 'prt', 'Acme', 2, 0, 'USD', '{}', 'active', 1, 0, 0), ('lic_b', 'prt', 'Other', 2, 0, 'USD', '{"alerts":{"mail":false}}', 'active', 1, 0, 0)`,
		`INSERT INTO teammates (id, license, email, email_key, name, operator, administrator, revision, created_at, removed_at) VALUES
			('tm_eve', 'lic_a', 'eve@example.com', 'eve@example.com', 'Eve', 1 = 1, TRUE, 1, 0, NULL),
			('tm_meg', 'lic_a', 'meg@example.com', 'meg@example.com', 'Meg', FALSE, TRUE, 1, 0, NULL),
			('tm_ann', 'lic_a', 'ann@example.com', 'ann@example.com', 'Ann', TRUE, FALSE, 1, 0, NULL),
			('tm_old', 'lic_a', 'old@example.com', 'old@example.com', 'Old', FALSE, TRUE, 1, 0, 1),
			('tm_zoe', 'lic_b', 'zoe@example.com', 'zoe@example.com', 'Zoe', FALSE, TRUE, 1, 0, NULL)`,
	} {
		f.write(func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		})
	}
	return f
}

func (f *fixture) write(do func(context.Context, *sql.Tx) error) {
	f.t.Helper()
	if err := f.db.Write(context.Background(), func(tx *sql.Tx) error { return do(context.Background(), tx) }); err != nil {
		f.t.Fatal(err)
	}
}

func full(minutes int) alerts.Alert {
	return alerts.Alert{
		License: "lic_a", Kind: alerts.SeatsFull, Text: "All 2 seats are used.", Detail: map[string]any{"cap": 2.}, Raised: at(minutes),
	}
}

func (f *fixture) raise(all ...alerts.Alert) {
	f.t.Helper()
	f.write(func(ctx context.Context, tx *sql.Tx) error {
		for _, a := range all {
			if err := alerts.Raise(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fixture) feed(of alerts.Filter) []alerts.Alert {
	f.t.Helper()
	if of.License == "" {
		of.License = "lic_a"
	}
	all, err := f.Alerts(f.t.Context(), of, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

// told is the feed in short, oldest first.
func (f *fixture) told() (lines []string) {
	f.t.Helper()
	for _, a := range slices.Backward(f.feed(alerts.Filter{})) {
		lines = append(lines, fmt.Sprintf("%d %s%s %d-%d", a.Number, a.Kind, a.Subject, int(a.Raised.Sub(nine).Minutes()), int(a.Last.Sub(nine).Minutes())))
	}
	return lines
}

func (f *fixture) mails() (to []string) {
	f.t.Helper()
	err := f.db.Read(f.t.Context(), func(tx *sql.Tx) error {
		to = nil
		rows, err := tx.QueryContext(f.t.Context(), `SELECT id FROM outbox ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			to = append(to, id)
		}
		return rows.Err()
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return to
}

func (f *fixture) same(what string, got, want any) {
	f.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		f.t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// What goes on is told of once, until it has been quiet for an hour.
func TestAlertsAreToldOnceUntilItIsQuiet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, minute := range []int{0, 0, 1, 30, 89, 140, 199, 259, 260} {
		f.raise(full(minute))
	}
	other := full(5)
	other.Kind = alerts.Refused
	f.raise(other)
	other.Subject = "x"
	f.raise(other)
	f.same("the feed", f.told(), []string{"1 seats_full 0-199", "2 seats_full 259-260", "3 refused 5-5", "4 refusedx 5-5"})
	f.same("the mail", f.mails(), []string{
		"alert.lic_a.1.tm_eve", "alert.lic_a.1.tm_meg", "alert.lic_a.2.tm_eve", "alert.lic_a.2.tm_meg",
		"alert.lic_a.3.tm_eve", "alert.lic_a.3.tm_meg", "alert.lic_a.4.tm_eve", "alert.lic_a.4.tm_meg",
	})
	want := full(0)
	want.Number, want.Last = 1, at(199)
	f.same("the first", f.feed(alerts.Filter{Before: 2}), []alerts.Alert{want})
	f.same("by kind", len(f.feed(alerts.Filter{Kind: alerts.Refused})), 2)
}

// Nodes that raise the same at once raise one, and mail it once; an alert whose cause was undone is not there.
func TestAlertsAreRaisedOnceByAll(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var nodes sync.WaitGroup
	for range 8 {
		nodes.Go(func() {
			err := f.db.Write(context.Background(), func(tx *sql.Tx) error { return alerts.Raise(context.Background(), tx, full(0)) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	undone := errors.New("undone")
	err := f.db.Write(t.Context(), func(tx *sql.Tx) error {
		return errors.Join(alerts.Raise(t.Context(), tx, alerts.Alert{License: "lic_a", Kind: alerts.Overage, Raised: at(0)}), undone)
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	f.same("the feed", f.told(), []string{"1 seats_full 0-0"})
	f.same("the mail", len(f.mails()), 2)
}

// Who acknowledges first is who has; what comes again within an hour is quiet, and later another alert.
func TestAlertsAreAcknowledgedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.raise(full(0))
	acknowledge := func(number int64, by string, minute int) (a alerts.Alert, first bool, err error) {
		err = f.db.Write(t.Context(), func(tx *sql.Tx) error {
			a, first, err = alerts.Acknowledge(t.Context(), tx, "lic_a", number, by, at(minute))
			return err
		})
		return a, first, err
	}
	if a, first, err := acknowledge(1, "tm_eve", 10); err != nil || !first || a.AcknowledgedBy != "tm_eve" || !a.Acknowledged.Equal(at(10)) {
		t.Errorf("%+v %t %v", a, first, err)
	}
	if a, first, err := acknowledge(1, "tm_meg", 11); err != nil || first || a.AcknowledgedBy != "tm_eve" || !a.Acknowledged.Equal(at(10)) {
		t.Errorf("again: %+v %t %v", a, first, err)
	}
	if _, _, err := acknowledge(2, "tm_eve", 11); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("one that is not: %v", err)
	}
	f.same("open ones", len(f.feed(alerts.Filter{Open: true})), 0)
	for _, minute := range []int{20, 60, 69, 70, 71} {
		f.raise(full(minute))
	}
	f.same("the feed", f.told(), []string{"1 seats_full 0-69", "2 seats_full 70-71"})
	f.same("open ones", len(f.feed(alerts.Filter{Open: true})), 1)
}

// No mail goes where the policy does not want it, and none about what somebody was told by mail already; nothing is told of a license that is no more.
func TestWhatIsNotMailed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	quiet := full(0)
	quiet.License = "lic_b"
	accepted := alerts.Alert{License: "lic_a", Kind: alerts.InvitationAccepted, Subject: "inv_1", Text: "Ann has accepted the invitation.", Raised: at(0)}
	gone := full(0)
	gone.License = "lic_gone"
	f.raise(quiet, accepted, gone)
	f.same("the mail", len(f.mails()), 0)
	f.same("the feed", f.told(), []string{"1 invitation_acceptedinv_1 0-0"})
	f.same("the other's", len(f.feed(alerts.Filter{License: "lic_b"})), 1)
	f.same("of none", len(f.feed(alerts.Filter{License: "lic_gone"})), 0)
}
