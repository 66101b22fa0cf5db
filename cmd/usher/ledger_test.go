package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/postgrestest"
	"usher/internal/redistest"

	"github.com/google/go-cmp/cmp"
)

// witnessed is a stay, wait or refusal as clients saw it.
type witnessed struct {
	who, how     string
	began, ended span
}

// span is the time within which something happened: while a client waited for it. The zero value: it did not.
type span struct{ from, to time.Time }

func during(do func()) (s span) {
	s.from = time.Now().Truncate(time.Millisecond)
	do()
	s.to = time.Now()
	return s
}

// TestPromise8_TheLedgerAgreesWithWhatHappened has people come, wait, be freed and go, over a crash; then each stay, wait and refusal is in
// the ledger once, to the second, and usage is what follows from them.
func TestPromise8_TheLedgerAgreesWithWhatHappened(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dir string, args ...string) {
		t.Helper()
		one := startDemo(t, dir, args...)
		where := at(one)
		runLedgerStory(t, one, where.dial, func() *process {
			// Else who logged out a moment before may hold the seat once more, until the grace is over.
			until(t, "the board is saved", func() bool {
				holders := savedHolders(t, args[1], dir)
				return strings.Count(holders, "tm_") == 2 && strings.Contains(holders, "tm_bob") && strings.Contains(holders, "tm_dan")
			})
			one.kill()
			two := startServe(t, dir, one.demo, args...)
			where.now.Store(two)
			return two
		})
	})
	t.Run("two processes with Redis", func(t *testing.T) {
		t.Parallel()
		one, two := startTwo(t, redistest.Start(t).URL(), "--database-url", postgrestest.URL(t))
		runLedgerStory(t, one, nodes(one, two), func() *process { one.kill(); return two })
	})
}

func runLedgerStory(t *testing.T, p *process, dial client.Dial, crash func() *process) {
	t.Helper()
	ledger := map[string][]witnessed{}
	saw := func(list string, w witnessed) { ledger[list] = append(ledger[list], w) }
	var (
		ann, bob, cid, dan *agent
		first, refused     wire.Welcome
	)
	bobs := during(func() { bob, first = loginBy(t, "Bob", p, dial) })
	cids := during(func() { cid, _ = loginBy(t, "Cid", p, dial) })
	anns := during(func() { ann, _ = loginBy(t, "Ann", p, dial) })
	full := during(func() { dan, refused = loginBy(t, "Dan", p, dial) })
	if refused.Seat.State != wire.SeatRefused {
		t.Fatalf("dan: %+v", refused.Seat)
	}
	saw("refusals", witnessed{"tm_dan", "seats_full", full, full})
	waits := during(func() {
		if seat, err := dan.Wait(t.Context()); err != nil || seat.State != wire.SeatWaiting {
			t.Fatalf("dan: %+v %v", seat, err)
		}
	})
	freed := during(func() {
		if status, answer := p.call(p.demo.token("Meg"), "POST", p.license("/seats/tm_ann/free"), map[string]any{"reason": "lunch"}); status != 200 {
			t.Fatalf("%v", answer)
		}
		await(dan, func(client.SeatGranted) bool { return true })
		await(ann, func(client.SeatLost) bool { return true })
	})
	saw("stays", witnessed{"tm_ann", "take freed tm_meg lunch", anns, freed})
	saw("waits", witnessed{"tm_dan", "seated", waits, freed})
	saw("stays", witnessed{"tm_cid", "take logged_out  ", cids, during(cid.logout)})
	until(t, "it is written", func() bool {
		return slices.ContainsFunc(p.listed("stays"), func(s map[string]any) bool { return s["reason"] == "logged_out" })
	})

	p = crash()
	await(bob, func(e client.Welcomed) bool { return e.Welcome.Seat.Number == first.Seat.Number })
	await(dan, func(client.Welcomed) bool { return true })
	saw("stays", witnessed{"tm_bob", "take left  ", bobs, during(func() {
		if err := bob.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
	})})
	saw("stays", witnessed{"tm_dan", "waitlist   ", freed, span{}})

	open := []string{"tm_dan"}
	until(t, "the ends are written", func() bool {
		var got []string
		for _, s := range p.listed("stays") {
			if s["lost"] == nil {
				got = append(got, s["teammate"].(string))
			}
		}
		return slices.Equal(got, open)
	})
	for list, want := range ledger {
		p.agrees(list, want)
	}
	p.usageFollows(bobs.from)
}

// listed is what one of the ledger's lists has.
func (p *process) listed(list string) (items []map[string]any) {
	p.t.Helper()
	status, answer := p.call(p.demo.token("Meg"), "GET", p.license("/"+list), nil)
	if status != 200 {
		p.t.Fatalf("%s: %d %v", list, status, answer)
	}
	for _, item := range answer["items"].([]any) {
		items = append(items, item.(map[string]any))
	}
	return items
}

// agrees holds what one of the ledger's lists has against what was seen: each once, and at a moment at which it may have been.
func (p *process) agrees(list string, want []witnessed) {
	p.t.Helper()
	type entry struct {
		who, how     string
		began, ended time.Time
	}
	var got []entry
	for _, item := range p.listed(list) {
		e := entry{who: item["teammate"].(string)}
		switch list {
		case "stays":
			e.began, e.ended = moment(item["granted"]), moment(item["lost"])
			e.how = fmt.Sprintf("%s %s %s %s", item["via"], item["reason"], item["by"], item["message"])
		case "waits":
			e.began, e.ended, e.how = moment(item["began"]), moment(item["ended"]), item["outcome"].(string)
		case "refusals":
			e.began, e.ended, e.how = moment(item["at"]), moment(item["at"]), item["code"].(string)
		}
		got = append(got, e)
	}
	for _, w := range want {
		n := len(got)
		got = slices.DeleteFunc(got, func(e entry) bool {
			return e.who == w.who && e.how == w.how && w.began.has(e.began) && w.ended.has(e.ended)
		})
		if n != len(got)+1 {
			p.t.Errorf("%s has %v %d times", list, w, n-len(got))
		}
	}
	if len(got) > 0 {
		p.t.Errorf("%s has %v besides", list, got)
	}
}

func (s span) has(t time.Time) bool {
	if t.IsZero() || s.from.IsZero() {
		return t.IsZero() && s.from.IsZero()
	}
	return !t.Before(s.from) && !t.After(s.to)
}

func moment(of any) (t time.Time) {
	if text, ok := of.(string); ok {
		t, _ = time.Parse(time.RFC3339Nano, text)
	}
	return t
}

// usageFollows holds the usage against the stays, to the millisecond: who held a seat for how long, and how many at most.
func (p *process) usageFollows(from time.Time) {
	p.t.Helper()
	to := time.Now().UTC().Truncate(time.Millisecond)
	query := url.Values{"from": {from.UTC().Add(-time.Second).Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}, "step_ms": {"60000"}}
	status, usage := p.call(p.demo.APIKey, "GET", p.license("/usage?"+query.Encode()), nil)
	if status != 200 {
		p.t.Fatalf("usage: %d %v", status, usage)
	}
	times, all := map[string]time.Duration{}, time.Duration(0)
	for _, s := range p.listed("stays") {
		end := moment(s["lost"])
		if end.IsZero() {
			end = to
		}
		lasted := end.Sub(moment(s["granted"]))
		times[s["teammate"].(string)] += lasted
		all += lasted
	}
	got := map[string]time.Duration{}
	for _, of := range usage["teammates"].([]any) {
		of := of.(map[string]any)
		got[of["teammate"].(string)] = milliseconds(of["seat_time_ms"])
	}
	if d := cmp.Diff(times, got); d != "" || milliseconds(usage["seat_time_ms"]) != all {
		p.t.Errorf("seat time %v, want %s: %s", usage["seat_time_ms"], all, d)
	}
	for what, want := range map[string]any{"peak": 3., "stays": 4., "wanted": 4., "smallest_cap": 4., "refusals": map[string]any{"seats_full": 1.}} {
		if d := cmp.Diff(want, usage[what]); d != "" {
			p.t.Errorf("usage's %s: %s", what, d)
		}
	}
}

func milliseconds(of any) time.Duration {
	ms, _ := of.(float64)
	return time.Duration(ms) * time.Millisecond
}
