package loadtest

import (
	"strings"
	"testing"
)

// Histories that are none of a server that breaks a promise, however they look.
func TestWhatMayBeIsNoViolation(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		facts   LicenseFacts
		history string
		checked []Promise // at least once
	}{
		{"a seat goes from one to the next", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			ann sends leave
			bob granted 1 f11 waitlist
			ann answer leave none
			end bob:1:f11`, []Promise{1, 3, 5, 6, 8}},
		{"the next hears of the seat before its giver hears that it was taken away", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			bob granted 1 f11 waitlist
			ann lost 1 f10 freed
			end bob:1:f11`, []Promise{8}},
		{"who logs out may have been granted a seat and not hear of it", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			cid welcome waiting 2
			ann sends leave
			ann answer leave none
			bob sends logout
			bob answer logout none
			cid granted 1 f12 waitlist
			end cid:1:f12`, []Promise{6, 7}},
		{"a hand-over is heard of before its answer", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			cid hello take
			cid welcome refused seats_full
			ann sends over
			cid granted 1 f11 hand_over
			ann answer over none
			end cid:1:f11 | bob`, []Promise{6, 8}},
		{"who was handed a seat may hear of it as the answer to a take", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			ann sends over
			cid hello take
			cid welcome held 1 f11
			ann answer over none
			end cid:1:f11 | bob`, []Promise{6, 8}},
		{"a logout is sent, others hear of the seat before its answer", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann sends logout
			bob hello take
			bob welcome held 1 f11
			ann answer logout none
			ann drops
			end bob:1:f11`, []Promise{1, 8}},
		{"nobody knows what became of a take", LicenseFacts{Total: 1}, `
			ann hello take
			ann unknown take
			ann drops
			bob hello take
			bob welcome refused seats_full
			end ann:1:f10`, nil},
		{"… nor of a logout", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann sends logout
			ann unknown logout
			ann drops
			bob hello take
			bob welcome held 1 f11
			end bob:1:f11`, []Promise{8}},
		{"an error may hide that a take arrived", LicenseFacts{Total: 1}, `
			ann hello none
			ann welcome none
			ann sends take
			ann failed take unavailable
			bob hello take
			bob welcome refused seats_full
			ann granted 1 f10 recovered
			end ann:1:f10`, nil},
		{"a dropped agent comes back to its seat", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann drops
			bob hello take
			bob welcome refused seats_full
			ann hello take
			ann welcome held 1 f10
			end ann:1:f10`, []Promise{1, 3, 8}},
		{"… or too late", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann drops
			bob hello take
			bob welcome held 1 f11
			ann hello take
			ann welcome refused seats_full
			end bob:1:f11`, []Promise{8}},
		{"a resume goes on where another connection is open yet", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann hello take
			ann welcome held 1 f10
			ann sends leave
			ann answer leave none
			end`, []Promise{3, 8}},
		{"two devices of one", LicenseFacts{Total: 2}, `
			ann hello take
			ann/1 hello take
			ann/1 welcome held 1 f10
			ann welcome held 1 f10
			ann sends logout
			ann answer logout none
			ann drops
			ann/1 sends take
			ann/1 answer take held 1 f10
			ann/1 sends leave
			ann/1 answer leave none
			ann/1 sends take
			bob hello take
			bob welcome held 1 f11
			ann/1 answer take held 2 f12
			end ann:2:f12 bob:1:f11`, []Promise{5, 8}},
		{"one device hears late what another one did", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			ann/1 hello take
			ann/1 welcome held 1 f10
			ann sends leave
			ann answer leave none
			bob hello take
			bob welcome held 1 f11
			ann sends take
			ann answer take held 2 f12
			ann/1 lost 1 f10 left
			ann/1 granted 2 f12 other_device
			end ann:2:f12 bob:1:f11`, []Promise{5, 8}},
		{"a late grant of a stay that is over", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann/1 hello wait
			ann sends leave
			ann answer leave none
			ann/1 welcome held 1 f10
			ann/1 lost 1 f10 left
			bob hello take
			bob welcome held 1 f11
			end bob:1:f11`, nil},
		{"fences are heard of in another order than they were granted in", LicenseFacts{Total: 2}, `
			ann hello take
			bob hello take
			bob welcome held 2 f11
			ann welcome held 1 f10
			end ann:1:f10 bob:2:f11`, []Promise{8}},
		{"who came at the same time may be served first", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			cid hello wait
			bob welcome waiting 2
			cid welcome waiting 1
			ann sends logout
			cid granted 1 f11 waitlist
			ann answer logout none
			bob placed 1
			cid sends logout
			bob granted 1 f12 waitlist
			end bob:1:f12`, []Promise{6}},
		{"a waiter who is away is passed over", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			cid welcome waiting 2
			bob drops
			ann sends logout
			cid granted 1 f11 waitlist
			ann answer logout none
			bob hello wait
			bob welcome waiting 1
			cid sends logout
			bob granted 1 f12 waitlist
			cid answer logout none
			end bob:1:f12`, []Promise{6, 8}},
		{"a waiter whose node was cut off is passed over", LicenseFacts{Total: 2}, `
			ann hello take
			ann welcome held 1 f10
			eve hello take
			eve welcome held 2 f11
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			cid welcome waiting 2
			ann sends logout
			cid granted 1 f12 waitlist
			ann answer logout none
			eve suspended 2 f11
			eve restored 2 f11
			cid sends logout
			bob granted 1 f13 waitlist
			cid answer logout none
			end bob:1:f13 eve:2:f11`, []Promise{6}},
		{"who gave the place up begins anew", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			cid hello wait
			cid welcome waiting 2
			bob sends unwait
			bob answer unwait none
			bob sends wait
			bob answer wait waiting 2
			cid placed 1
			ann sends logout
			cid granted 1 f11 waitlist
			ann answer logout none
			end cid:1:f11 | bob`, []Promise{6}},
		{"a place that was given up had become a seat", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			bob hello wait
			bob welcome waiting 1
			ann sends logout
			bob sends unwait
			bob answer unwait none
			bob granted 1 f11 waitlist
			ann answer logout none
			end bob:1:f11`, nil},
		{"freed, and passed over for a while", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann lost 1 f10 freed
			ann sends wait
			ann answer wait waiting 1
			bob hello take
			bob welcome held 1 f11
			end bob:1:f11 | ann`, []Promise{8}},
		{"the engine forgot: fences of a new generation, places as they are claimed", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f1000000001
			bob hello wait
			bob welcome waiting 1
			ann board 1 0 5 50
			ann board 2 0 1 50
			cid hello wait
			cid welcome waiting 1
			cid placed 2
			ann sends take
			ann answer take held 1 f1000000001
			ann sends logout
			ann answer logout none
			ann drops
			bob granted 1 f2000000001 waitlist
			cid board 2 0 9 1
			end 2/9 bob:1:f2000000001 | cid`, []Promise{3, 9}},
		{"feeds", LicenseFacts{Total: 1}, `
			ann hello take
			ann welcome held 1 f10
			ann board e1 0 3 1
			bob hello none
			bob welcome none
			bob board e1 0 5 2
			ann board e1 2 5 2
			ann board e1 0 5 2
			# of another epoch: it asks for the whole
			ann board e2 3 4 9
			bob drops
			# another node is behind
			bob hello none
			bob welcome none
			bob board e1 0 4 3
			bob board e1 4 5 2
			ann roster r1 0 7 10 0
			bob roster r1 0 7 11 1
			cid hello none
			cid welcome none
			# their own entry is ahead
			cid roster r1 0 7 12 0
			cid roster r1 7 8 13 0
			ann roster r1 7 9 13 0
			ann board e1 5 6 1
			bob board e1 5 6 1
			end e1/6 ann:1:f10`, []Promise{9}},
		{"no limit, nor order", LicenseFacts{Unordered: true}, `
			ann hello take
			ann welcome held 1 f10
			bob hello take
			bob welcome held 2 f11
			cid hello wait
			cid welcome waiting 1
			cid placed 2
			dan hello take
			dan welcome held 3 f12
			cid granted 4 f13 waitlist
			end ann:1:f10 bob:2:f11 dan:3:f12 cid:4:f13`, []Promise{8}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := play(t, tc.facts, tc.history)
			for _, violation := range v.Violations {
				t.Errorf("promise %d: %s\n%s", violation.Promise, violation.What, strings.Join(violation.Evidence, "\n"))
			}
			for _, p := range tc.checked {
				if v.Checked[p] == 0 {
					t.Errorf("promise %d was not looked at: %v", p, v.Checked)
				}
			}
		})
	}
}
