package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/internal/alerts"
	"usher/internal/ledger"
)

// told are the alerts of a license, oldest first.
func (f *fixture) told(license string) (lines []string) {
	f.t.Helper()
	all, err := alerts.New(f.db).Alerts(f.t.Context(), alerts.Filter{License: license}, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, a := range slices.Backward(all) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d s: %s", int(a.Raised.Sub(nine).Seconds()), a.Text)))
	}
	return lines
}

func (f *fixture) set(column string, to any) {
	f.t.Helper()
	err := f.db.Write(f.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.Background(), `UPDATE licenses SET `+column+` = $1 WHERE id = 'lic_a'`, to)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func begins(fence int64, s int, overage bool) ledger.Stay {
	return ledger.Stay{License: "lic_a", Fence: fence, Teammate: fmt.Sprintf("tm_%d", fence), Name: fmt.Sprintf("T%d", fence), Began: at(s), Via: "take", Sessions: 1, Overage: overage}
}

// Administrators are told, in the transaction that writes what happened, when most and when all seats are used, of seats above the cap and of who got none.
func TestAlertsFollowFromWhatIsWritten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.set("cap", 5)
	for n := range int64(4) {
		f.record(stays(begins(n+1, int(n), false)))
		f.record(stays(begins(n+1, int(n), false))) // as another node tells
	}
	want := []string{"3 s: 4 of 5 seats are used."}
	f.same("at 80 %", f.told("lic_a"), want)
	f.record(stays(begins(5, 10, false)))
	want = append(want, "10 s: All 5 seats are used.")
	f.same("at 100 %", f.told("lic_a"), want)
	f.record(stays(begins(6, 20, true)))
	want = append(want, "20 s: T6 got a seat above the cap of 5.")
	f.same("above", f.told("lic_a"), want)
	refused := func(seq int64, code string) ledger.Refusal {
		return ledger.Refusal{License: "lic_a", Session: "ses", Seq: seq, Teammate: "tm_ned", Name: "Ned", At: at(30 + int(seq)), Code: code}
	}
	f.record(ledger.Happenings{Refusals: []ledger.Refusal{refused(1, "not_operator"), refused(2, ledger.SeatsFull)}})
	f.record(ledger.Happenings{Refusals: []ledger.Refusal{refused(3, ledger.SeatsFull)}})
	f.same("refused", f.told("lic_a"), append(want, "32 s: Ned was refused: no seat was free."))
	notice := ledger.Notice{License: "lic_a", Kind: alerts.AskedInVain, At: at(40), Text: "Ned asked the administrators for a seat, and none of them was there."}
	f.record(ledger.Happenings{Notices: []ledger.Notice{notice}})
	if got := f.told("lic_a"); got[len(got)-1] != "40 s: "+notice.Text {
		t.Errorf("a notice: %q", got)
	}
	f.same("another license", f.told("lic_b"), []string(nil))
}

// What was found rather than seen to begin, and what has ended, raises nothing; nor does what the policy does not want to be told of.
func TestWhatRaisesNoAlert(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	found, over := begins(1, 0, true), begins(2, 1, false)
	found.Found, over.Ended, over.Reason = true, at(2), "left"
	f.record(stays(found, over))
	f.set("cap", 5)
	f.set("policy", `{"alerts":{"near_percent":0}}`)
	f.record(stays(begins(3, 3, false), begins(4, 4, false), begins(5, 5, false)))
	f.same("the feed", f.told("lic_a"), []string(nil))
	f.set("policy", `{"alerts":{"near_percent":60}}`)
	f.record(stays(begins(6, 6, false)))
	f.same("the feed", f.told("lic_a"), []string{"6 s: All 5 seats are used."})
}

// Who waits for longer than the policy bears is told of, once for all of a license.
func TestLongWaitsAreTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	wait := func(license string, turn int64, from, until int) ledger.Wait {
		w := ledger.Wait{License: license, Turn: turn, Teammate: "tm_ann", Name: "Ann", Began: at(from)}
		if until > 0 {
			w.Ended, w.Outcome = at(until), ledger.Seated
		}
		return w
	}
	f.record(ledger.Happenings{Waits: []ledger.Wait{wait("lic_a", 1, 0, 1000), wait("lic_a", 2, 60, 0), wait("lic_a", 3, 61, 0), wait("lic_b", 1, 300, 0)}})
	check := func(s, want int) {
		t.Helper()
		if n, err := f.AlertWaits(t.Context(), at(s)); n != want || err != nil {
			t.Errorf("after %d s: %d were told of (%v), want %d", s, n, err, want)
		}
	}
	check(659, 0)
	check(660, 1)
	check(675, 0)
	check(780, 1) // that it goes on
	f.same("the feed", f.told("lic_a"), []string{"660 s: Ann has waited for a seat for 10m0s."})
	f.set("policy", `{"alerts":{"waiting_ms":0}}`)
	check(900, 1) // the other license
	f.same("the other feed", f.told("lic_b"), []string{"900 s: Ann has waited for a seat for 10m0s."})
	check(7200, 1)
	f.set("policy", `{"alerts":{"waiting_ms":1000}}`)
	check(7300, 2)
	f.same("the feed", f.told("lic_a"), []string{
		"660 s: Ann has waited for a seat for 10m0s.", "7300 s: Ann has waited for a seat for 2h0m40s.",
	})
}
