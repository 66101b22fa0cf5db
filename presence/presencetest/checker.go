package presencetest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"usher/presence"
)

// checker holds one history's outcomes against what must be true of every roster, whatever the model says.
type checker struct {
	epoch   string
	version uint64
	head    presence.Head
	entries map[presence.TeammateID]presence.Entry     // a replica, made of the changes alone
	ended   map[presence.SessionID]time.Time           // until when they are surely remembered
	owners  map[presence.SessionID]presence.TeammateID // of sessions that were shown
}

// step looks at what a batch came to.
func (c *checker) step(t *rapid.T, b presence.Batch, out presence.Outcome) {
	if len(out.Replies) != len(b.Commands) {
		t.Fatalf("%d replies to %d commands", len(out.Replies), len(b.Commands))
	}
	if len(out.Changes) > 1 {
		t.Fatalf("one step made %d changes", len(out.Changes))
	}
	for _, change := range out.Changes {
		c.apply(t, b, change, out.Now)
		if !change.Due.Equal(out.Due) {
			t.Fatalf("the change is due at %s, the outcome at %s", change.Due, out.Due)
		}
	}
	c.note(b, out)
	if out.Epoch != c.epoch || out.Version != c.version {
		t.Fatalf("the outcome is at %s/%d, its changes lead to %s/%d", out.Epoch, out.Version, c.epoch, c.version)
	}
	if !out.Due.IsZero() && !out.Due.After(out.Now) {
		t.Fatalf("due at %s, which was let pass already at %s", out.Due, out.Now)
	}
	for _, e := range c.entries {
		if fault := faulty(e, out.Now); fault != "" {
			t.Fatalf("%s: %+v", fault, e)
		}
		if e.InGrace() && out.Due.IsZero() {
			t.Fatalf("nothing is due with somebody in grace: %+v", e)
		}
		for _, d := range e.Devices {
			if until, ended := c.ended[d.Session]; ended && !e.InGrace() && out.Now.Before(until) {
				t.Fatalf("session %s was ended, and is live: %+v", d.Session, e)
			}
		}
	}
}

// apply brings the replica forward, as those who watch do. What can't follow on what was before is told of steps with one
// command at most: in others a teammate may have been removed, and be a new one.
func (c *checker) apply(t *rapid.T, b presence.Batch, change presence.Change, now time.Time) {
	if c.epoch == "" {
		c.epoch, c.entries = change.Epoch, map[presence.TeammateID]presence.Entry{}
	}
	if change.Epoch != c.epoch {
		t.Fatalf("epoch %s after %s", change.Epoch, c.epoch)
	}
	if change.From != c.version || change.Version != c.version+1 {
		t.Fatalf("a change from %d to %d at version %d", change.From, change.Version, c.version)
	}
	if !slices.IsSortedFunc(change.Entries, func(a, b presence.Entry) int { return cmp.Compare(a.Teammate, b.Teammate) }) {
		t.Fatalf("entries in no order: %+v", change.Entries)
	}
	nothing := change.Head == c.head || change.Epoch == c.head.Epoch && change.Revision == c.head.Revision &&
		change.WindowUntil.Equal(c.head.WindowUntil)
	if nothing && len(change.Entries)+len(change.Removed)+len(change.Ended) == 0 {
		t.Fatalf("a change of nothing: %+v", change)
	}
	c.version, c.head = change.Version, change.Head
	for _, e := range change.Entries {
		if was, known := c.entries[e.Teammate]; known && len(b.Commands) <= 1 {
			fault := follows(was, e)
			shownBetween := !was.Until.IsZero() && !was.Until.After(now)
			if fault == "" && !shownBetween && !configures(b) {
				fault = leaks(was, e)
			}
			if fault != "" {
				t.Fatalf("%s at %s:\n%+v\nafter\n%+v", fault, now, e, was)
			}
		}
		c.entries[e.Teammate] = e
	}
	for _, id := range change.Removed {
		if _, there := c.entries[id]; !there {
			t.Fatalf("%s is removed, who was not there", id)
		}
		delete(c.entries, id)
	}
}

// configures tells whether a batch of one command brings what the database knows of sightings.
func configures(b presence.Batch) bool {
	if len(b.Commands) == 0 {
		return false
	}
	_, ok := b.Commands[0].(presence.Configure)
	return ok
}

// note notes which sessions were ended for sure: by their own teammate's command, or as the change tells.
func (c *checker) note(b presence.Batch, out presence.Outcome) {
	if c.ended == nil {
		c.ended, c.owners = map[presence.SessionID]time.Time{}, map[presence.SessionID]presence.TeammateID{}
	}
	until := out.Now.Add(presence.EndedMemory)
	end := func(id presence.SessionID) {
		if _, known := c.ended[id]; !known {
			c.ended[id] = until
		}
	}
	for _, e := range c.entries {
		for _, d := range e.Devices {
			c.owners[d.Session] = e.Teammate
		}
	}
	for _, command := range b.Commands {
		switch command := command.(type) {
		case presence.Depart:
			if c.owners[command.Session] == command.Teammate {
				end(command.Session)
			}
		case presence.Drop:
			if c.owners[command.Session] == command.Teammate {
				end(command.Session)
			}
		}
	}
	for _, change := range out.Changes {
		for _, e := range change.Ended {
			end(e.Session)
		}
	}
	for id, until := range c.ended {
		if !out.Now.Before(until) { // forgotten: it may come in once more
			delete(c.ended, id)
		}
	}
}

// numberOf is the number of the choice that holds, by its note.
func numberOf(e presence.Entry) int64 {
	number, _, _ := strings.Cut(e.Note, " ")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n
}

// faulty tells what can't be in an entry.
func faulty(e presence.Entry, now time.Time) string {
	visible := e.Status != presence.Offline && e.Status != presence.Invisible
	switch {
	case (e.Status == presence.Offline) != (len(e.Devices) == 0):
		return "offline with devices, or here without"
	case e.InGrace() && len(e.Devices) == 0:
		return "in grace without devices"
	case !e.Until.IsZero() && !e.Until.After(now):
		return "a timed choice that is over"
	case e.Since.After(now) || e.Seen.At.After(now) || e.Seen.Shown.After(now):
		return "something of the future"
	case e.Status == presence.Offline && !e.Since.Equal(e.Seen.At):
		return "offline since another moment than was last here"
	case e.Status == presence.Offline && e.Seen.Shown.After(e.Seen.At):
		return "shown later than last here"
	case visible == e.VisibleSince.IsZero(), e.VisibleSince.After(e.Since):
		return "visible since a moment that can't be"
	}
	if !slices.IsSortedFunc(e.Devices, func(a, b presence.Device) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Session, b.Session))
	}) {
		return "devices in no order"
	}
	idle := len(e.Devices) > 0
	for _, d := range e.Devices {
		idle = idle && d.Idle
	}
	if idle && visible && e.Status != presence.Away {
		return "not away, with idle devices alone"
	}
	return ""
}

// follows tells what can't be in an entry after another one.
func follows(was, is presence.Entry) string {
	switch {
	case is.Seen.At.Before(was.Seen.At) || is.Seen.Shown.Before(was.Seen.Shown):
		return "seen earlier than before"
	case was.Heard && !is.Heard:
		return "not heard of any more"
	case numberOf(is) < numberOf(was):
		return "an older choice than before"
	}
	return ""
}

// leaks tells what colleagues are shown of what somebody did whom they don't see.
func leaks(was, is presence.Entry) string {
	if !was.VisibleSince.IsZero() || !is.VisibleSince.IsZero() {
		return ""
	}
	before, after := was.ForColleagues(), is.ForColleagues()
	after.Name, after.Operator, after.Administrator = before.Name, before.Operator, before.Administrator
	if diff := different(before, after); diff != "" {
		return fmt.Sprintf("colleagues see what is not for them (%s)", diff)
	}
	return ""
}

// roster looks at the roster between steps.
func (c *checker) roster(t *rapid.T, out presence.Outcome) {
	read := out.Replies[0].(presence.RosterRead).Roster
	replica := presence.Roster{Head: c.head}
	for _, e := range c.entries {
		replica.Entries = append(replica.Entries, e)
	}
	slices.SortFunc(replica.Entries, func(a, b presence.Entry) int { return cmp.Compare(a.Teammate, b.Teammate) })
	if diff := different(read, replica); diff != "" {
		t.Fatalf("changes lead to another roster than is read (-read +changes):\n%s", diff)
	}
}
