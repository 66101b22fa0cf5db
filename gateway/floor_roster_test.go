package gateway

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Everybody sees everybody, whatever the node, operator or not.
func TestEverybodySeesWhoIsHere(t *testing.T) {
	t.Parallel()
	onCast(t, 3, func(t *testing.T, c *cast) {
		ann, ned := c.join(0, "ann"), c.join(1, "ned")
		want := map[string]string{"tm_ann": "online", "tm_ned": "online"}
		expectSeen(t, ann, want)
		expectSeen(t, ned, want)
		bob := c.join(2, "bob")
		want["tm_bob"] = "online"
		for _, a := range []*actor{ann, ned, bob} {
			expectSeen(t, a, want)
		}
		if e := bob.entry("ann"); len(e.Devices) != 1 || e.Devices[0].Node != "" || e.Name != "ann" || !e.Operator || e.LastSeen != nil {
			t.Errorf("%+v", e)
		}
		if len(bob.roster.entries) != 7 {
			t.Errorf("%d of all are in the roster", len(bob.roster.entries))
		}
		bob.request("1", wire.TypeLogout)
		settle()
		c.nodes[2].part(bob)
		delete(want, "tm_bob")
		expectSeen(t, ann, want)
		if e := ann.entry("bob"); e.LastSeen == nil || len(e.Devices) != 0 {
			t.Errorf("%+v", e)
		}
		if seen := c.records.SeenOf("tm_bob"); seen.At.IsZero() || seen.At != seen.Shown {
			t.Errorf("committed %+v", seen)
		}
	})
}

// Leaving and coming back within grace is no change at all to colleagues but for the device.
func TestComingBackInTimeIsNoChange(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		settle()
		frames := ann.rosterFrames()
		c.nodes[1].part(bob)
		time.Sleep(20 * time.Second)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "online"})
		if n := ann.rosterFrames(); n != frames {
			t.Errorf("%d frames over a drop", n-frames)
		}
		since := ann.entry("bob").Since
		bob = c.join(0, "bob")
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "online"})
		if e := ann.entry("bob"); len(e.Devices) != 1 || !e.Since.Equal(*since) {
			t.Errorf("%+v", e)
		}
		c.nodes[0].part(bob)
		time.Sleep(31 * time.Second)
		expectSeen(t, ann, map[string]string{"tm_ann": "online"})
	})
}

// A snapshot shows oneself as one is, ahead of all others. Where that does not last, it is taken back.
func TestWhatIsShownOfOneselfAheadIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, status := range []string{wire.StatusOnline, wire.StatusInvisible} {
		onCast(t, 1, func(t *testing.T, c *cast) {
			ann, bob := c.join(0, "ann"), c.join(0, "bob")
			bob.ask("1", wire.TypeStatusSet, fmt.Sprintf(`{"status":%q}`, status))
			settle()
			for i, what := range []string{`{"idle":true}`, `{"idle":false}`, "", `{"idle":true}`} { // the first is shown at once
				if id := fmt.Sprint("a", i); what == "" {
					bob.ask(id, wire.TypeSync, `{"feeds":["roster"]}`)
				} else {
					bob.ask(id, wire.TypeActivity, what)
				}
				synctest.Wait()
			}
			settle()
			if e := bob.entry("bob"); len(e.Devices) != 1 || !e.Devices[0].Idle {
				t.Errorf("%s sees oneself as %+v", status, e)
			}
			if e := ann.entry("bob"); status == wire.StatusOnline && (len(e.Devices) != 1 || !e.Devices[0].Idle) {
				t.Errorf("a colleague sees %+v", e)
			}
		})
	}
}

// Whom colleagues must not see they do not see; the teammate and administrators do.
func TestInvisibleOnesShowAsOffline(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob, meg := c.join(0, "ann"), c.join(1, "bob"), c.join(0, "meg")
		settle()
		bob.ask("1", wire.TypeStatusSet, `{"status":"invisible","note":"working"}`)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_meg": "online"})
		expectSeen(t, bob, map[string]string{"tm_ann": "online", "tm_bob": "invisible", "tm_meg": "online"})
		expectSeen(t, meg, map[string]string{"tm_ann": "online", "tm_bob": "invisible", "tm_meg": "online"})
		if e := meg.entry("bob"); e.Note != "working" || e.Devices[0].Node != "node_1" {
			t.Errorf("an administrator sees %+v", e)
		}
		hidden, frames := ann.entry("bob"), ann.rosterFrames()
		bob.ask("2", wire.TypeActivity, `{"idle":true}`)
		phone := c.join(0, "bob")
		expectSeen(t, phone, map[string]string{"tm_ann": "online", "tm_bob": "invisible", "tm_meg": "online"})
		if e := bob.entry("bob"); len(e.Devices) != 2 {
			t.Errorf("sees of themselves %+v", e)
		}
		bob.request("3", wire.TypeLogout)
		phone.request("4", wire.TypeLogout)
		settle()
		c.nodes[1].part(bob)
		c.nodes[0].part(phone)
		expectSeen(t, meg, map[string]string{"tm_ann": "online", "tm_meg": "online"})
		settle()
		if d := cmp.Diff(hidden, ann.entry("bob"), cmpopts.IgnoreUnexported(wire.Entry{})); d != "" || ann.rosterFrames() != frames {
			t.Errorf("%d frames about who is invisible; %s", ann.rosterFrames()-frames, d)
		}
		late := c.join(0, "cid") // who was not there before is told no more
		if e := late.entry("bob"); e.Status != wire.StatusOffline || e.Note != "" || !e.LastSeen.Equal(*hidden.LastSeen) {
			t.Errorf("a newcomer sees %+v", e)
		}
	})
}

// What administrators see is kept while one is here. Whoever comes, comes back or comes amid changes sees the truth, and what follows.
func TestAdministratorsSeeTheTruthWheneverTheyCome(t *testing.T) {
	t.Parallel()
	onCast(t, 1, func(t *testing.T, c *cast) {
		kept := func() int {
			c.nodes[0].floor.lock()
			defer c.nodes[0].floor.unlock()
			return len(c.nodes[0].floor.roster.truth.entries)
		}
		ann, bob := c.join(0, "ann"), c.join(0, "bob")
		bob.ask("1", wire.TypeStatusSet, `{"status":"invisible"}`)
		settle()
		if n := kept(); n != 0 {
			t.Errorf("kept %d entries for nobody", n)
		}
		for range 3 {
			bob.ask("2", wire.TypeActivity, `{"idle":true}`) // not shown to all yet when she comes
			meg := c.join(0, "meg")
			bob.ask("3", wire.TypeActivity, `{"idle":false}`)
			settle()
			expectSeen(t, meg, map[string]string{"tm_ann": "online", "tm_bob": "invisible", "tm_meg": "online"})
			if e := meg.entry("bob"); len(e.Devices) != 1 || e.Devices[0].Idle {
				t.Errorf("an administrator sees %+v", e)
			}
			meg.request("4", wire.TypeLogout)
			c.nodes[0].part(meg)
			settle()
			ann.ask("5", wire.TypeActivity, `{"idle":true}`)
			settle()
			ann.ask("6", wire.TypeActivity, `{"idle":false}`)
			settle()
			if n := kept(); n != 0 {
				t.Errorf("kept %d entries for nobody", n)
			}
		}
	})
}

// A chosen status stays whatever connects, and a timed one returns to the one before.
func TestAChosenStatusStays(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		bob.ask("1", wire.TypeStatusSet, `{"status":"busy","note":"report"}`)
		settle()
		bob.ask("2", wire.TypeStatusSet, fmt.Sprintf(`{"status":"away","note":"lunch","until":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339)))
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "away"})
		if own, colleague := bob.entry("bob"), ann.entry("bob"); own.Until == nil || colleague.Until != nil || colleague.Note != "lunch" {
			t.Errorf("own %+v, colleague's %+v", own, colleague)
		}
		phone := c.join(0, "bob")
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "away"})
		time.Sleep(time.Hour)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "busy"})
		if e := ann.entry("bob"); e.Note != "report" {
			t.Errorf("%+v", e)
		}
		for _, a := range []*actor{bob, phone} {
			a.request("3", wire.TypeLogout)
		}
		settle()
		c.nodes[1].part(bob)
		c.nodes[0].part(phone)
		settle()
		c.join(1, "bob")
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "busy"})
	})
}

// All devices idle: away; one is active: not.
func TestIdleDevicesMakeAway(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		phone := c.join(0, "bob", wire.Hello{}) // which holds a seat: both paths tell the roster
		bob.ask("1", wire.TypeActivity, `{"idle":true}`)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "online"})
		phone.ask("1", wire.TypeActivity, `{"idle":true}`)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "away"})
		bob.ask("2", wire.TypeActivity, `{"idle":false}`)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "online"})
	})
}

// The engine forgot: nobody flickers, and what was chosen, when the devices came and since when one is what one is stays.
func TestNobodyFlickersWhenTheEngineForgets(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob, cid := c.join(0, "ann"), c.join(1, "bob"), c.join(1, "cid")
		bob.ask("1", wire.TypeStatusSet, `{"status":"busy"}`)
		settle()
		before := map[string]wire.Entry{"bob": ann.entry("bob"), "ann": bob.entry("ann")}
		c.nodes[1].part(cid) // in grace
		settle()
		c.roster.Exchange(c.newRoster())
		for range 100 {
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if d := cmp.Diff(map[string]string{"tm_ann": "online", "tm_bob": "busy", "tm_cid": "online"}, ann.sees()); d != "" {
				t.Fatalf("ann sees (- before):\n%s", d)
			}
		}
		for who, was := range before {
			is := ann.entry(who)
			if !is.Since.Equal(*was.Since) || is.Devices[0].Since.Before(was.Devices[0].Since) || is.Devices[0].Session != was.Devices[0].Session {
				t.Errorf("%s: %+v, was %+v", who, is, was)
			}
		}
		synctest.Wait()
		c.nodes[0].floor.lock()
		at := c.nodes[0].floor.roster.head
		c.nodes[0].floor.unlock()
		if at.Epoch < "2" || at.WindowUntil.IsZero() {
			t.Errorf("%+v", at)
		}
		time.Sleep(rosterLease + c.records.license.Config.Grace)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "busy"})
	})
}

// Who is logged out while the engine is being told who is here is not shown any longer.
func TestLeavingInTheWindowShows(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		settle()
		c.roster.Set(Cut)
		c.roster.Exchange(c.newRoster())
		bob.request("1", wire.TypeLogout)
		synctest.Wait()
		c.nodes[1].part(bob)
		c.roster.Set(None)
		time.Sleep(10 * time.Second)
		expectSeen(t, ann, map[string]string{"tm_ann": "online"})
	})
}

// An administrator logs a device out, whose node is another one; what it held is free.
func TestAnAdministratorLogsOutRemotely(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann := c.join(0, "ann")
		bob, phone := c.join(1, "bob", wire.Hello{}), c.join(0, "bob")
		settle()
		bob.told()
		got, err := serverOf(c.nodes[0]).Expel(t.Context(), presence.LicenseID(TheLicense), presence.Expel{
			Teammate: "tm_bob", Session: presence.SessionID(bob.session()), By: "tm_meg",
		})
		if err != nil || len(got.Devices) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		settle()
		expectTold(t, bob, "seat.lost logged_out_remotely 1000000001")
		if bob.shut != wire.CloseLoggedOutRemotely || phone.shut != 0 {
			t.Errorf("closed with %d and %d", bob.shut, phone.shut)
		}
		c.nodes[1].part(bob)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "online"})
		if b := c.nodes[0].board(); b.Used != 0 {
			t.Errorf("%+v", b.Holders)
		}
		all, err := serverOf(c.nodes[1]).Expel(t.Context(), presence.LicenseID(TheLicense), presence.Expel{Teammate: "tm_bob"})
		if err != nil || len(all.Devices) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		settle()
		if phone.shut != wire.CloseLoggedOutRemotely {
			t.Errorf("closed with %d", phone.shut)
		}
		expectSeen(t, ann, map[string]string{"tm_ann": "online"})
		if _, err := serverOf(c.nodes[1]).Expel(t.Context(), presence.LicenseID(TheLicense), presence.Expel{Teammate: "tm_nobody"}); err == nil {
			t.Error("nobody is logged out")
		}
	})
}

// A node that is no more can't give back what its sessions held when they are logged out; it need not.
func TestASessionOfADeadNodeIsLoggedOutToo(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann := c.join(0, "ann")
		c.join(1, "bob", wire.Hello{})
		settle()
		c.nodes[1].floor.close()
		got, err := serverOf(c.nodes[0]).Expel(t.Context(), presence.LicenseID(TheLicense), presence.Expel{Teammate: "tm_bob", By: "tm_meg"})
		if err != nil || len(got.Devices) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		if b := c.nodes[0].board(); b.Used != 0 {
			t.Errorf("%+v", b.Holders)
		}
		expectSeen(t, ann, map[string]string{"tm_ann": "online"})
	})
}

// A lost announcement is made up for: of a session that was ended elsewhere, and of what changed.
func TestPromise9_LostAnnouncementsCostOneResync(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob, phone := c.join(0, "ann"), c.join(1, "bob"), c.join(0, "bob")
		settle()
		c.roster.Deafen(true)
		bob.ask("1", wire.TypeStatusSet, `{"status":"busy"}`)
		if _, err := serverOf(c.nodes[1]).Expel(t.Context(), presence.LicenseID(TheLicense), presence.Expel{
			Teammate: "tm_bob", Session: presence.SessionID(phone.session()),
		}); err != nil {
			t.Fatal(err)
		}
		settle()
		if ann.sees()["tm_bob"] != "online" || phone.shut != 0 {
			t.Fatalf("nothing was lost: %v, %d", ann.sees(), phone.shut)
		}
		c.roster.Deafen(false)
		time.Sleep(c.nodes[0].floor.settings.Resync)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "busy"})
		if phone.shut != wire.CloseLoggedOutRemotely {
			t.Errorf("closed with %d", phone.shut)
		}
	})
}

// The version that a client sees never goes back, also across nodes: one whose copy is behind reads it first.
func TestPromise9_NoNodeShowsAnOlderRoster(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		settle()
		c.roster.DeafenOne(1, true) // node 1 hears nothing any more
		cid := c.join(0, "cid")
		settle()
		if bob.sees()["tm_cid"] != "" {
			t.Fatal("nothing was lost")
		}
		at := ann.roster.at
		again := c.nodes[1].prepare("tm_ann", "ses_again", wire.Hello{Seat: wire.AskNone, Feeds: wire.Feeds{Roster: at.wire()}})
		if again.roster.at.version < at.version || again.sees()["tm_cid"] != "online" {
			t.Errorf("shown %v after %v: %v", again.roster.at, at, again.sees())
		}
		_ = cid
	})
}

// Those who come from another node, where they were shown more, do not have it shown to everybody at each of their logins.
func TestWhoComesFromAnotherNodeWaitsForTheTick(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		const n = 60
		c.records.HireAll(2 * n)
		meg := c.join(1, "meg")
		settle()
		frames, began := meg.rosterFrames(), time.Now()
		var came sync.WaitGroup
		for i := range n {
			c.nodes[0].join(hired(i), seats.SessionID(fmt.Sprint("ses_here_", i)), wire.Hello{Seat: wire.AskNone})
			synctest.Wait()
			time.Sleep(time.Millisecond)
			c.nodes[0].floor.lock()
			at := c.nodes[0].floor.roster.position() // which a client may have been shown there
			c.nodes[0].floor.unlock()
			came.Go(func() {
				f := c.nodes[1].floor
				if err := f.reach(t.Context(), wire.Feeds{Roster: at.wire()}); err != nil {
					t.Error(err)
				}
				f.lock()
				if is := f.roster.colleagues.at; !is.reached(at) {
					t.Errorf("shows %v to who was shown %v", is, at)
				}
				f.unlock()
				c.nodes[1].join(hired(n+i), seats.SessionID(fmt.Sprint("ses_there_", i)), wire.Hello{Seat: wire.AskNone})
			})
		}
		came.Wait()
		took := time.Since(began)
		settle()
		if got, most := meg.rosterFrames()-frames, int(took/(20*time.Millisecond))+3; got > most {
			t.Errorf("%d frames in %s, want %d at most", got, took, most)
		}
		if len(meg.sees()) != 2*n+1 {
			t.Errorf("sees %d", len(meg.sees()))
		}
	})
}

// A floor without sessions is dropped, where another node sees to what is due; if none does it stays until nothing is.
func TestAFloorWithoutSessionsIsDropped(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		settle()
		c.nodes[1].floor.release()
		time.Sleep(15 * time.Second)
		if c.nodes[1].floor.closeIfIdle(time.Now()) {
			t.Fatal("goes, though bob is there")
		}
		c.nodes[1].part(bob)
		time.Sleep(15 * time.Second)
		if !c.nodes[1].floor.closeIfIdle(time.Now()) {
			t.Error("stays, though another node is there")
		}
		c.nodes[0].part(ann)
		c.nodes[0].floor.release()
		time.Sleep(15 * time.Second)
		if c.nodes[0].floor.closeIfIdle(time.Now()) {
			t.Error("goes, though ann is in grace and nobody else is there")
		}
		time.Sleep(time.Minute)
		if !c.nodes[0].floor.closeIfIdle(time.Now()) {
			t.Error("stays, though nothing is due")
		}
	})
}

// A storm of logins costs each client as many frames as there are ticks, not logins.
func TestAStormOfLoginsIsMerged(t *testing.T) {
	t.Parallel()
	onCast(t, 1, func(t *testing.T, c *cast) {
		const n = 500
		for i := range n {
			c.records.Hire(seats.TeammateID(fmt.Sprintf("tm_x%03d", i)))
		}
		ann := c.join(0, "ann")
		settle()
		frames := ann.rosterFrames()
		began := time.Now()
		for i := range n {
			c.nodes[0].join(seats.TeammateID(fmt.Sprintf("tm_x%03d", i)), seats.SessionID(fmt.Sprint("ses_x", i)), wire.Hello{Seat: wire.AskNone})
			time.Sleep(time.Millisecond)
		}
		took := time.Since(began)
		settle()
		if len(ann.sees()) != n+1 {
			t.Fatalf("sees %d", len(ann.sees()))
		}
		if got, most := ann.rosterFrames()-frames, int(took/(20*time.Millisecond))+2; got > most {
			t.Errorf("%d frames in %s, want %d at most", got, took, most)
		}
	})
}

// A switch turned on shows an administrator the truth, one turned off hides it, without a new login; a new teammate, a
// new name and one who is removed show to all.
func TestTheRosterFollowsTheDirectory(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		bob.ask("1", wire.TypeStatusSet, `{"status":"invisible"}`)
		configure := func() {
			t.Helper()
			if _, err := serverOf(c.nodes[1]).Configure(t.Context(), TheLicense); err != nil {
				t.Fatal(err)
			}
		}
		expectSeen(t, ann, map[string]string{"tm_ann": "online"})
		c.records.SetMember("tm_ann", func(m *seats.Member) { m.Administrator, m.Name = true, "Ann A." })
		configure()
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "invisible"})
		if e := bob.entry("ann"); e.Name != "Ann A." || !e.Administrator {
			t.Errorf("%+v", e)
		}
		c.records.SetMember("tm_ann", func(m *seats.Member) { m.Administrator = false })
		configure()
		expectSeen(t, ann, map[string]string{"tm_ann": "online"})
		c.records.Hire("tm_new")
		configure()
		settle()
		if e := ann.entry("new"); e.Status != wire.StatusOffline {
			t.Errorf("%+v", e)
		}
		c.records.Remove("tm_bob")
		configure()
		settle()
		if _, still := ann.roster.entries["tm_bob"]; still || bob.shut != wire.CloseTeammateRemoved {
			t.Errorf("still there: %t; closed with %d", still, bob.shut)
		}
	})
}

// The engine can't be reached for a while: nobody is shown as gone, and what happened meanwhile shows after it.
func TestAnOutageOfTheRosterHealsByItself(t *testing.T) {
	t.Parallel()
	onCast(t, 2, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(1, "bob")
		settle()
		c.roster.Set(Cut)
		cid := c.join(1, "cid") // is let in all the same
		if len(cid.told()) == 0 {
			t.Fatal("was not welcomed")
		}
		for i := range 100 { // of which the last one counts, and waits
			bob.ask(fmt.Sprint("i", i), wire.TypeActivity, fmt.Sprintf(`{"idle":%t}`, i%2 == 0))
			time.Sleep(2 * time.Second)
			status := []string{wire.StatusAway, wire.StatusBusy}[i%2]
			bob.ask(fmt.Sprint("s", i), wire.TypeStatusSet, fmt.Sprintf(`{"status":%q}`, status))
		}
		time.Sleep(10 * time.Second)
		c.nodes[1].floor.lock()
		if n := len(c.nodes[1].floor.attendance.untold); n > 2 {
			t.Errorf("%d wait to be told", n)
		}
		c.nodes[1].floor.unlock()
		c.nodes[1].part(bob)
		time.Sleep(5 * time.Minute)
		c.roster.Set(None)
		time.Sleep(6 * time.Second)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "busy", "tm_cid": "online"})
		time.Sleep(31 * time.Second)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_cid": "online"})
	})
}

// A connection that continues another one, on whichever node: colleagues see no grace, and the seat stays. Should the one that
// continues not come to take, the earlier one is dropped all the same.
func TestAResumedHolderIsNeverInGrace(t *testing.T) {
	t.Parallel()
	for from := range 2 {
		t.Run(fmt.Sprint("from node ", from), func(t *testing.T) {
			t.Parallel()
			onCast(t, 2, func(t *testing.T, c *cast) {
				meg := c.join(1, "meg")
				ann := c.join(from, "ann", wire.Hello{})
				settle()
				fence := c.nodes[1].board().Holders[0].Fence
				c.nodes[1].floor.lock()
				at := c.nodes[1].floor.replica.head.Version
				c.nodes[1].floor.unlock()
				ann.onShut = func() { c.nodes[from].part(ann) }
				c.slow = 100 * time.Millisecond
				again := c.nodes[0].resume("tm_ann", "ses_again", wire.Hello{}, ann.session())
				time.Sleep(200 * time.Millisecond)
				synctest.Wait()
				if ann.shut != wire.CloseResumedElsewhere {
					t.Fatalf("closed with %d", ann.shut)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				b := c.nodes[1].board()
				if len(b.Holders) != 1 || b.Holders[0].Fence != fence || b.Holders[0].InGrace() || b.Holders[0].Sessions != 1 {
					t.Errorf("%+v", b.Holders)
				}
				if b.Version > at+1 {
					t.Errorf("%d changes of the board over a resume", b.Version-at)
				}
				expectTold(t, again, "hi: welcome held 1/1000000001 open resumed")
				if n := len(meg.feed); n > 3 {
					t.Errorf("%d frames of the board", n)
				}

				c.nodes[0].floor.order(again, "tm_ann", call{command: seats.Leave{Teammate: "tm_ann", Session: "ses_again", Seq: 99, Fence: fence}})
				gone := c.join(0, "bob", wire.Hello{})
				settle()
				gone.say((*session).resumedElsewhere) // by one who then dies
				c.nodes[0].part(gone)
				time.Sleep(c.records.license.Config.Grace + 3*time.Second)
				if b := c.nodes[0].board(); b.Used != 0 {
					t.Errorf("%+v", b.Holders)
				}
			})
		})
	}
}
