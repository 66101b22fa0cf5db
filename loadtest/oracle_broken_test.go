package loadtest

import (
	"slices"
	"strings"
	"testing"
)

// Histories of servers that break a promise, and the lines that show it.
func TestBrokenPromisesAreFound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		facts   LicenseFacts
		history string
		promise Promise
		shows   string // is said of it
	}{
		{"one seat too many", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome held 2 f11
			ann sends leave
			ann answer leave none`, 1, "2 seats of 1"},
		{"… where nobody does anything more", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome held 2 f11
			end ann:1:f10 bob:2:f11`, 1, "2 seats of 1"},
		{"… heard of in another order", LicenseFacts{Total: 2}, `
			ann hello take
			bob hello take
			cid hello take
			cid welcome held 3 f12
			bob welcome held 2 f11
			ann welcome held 1 f10
			ann sends take
			bob sends take
			ann answer take held 1 f10
			bob answer take held 2 f11`, 1, "3 seats of 2"},
		{"one number twice", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome held 1 f11
			ann sends take
			ann answer take held 1 f10`, 1, "seat 1 is held twice"},
		{"… until the end", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome held 1 f11
			end ann:1:f10 bob:1:f11`, 1, "seat 1 is held twice"},
		{"a seat granted while its holder is in grace", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann drops
			bob hello take
			bob welcome held 1 f11
			ann hello take
			ann welcome held 1 f10`, 1, "seat 1 is held twice"},
		{"one fence for two", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome held 2 f10`, 3, "fence 10 is granted twice"},
		{"a fence below one that was known", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome held 2 f9`, 3, "fence 9 is granted after 10"},
		{"a stay comes back after it was lost", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann lost 1 f10 freed
			ann sends take
			ann answer take held 1 f10`, 3, "fence 10 comes back"},
		{"a stay comes back after it was left, to another device", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann sends leave
			ann answer leave none
			ann/1 hello take
			ann/1 welcome held 1 f10`, 3, "fence 10 comes back"},
		{"a resumed seat has a lower fence", LicenseFacts{Total: 2}, `
			bob hello take
			ann hello take
			ann welcome held 1 f10
			ann drops
			ann hello take
			ann welcome held 1 f9`, 3, "fence 9 comes back"},
		{"a stay comes back on the board", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann sends logout
			ann answer logout none
			ann drops
			end ann:1:f10`, 8, "told of no seat, and is on the board"},
		{"… or to one of whom not all is known", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann/1 hello take
			ann/1 welcome held 1 f10
			ann lost 1 f10 freed
			ann/1 drops
			end ann:1:f10`, 3, "fence 10 comes back"},
		{"two seats for two devices", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann/1 hello take
			ann/1 welcome held 2 f11
			ann sends take
			ann answer take held 1 f10`, 5, "ann holds two seats"},
		{"… at the end", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann/1 hello take
			ann/1 welcome held 2 f11
			end ann:2:f11`, 5, "different seats"},
		{"one fence with two numbers", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann/1 hello take
			ann/1 welcome held 2 f10`, 5, "fence 10 is of two seats"},
		{"a newcomer passes a waiter", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			ann sends logout
			ann answer logout none
			cid hello take
			cid welcome held 1 f11
			cid sends logout
			cid answer logout none
			bob granted 1 f12 waitlist`, 6, "bob waits, and is passed by cid"},
		{"… and the waiter hears of its turn first", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			eve hello take
			eve welcome held 2 f11
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			ann sends logout
			eve sends logout
			bob granted 2 f13 waitlist
			cid welcome held 1 f12`, 6, "bob waits, and is passed by cid"},
		{"the last who came is first", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			cid welcome waiting 2
			ann sends logout
			cid granted 1 f11 waitlist
			bob sends wait
			bob answer wait waiting 1`, 6, "bob waits, and is passed by cid"},
		{"… and the first waits until the end", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			cid welcome waiting 2
			ann sends logout
			cid granted 1 f11 waitlist
			ann answer logout none
			end cid:1:f11 | bob`, 6, "bob waits, and is passed by cid"},
		{"a line in another order", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			cid welcome waiting 1
			end ann:1:f10 | cid bob`, 6, "bob stands behind cid, who came later"},
		{"a place goes up", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann board e1 0 5 50
			bob hello wait
			bob welcome waiting 1
			bob placed 2`, 6, "a place went from 1 to 2"},
		{"refused while a seat is open", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome refused seats_full`, 7, "no seat is open"},
		{"more than the total, for a moment", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann sends take
			bob hello take
			bob welcome held 1 f11
			ann answer take held 1 f10
			bob sends logout
			bob answer logout none`, 1, "within the total"},
		{"a grant that its teammate lost, and was not told", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			end`, 8, "another seat than is on the board"},
		{"a loss that was forgotten", LicenseFacts{Total: 2}, `
			bob hello take
			bob welcome refused not_operator
			end bob:1:f10`, 8, "told of no seat, and is on the board"},
		{"another number on the board", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			end ann:2:f10`, 8, "another seat than is on the board"},
		{"a stranger on the board", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			end ann:1:f10 joe:2:f11`, 8, "joe"},
		{"a version goes back", LicenseFacts{Total: 1}, `
			ann board e1 0 5 50
			ann board e1 3 4 40`, 9, "goes back from version 5 to 4"},
		{"a change is missing", LicenseFacts{Total: 1}, `
			ann roster e1 0 5 50
			ann roster e1 6 7 70`, 9, "builds upon version 6, and 5 was shown"},
		{"one version, two boards", LicenseFacts{Total: 1}, `
			ann board e1 0 5 50
			bob board e1 0 5 51`, 9, "version 5 of the board is not the same to all"},
		{"two rosters after quiet", LicenseFacts{Total: 1}, `
			ann hello none
			ann welcome none
			bob hello none
			bob welcome none
			ann roster e1 0 5 50
			bob roster e1 0 5 51
			end`, 9, "different rosters"},
		{"a change that was not shown", LicenseFacts{Total: 1}, `
			ann hello none
			ann welcome none
			ann board e1 0 5 0
			end e1/6`, 9, "sees another board"},
		{"another board than the API has", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann board e1 0 5 50
			end e1/5 ann:1:f10`, 9, "sees another board"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := play(t, tc.facts, tc.history)
			i := slices.IndexFunc(v.Violations, func(v Violation) bool { return v.Promise == tc.promise && strings.Contains(v.What, tc.shows) })
			if i < 0 {
				t.Fatalf("not found, but %+v", v)
			}
			if lines := v.Violations[i].Evidence; len(lines) < 1 || len(lines) > maxEvidence {
				t.Errorf("%d lines of evidence:\n%s", len(lines), strings.Join(lines, "\n"))
			}
			t.Log(v.Violations[i].What + "\n" + strings.Join(v.Violations[i].Evidence, "\n"))
		})
	}
}
