package gateway

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
	"usher/seats/seatsmem"
)

// Five thousand log in within five seconds, and some of them take seats. Each client gets as many frames as there are ticks,
// which are the longer the more there are; has in the end what the engines have; and one who doesn't want the roster hears
// nothing of it.
func TestFiveThousandLogIn(t *testing.T) {
	t.Parallel()
	const (
		agents = 5000 / crowdShare
		seated = 100 / crowdShare
	)
	synctest.Test(t, func(t *testing.T) {
		records := NewMemoryRecords(seated)
		records.HireAll(agents)
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), records)
		defer tr.close()
		g := NewGallery()
		all := make([]*actor, agents)
		for i := range all {
			h := wire.Hello{Seat: wire.AskNone}
			if i%(agents/seated) == 0 {
				h.Seat = wire.AskAuto
			}
			if i%100 == 1 {
				h.Roster = wire.RosterNone
			}
			all[i] = tr.enter(&actor{mate: hired(i), glance: NewGlance(g)}, seats.SessionID(fmt.Sprint("ses_", i)), h, "")
			time.Sleep(time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()

		want := g.Picture(tr.board(), tr.floor.roster.whole(), seats.Member{})
		withoutRoster := g.Picture(tr.board(), presence.Roster{}, seats.Member{})
		// The sum of 1 ms / (20 ms + i × 0.1 ms) over the logins: as many ticks as there are for the first.
		const most = 40
		for i, a := range all {
			picture, frames := want, a.glance.Frames
			if i%100 == 1 {
				picture = withoutRoster
				if frames[wire.TypeRosterChanged]+frames[wire.TypeSnapshot] > 0 {
					t.Fatalf("%s hears of the roster: %v", a.mate, frames)
				}
			}
			switch {
			case len(a.glance.Wrong) > 0:
				t.Fatalf("%s: %.3q", a.mate, a.glance.Wrong)
			case !a.glance.Has(picture):
				t.Fatalf("%s has another board or roster", a.mate)
			case frames[wire.TypeRosterChanged] > most || frames[wire.TypeBoardChanged] > most:
				t.Fatalf("%s got %v", a.mate, frames)
			}
		}
		t.Logf("the first got %v, %d bytes", all[0].glance.Frames, all[0].glance.Bytes)
		if r := tr.floor.roster.whole(); len(r.Entries) != agents+7 || r.Entries[10].Status != presence.Online {
			t.Errorf("%d entries; %+v", len(r.Entries), r.Entries[10])
		}
	})
}

// A board that was read because announcements were missed is shown as what changed: everybody being shown all of a large
// board would cost more the more often it changes.
func TestAMissedChangeOfTheBoardIsShownAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := seatsmem.New(seatsmem.Options{})
		line := NewFaultyStore(store)
		records := NewMemoryRecords(3)
		one, two := newTroupe(t, store, records), newTroupe(t, line, records)
		defer one.close()
		defer two.close()
		one.join("tm_ann", "ses_ann", wire.Hello{})
		meg := two.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		tick()
		line.Deafen(true)
		one.join("tm_bob", "ses_bob", wire.Hello{})
		tick()
		shown := len(meg.feed)
		line.Deafen(false)
		time.Sleep(two.floor.settings.Resync)
		tick()
		if d := meg.delta(); len(meg.feed) != shown+1 || len(d.Holders) != 1 || d.Holders[0].Name != "bob" || d.Used != 2 {
			t.Errorf("%d frames; %+v", len(meg.feed)-shown, d)
		}
	})
}
