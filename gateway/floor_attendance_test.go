package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats/seatsmem"
)

// What was said before waits for an answer that does not come, and what was said since waits behind it: the latter counts.
func TestWhatIsSaidLastInAnOutageIsHeard(t *testing.T) {
	t.Parallel()
	onCast(t, 1, func(t *testing.T, c *cast) {
		ann, bob, cid := c.join(0, "ann"), c.join(0, "bob"), c.join(0, "cid")
		settle()
		c.roster.Set(Hang)
		for _, last := range []bool{false, true} {
			bob.ask(fmt.Sprint(last), wire.TypeActivity, fmt.Sprintf(`{"idle":%t}`, !last))
			cid.ask(fmt.Sprint(last), wire.TypeStatusSet, fmt.Sprintf(`{"status":%q}`, map[bool]string{false: "away", true: "busy"}[last]))
			settle()
		}
		time.Sleep(10 * time.Second)
		c.roster.Set(None)
		time.Sleep(10 * time.Second)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_bob": "online", "tm_cid": "busy"})
	})
}

// downTruth is a database that can't be asked who is on a license, for so many times.
type downTruth struct {
	presence.Truth
	fails, failed atomic.Int64
}

func (d *downTruth) Roster(ctx context.Context, id presence.LicenseID, since presence.Revision) (presence.Changed, error) {
	if d.fails.Load() > 0 && d.failed.Add(1) <= d.fails.Load() {
		return presence.Changed{}, errDown
	}
	return d.Truth.Roster(ctx, id, since)
}

// What an engine has to be told of somebody whom it does not know waits for the database, which is asked now and then.
func TestADatabaseThatIsDownIsNotAskedOverAndOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := NewMemoryRecords(10)
		truth := &downTruth{Truth: records}
		roster := NewFaultyRoster(presencemem.New(presencemem.Options{}))
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), records, func(o *Options) { o.Presence = presence.NewAttendance(roster, truth, 0) })
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{Seat: wire.AskNone})
		records.Hire("tm_new")
		roster.Set(Cut)
		hired := tr.join("tm_new", "ses_new", wire.Hello{Seat: wire.AskNone})
		synctest.Wait()
		hired.ask("1", wire.TypeStatusSet, `{"status":"busy"}`)
		settle()
		truth.fails.Store(1000)
		roster.Set(None)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if n := truth.failed.Load(); n == 0 || n > 100 {
			t.Errorf("the database was asked %d times in 20 seconds", n)
		}
		truth.fails.Store(0)
		expectSeen(t, ann, map[string]string{"tm_ann": "online", "tm_new": "busy"})
	})
}

// What another part of the node asks for in error fails alone, and not what leaves together with it.
func TestAnExpulsionThatCanNotBeMeantHarmsNobody(t *testing.T) {
	t.Parallel()
	onCast(t, 1, func(t *testing.T, c *cast) {
		ann, bob := c.join(0, "ann"), c.join(0, "bob")
		settle()
		c.roster.Delay(100 * time.Millisecond)
		ann.ask("1", wire.TypeStatusSet, `{"status":"busy"}`)
		synctest.Wait() // its batch is under way, and what comes now leaves together
		c.nodes[0].part(bob)
		_, err := serverOf(c.nodes[0]).Expel(t.Context(), presence.LicenseID(TheLicense), presence.Expel{Teammate: "no id"})
		if !errors.Is(err, presence.ErrInvalid) {
			t.Error(err)
		}
		time.Sleep(time.Minute) // bob's grace is over, if his drop was heard
		expectSeen(t, ann, map[string]string{"tm_ann": "busy"})
	})
}

// Of what was sent nothing is kept in the lane: not who waited for it, whose connection may be long gone.
func TestALaneKeepsNothingOfWhatItSent(t *testing.T) {
	t.Parallel()
	onCast(t, 1, func(t *testing.T, c *cast) {
		f := c.nodes[0].floor
		f.lock()
		for range 3 {
			f.attendance.put(note{command: presence.Read{}, done: func(presence.Reply, *presence.Outcome, error) {}})
		}
		items := f.attendance.items
		f.unlock()
		synctest.Wait()
		for i, e := range items {
			if e.command != nil || e.done != nil {
				t.Errorf("errand %d is kept", i)
			}
		}
	})
}
