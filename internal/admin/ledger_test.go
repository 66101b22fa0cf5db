package admin_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/admin"
	"usher/internal/directory"
	"usher/internal/ledger"
	"usher/seats"
)

const ledgerPath = "/v1/licenses/lic/"

// tell writes what happened, and begins some seconds before now.
func (h *house) tell(happened ledger.Happenings) {
	h.t.Helper()
	h.must(ledger.New(h.db).Record(h.t.Context(), happened))
}

// ago is so many seconds before now.
func (h *house) ago(s int) time.Time { return h.clock.Now().Add(-time.Duration(s) * time.Second).UTC() }

// hour is what happened in the last one on lic: Ann held a seat that Eve freed, Bob has had it since, Meg was refused.
func (h *house) hour() ledger.Happenings {
	return ledger.Happenings{
		Stays: []ledger.Stay{
			{
				License: "lic", Fence: 3, Teammate: "tm_ann", Name: "Ann", Number: 1, Began: h.ago(3600), Via: "take", Sessions: 2,
				Ended: h.ago(1800), Reason: "freed", By: "tm_eve", Message: `=HYPERLINK("x"), "lunch"`,
			},
			{License: "lic", Fence: 4, Teammate: "tm_bob", Name: "Bob", Number: 1, Began: h.ago(1800), Via: "waitlist", Overage: true, Waited: 90 * time.Second, Sessions: 1},
		},
		Waits: []ledger.Wait{
			{License: "lic", Turn: 1, Teammate: "tm_bob", Name: "Bob", Began: h.ago(1890), Ended: h.ago(1800), Outcome: ledger.Seated},
			{License: "lic", Turn: 2, Teammate: "tm_meg", Name: "Meg", Began: h.ago(60)},
		},
		Refusals: []ledger.Refusal{
			{License: "lic", Session: "ses_1", Seq: 4, Teammate: "tm_ann", Name: "Ann", At: h.ago(1700), Code: ledger.SeatsFull},
			{License: "lic", Session: "ses_1", Seq: 5, Teammate: "tm_ann", Name: "Ann", At: h.ago(1700), Code: "cooldown"},
			{License: "lic", Session: "ses_2", Seq: 1, Teammate: "tm_meg", Name: "Meg", At: h.ago(1600), Code: "not_operator"},
		},
	}
}

func (h *house) items(path string) []any {
	h.t.Helper()
	got := h.call("GET", ledgerPath+path, h.key, "")
	if got.status != 200 {
		h.t.Fatalf("%s: got %d %s", path, got.status, got.raw)
	}
	return got.body["items"].([]any)
}

func (h *house) rfc(t time.Time) string { return t.Format(time.RFC3339Nano) }

func TestTheLedgerIsListed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.tell(h.hour())
	want := map[string][]any{
		"stays": {
			map[string]any{
				"fence": 4., "number": 1., "teammate": "tm_bob", "name": "Bob", "granted": h.rfc(h.ago(1800)), "lost": nil, "reason": "",
				"via": "waitlist", "overage": true, "waited_ms": 90000., "sessions": 1., "by": "", "to": "", "message": "",
			},
			map[string]any{
				"fence": 3., "number": 1., "teammate": "tm_ann", "name": "Ann", "granted": h.rfc(h.ago(3600)), "lost": h.rfc(h.ago(1800)),
				"reason": "freed", "via": "take", "overage": false, "waited_ms": 0., "sessions": 2., "by": "tm_eve", "to": "",
				"message": `=HYPERLINK("x"), "lunch"`,
			},
		},
		"waits": {
			map[string]any{"turn": 2., "teammate": "tm_meg", "name": "Meg", "began": h.rfc(h.ago(60)), "ended": nil, "outcome": ""},
			map[string]any{"turn": 1., "teammate": "tm_bob", "name": "Bob", "began": h.rfc(h.ago(1890)), "ended": h.rfc(h.ago(1800)), "outcome": "seated"},
		},
		"refusals": {
			map[string]any{"at": h.rfc(h.ago(1600)), "teammate": "tm_meg", "name": "Meg", "code": "not_operator", "session": "ses_2"},
			map[string]any{"at": h.rfc(h.ago(1700)), "teammate": "tm_ann", "name": "Ann", "code": "cooldown", "session": "ses_1"},
			map[string]any{"at": h.rfc(h.ago(1700)), "teammate": "tm_ann", "name": "Ann", "code": "seats_full", "session": "ses_1"},
		},
	}
	for list, all := range want {
		if d := cmp.Diff(all, h.items(list)); d != "" {
			t.Errorf("%s: %s", list, d)
		}
		var paged []any
		for cursor := ""; ; {
			got := h.call("GET", ledgerPath+list+"?limit=1&cursor="+cursor, h.key, "")
			paged = append(paged, got.body["items"].([]any)...)
			next, more := got.body["next_cursor"].(string)
			if !more {
				break
			}
			cursor = next
		}
		if d := cmp.Diff(all, paged); d != "" {
			t.Errorf("%s, a page at a time: %s", list, d)
		}
	}
	for query, count := range map[string]int{
		"stays?teammate=tm_ann": 1, "stays?open=true": 1, "stays?teammate=tm_eve": 0, "waits?teammate=tm_meg": 1, "refusals?teammate=tm_meg": 1,
		"stays?from=" + h.query(h.ago(3000)) + "&to=" + h.query(h.ago(2000)):                       1,
		"refusals?from=" + h.query(h.ago(1700)) + "&to=" + h.query(h.ago(1600)):                    2,
		"stays?from=" + h.query(h.ago(-60)) + "&to=" + h.query(h.ago(-120)):                        1, // goes on
		"waits?from=" + h.query(h.ago(86400*2)) + "&to=" + h.query(h.ago(86400)):                   0,
		"refusals?to=" + h.query(h.ago(1650)):                                                      2,
		"waits?from=" + h.query(h.ago(1850)) + "&to=" + h.query(h.ago(1850).Add(time.Millisecond)): 1,
	} {
		if got := h.items(query); len(got) != count {
			t.Errorf("%s: got %d, want %d", query, len(got), count)
		}
	}
}

func (h *house) query(t time.Time) string { return url.QueryEscape(h.rfc(t)) }

// What is exported is all of it, past what is read at once, and no formula.
func TestTheLedgerIsExported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	happened := h.hour()
	const many = 1100
	for i := range many {
		happened.Stays = append(happened.Stays, ledger.Stay{
			License: "lic", Fence: int64(10 + i), Teammate: "tm_ann", Name: "Ann", Number: 1, Began: h.ago(60), Via: "take", Sessions: 1, Ended: h.ago(30), Reason: "left",
		})
		happened.Waits = append(happened.Waits, ledger.Wait{License: "lic", Turn: int64(10 + i), Teammate: "tm_ann", Began: h.ago(60), Ended: h.ago(30), Outcome: "gave_up"})
		happened.Refusals = append(happened.Refusals, ledger.Refusal{License: "lic", Session: "ses_1", Seq: int64(10 + i), Teammate: "tm_ann", At: h.ago(60), Code: "cooldown"})
	}
	h.tell(happened)
	for list, count := range map[string]int{"stays": many + 2, "waits": many + 2, "refusals": many + 3} {
		lines := strings.Split(strings.TrimSpace(h.export(list, "jsonl", "application/jsonl")), "\n")
		rows, err := csv.NewReader(strings.NewReader(h.export(list, "csv", "text/csv; charset=utf-8; header=present"))).ReadAll()
		h.must(err)
		if len(lines) != count || len(rows) != count+1 {
			t.Fatalf("%s: %d lines of JSON and %d of CSV, want %d and one more", list, len(lines), len(rows), count)
		}
		for i, line := range lines {
			var item map[string]any
			h.must(json.Unmarshal([]byte(line), &item))
			if len(item) != len(rows[0]) {
				t.Fatalf("%s: JSON has %d fields, CSV has %v", list, len(item), rows[0])
			}
			for c, name := range rows[0] {
				want := fmt.Sprint(item[name])
				if n, is := item[name].(float64); is {
					want = fmt.Sprint(int64(n))
				} else if item[name] == nil {
					want = ""
				}
				if text := rows[i+1][c]; text != want && text != "'"+want {
					t.Fatalf("%s, line %d: %s is %q in CSV, %q in JSON", list, i+1, name, text, want)
				}
			}
		}
		if last := rows[len(rows)-1]; list == "stays" && last[len(last)-1] != `'=HYPERLINK("x"), "lunch"` {
			t.Errorf("a message is %q in CSV", last[len(last)-1])
		}
	}
}

func (h *house) export(list, format, contentType string) string {
	h.t.Helper()
	got := h.call("GET", ledgerPath+list+"?format="+format, h.key, "")
	if got.status != 200 || got.header.Get("Content-Type") != contentType ||
		got.header.Get("Content-Disposition") != `attachment; filename="`+list+`-lic.`+format+`"` {
		h.t.Fatalf("%s as %s: got %d %v", list, format, got.status, got.header)
	}
	return got.raw
}

func TestUsageIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.tell(h.hour())
	overage, price := json.RawMessage(`{"overage":"2x"}`), int64(900)
	_, err := h.acting.ChangeLicense(t.Context(), "lic", nil, directory.LicenseChange{Policy: overage, PriceCents: &price})
	h.must(err)
	got := h.call("GET", ledgerPath+"usage?step_ms=1800000&from="+h.query(h.ago(3600)), h.token("lic", "tm_meg"), "")
	step := func(s int, of string) string { return fmt.Sprintf(`{"from":%q,%s}`, h.rfc(h.ago(s)), of) }
	want := fmt.Sprintf(`{"from":%q,"to":%q,"step_ms":1800000,"peak":1,"mean":1,"stays":2,"seat_time_ms":3600000,"overage_ms":1800000,
		"steps":[%s,%s],
		"teammates":[{"teammate":"tm_ann","name":"Ann","stays":1,"seat_time_ms":1800000},{"teammate":"tm_bob","name":"Bob","stays":1,"seat_time_ms":1800000}],
		"refusals":{"seats_full":1,"cooldown":1,"not_operator":1},"waits":{"count":2,"p50_ms":60000,"p95_ms":90000,"longest_ms":90000},
		"wanted":2,"smallest_cap":1,"cost":{"currency":"USD","month_cents":1800,"smallest_cap_month_cents":900}}`,
		h.rfc(h.ago(3600)), h.rfc(h.ago(0)),
		step(3600, `"peak":1,"mean":1,"waiting":1,"refused":0`), step(1800, `"peak":1,"mean":1,"waiting":1,"refused":3`))
	var asked map[string]any
	h.must(json.Unmarshal([]byte(want), &asked))
	if d := cmp.Diff(asked, got.body); d != "" {
		t.Errorf("%s\n%s", d, got.raw)
	}
}

func TestTimesThatAreNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.query(h.ago(0))
	for _, list := range []string{"stays", "waits", "refusals", "usage"} {
		for query, field := range map[string]string{
			"from=" + now + "&to=" + now: "from", "from=yesterday": "from", "to=2026-12-01": "to", "from=" + h.query(h.ago(-1)): "from",
		} {
			h.wantField(list+"?"+query, field)
		}
	}
	h.wantField("usage?step_ms=60000&from="+h.query(h.ago(2000*60+1)), "step_ms")
	h.wantField("usage?step_ms=59999", "step_ms")
	h.wantField("usage?step_ms=86400000&from="+h.query(h.ago(400*86400+1)), "from")
	for _, cursor := range []string{"!", "bm8", "MC4w", "MS4xLg", "LTE"} { // "no", "0.0", "1.1.", "-1"
		for _, list := range []string{"stays", "waits", "refusals"} {
			h.wantField(list+"?cursor="+cursor, "cursor")
		}
	}
	if got := h.call("GET", ledgerPath+"usage?step_ms=60000&from="+h.query(h.ago(2000*60)), h.key, ""); got.status != 200 {
		t.Errorf("2000 steps: got %d %s", got.status, got.raw)
	}
}

func (h *house) wantField(query, field string) {
	h.t.Helper()
	got := h.call("GET", ledgerPath+query, h.key, "")
	if got.status != 400 || got.code() != "bad_request" || got.body["field"] != field {
		h.t.Errorf("%s: got %d %s, want 400 about %s", query, got.status, got.raw, field)
	}
}

// The smallest cap is the least with which as many seats may be held: one less would not do.
func TestSmallestCap(t *testing.T) {
	t.Parallel()
	for _, overage := range []seats.Overage{seats.OverageNone, seats.Overage1_25, seats.Overage1_5, seats.Overage2, seats.OverageAlways} {
		for wanted := range 50 {
			got := admin.SmallestCap(overage, wanted)
			enough := func(c int) bool { total := overage.Total(c); return total == seats.Unlimited || total >= wanted }
			if !enough(got) || got > 0 && enough(got-1) {
				t.Errorf("%s, %d wanted: got %d", overage, wanted, got)
			}
		}
	}
}

// What the database fails at in the middle of an export can't be taken for all of it.
func TestABrokenExportBreaksOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	happened := ledger.Happenings{}
	for i := range 1500 {
		happened.Refusals = append(happened.Refusals, ledger.Refusal{License: "lic", Session: "ses_1", Seq: int64(10 + i), Teammate: "tm_ann", At: h.ago(60), Code: "cooldown"})
	}
	h.tell(happened)
	breaking := h.server(func(o *admin.Options) { o.Ledger = &breakingLedger{Ledger: o.Ledger} })
	defer func() {
		if p := recover(); fmt.Sprint(p) != "net/http: abort Handler" {
			t.Errorf("the connection was not broken off: %v", p)
		}
	}()
	got := h.callWith(breaking, "GET", ledgerPath+"refusals?format=csv", h.key, "", nil)
	t.Errorf("got %d with %d bytes", got.status, len(got.raw))
}

// breakingLedger is one whose database answers once.
type breakingLedger struct {
	admin.Ledger
	asked int
}

func (l *breakingLedger) Refusals(ctx context.Context, f ledger.Filter, limit int) ([]ledger.Refusal, error) {
	if l.asked++; l.asked > 1 {
		return nil, directory.ErrUnavailable
	}
	return l.Ledger.Refusals(ctx, f, limit)
}
