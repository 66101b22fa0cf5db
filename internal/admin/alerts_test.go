package admin_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/internal/alerts"
	"usher/internal/directory"
)

const alertsPath = "/v1/licenses/lic/alerts"

// raise raises alerts of so many seats that are used, each of a subject of its own.
func (h *house) raise(used ...int) {
	h.t.Helper()
	err := h.db.Write(h.t.Context(), func(tx *sql.Tx) error {
		for _, n := range used {
			a := alerts.Alert{
				License: "lic", Kind: alerts.SeatsFull, Subject: fmt.Sprint(n), Text: fmt.Sprintf("All %d seats are used.", n),
				Detail: map[string]any{"used": n}, Raised: h.clock.Now(),
			}
			if err := alerts.Raise(h.t.Context(), tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	h.must(err)
}

func TestAlertsAreListedAndAcknowledged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.raise(1, 2, 3)
	eve := h.token("lic", "tm_eve")
	alert := func(number int, acknowledged any, by string) map[string]any {
		return map[string]any{
			"number": float64(number), "kind": "seats_full", "subject": fmt.Sprint(number), "text": fmt.Sprintf("All %d seats are used.", number),
			"detail": map[string]any{"used": float64(number)}, "raised": h.rfc(h.ago(0)), "last": h.rfc(h.ago(0)),
			"acknowledged": acknowledged, "acknowledged_by": by,
		}
	}
	_, since := h.deeds(0)
	now := h.rfc(h.ago(0))
	for range 2 { // twice is once
		if d := cmp.Diff(alert(2, now, "tm_eve"), h.call("POST", alertsPath+"/2/acknowledge", eve, "").body); d != "" {
			t.Error(d)
		}
	}
	if d := cmp.Diff(alert(2, now, "tm_eve"), h.call("POST", alertsPath+"/2/acknowledge", h.token("lic", "tm_meg"), "").body); d != "" {
		t.Errorf("by another: %s", d)
	}
	if deeds, _ := h.deeds(since); !cmp.Equal(deeds, []string{"teammate tm_eve 192.0.2.1: alert.acknowledged 2"}) {
		t.Errorf("the audit log: %q", deeds)
	}
	for query, want := range map[string][]any{
		"":                         {alert(3, nil, ""), alert(2, now, "tm_eve"), alert(1, nil, "")},
		"?open=true":               {alert(3, nil, ""), alert(1, nil, "")},
		"?kind=seats_full&limit=1": {alert(3, nil, "")},
		"?kind=waiting":            {},
	} {
		if d := cmp.Diff(want, h.call("GET", alertsPath+query, eve, "").body["items"]); d != "" {
			t.Errorf("%q: %s", query, d)
		}
	}
	first := h.call("GET", alertsPath+"?limit=2", eve, "")
	second := h.call("GET", alertsPath+"?limit=2&cursor="+fmt.Sprint(first.body["next_cursor"]), eve, "")
	if d := cmp.Diff([]any{alert(1, nil, "")}, second.body["items"]); d != "" || second.body["next_cursor"] != nil {
		t.Errorf("the second page: %s", d)
	}
	h.call("POST", alertsPath+"/4/acknowledge", eve, "").want(t, "one that is not", 404, "not_found")
	h.call("POST", alertsPath+"/0/acknowledge", eve, "").want(t, "number 0", 400, "bad_request")
	h.call("GET", alertsPath+"?kind=noise", eve, "").want(t, "a kind of none", 400, "bad_request")
}

// What becomes of invitations is told in the feed, and nobody is mailed twice.
func TestInvitationsAreToldInTheFeed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	invited := h.invitation()
	h.clock.Advance(directory.StaleAfter)
	_, _, err := h.dir.TellStale(t.Context())
	h.must(err)
	items := h.call("GET", alertsPath, h.key, "").body["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("%v", items)
	}
	got := items[0].(map[string]any)
	if got["kind"] != "invitation_stale" || got["subject"] != invited || got["text"] != "guest@example.com has not picked up the invitation for 48 hours." {
		t.Errorf("%v", got)
	}
}
