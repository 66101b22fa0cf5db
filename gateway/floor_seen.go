package gateway

import (
	"context"
	"errors"
	"time"

	"usher/presence"
)

// seenDesk commits when teammates were last here, a while after it changed and many at once. Guarded by the floor's mu.
type seenDesk struct {
	floor   *floor
	told    map[presence.TeammateID]presence.Seen // committed, or about to be
	pending map[presence.TeammateID]presence.Seen
	writing bool
	armed   bool
	tries   int // failed in a row
}

// seenEvery is how long a change waits for others.
const seenEvery = time.Second

// mostTold bounds what is remembered to spare writing the same again.
const mostTold = presence.MaxMembers

func (d *seenDesk) init(f *floor) {
	*d = seenDesk{floor: f, told: map[presence.TeammateID]presence.Seen{}, pending: map[presence.TeammateID]presence.Seen{}}
}

// note takes entries that a step of our own changed: each is so once among all nodes.
func (d *seenDesk) note(entries []presence.Entry) {
	for _, e := range entries {
		if e.Seen == (presence.Seen{}) || d.told[e.Teammate] == e.Seen {
			continue
		}
		if len(d.told) >= mostTold {
			clear(d.told)
		}
		d.told[e.Teammate], d.pending[e.Teammate] = e.Seen, e.Seen
	}
	d.arm(seenEvery)
}

func (d *seenDesk) empty() bool { return len(d.pending) == 0 && !d.writing }

func (d *seenDesk) arm(after time.Duration) {
	if d.armed || d.writing || len(d.pending) == 0 || d.floor.closed {
		return
	}
	d.armed = true
	d.floor.timers.afterFunc(after, func() {
		d.floor.lock()
		defer d.floor.unlock()
		d.armed = false
		d.write()
	})
}

// hurry commits what is pending at once: the server stops. What failed is tried again at its time all the same.
func (d *seenDesk) hurry() {
	if d.tries == 0 {
		d.write()
	}
}

// write commits what is pending; what can't be is tried again.
func (d *seenDesk) write() {
	if d.writing || len(d.pending) == 0 {
		return
	}
	f := d.floor
	batch := d.pending
	d.pending, d.writing = map[presence.TeammateID]presence.Seen{}, true
	f.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(f.ctx), f.settings.EngineTimeout)
		defer cancel()
		err := f.records.Seen(ctx, presence.LicenseID(f.id), batch)
		f.lock()
		defer f.unlock()
		d.writing = false
		switch {
		case err == nil:
			d.tries = 0
		case errors.Is(err, presence.ErrNoLicense):
			clear(d.pending)
		default:
			if d.tries++; d.tries == 1 { // an outage is said once for each license, not once for each try
				f.settings.Logger.Warn("directory: when teammates were last seen can't be written", "license", f.id, "error", err)
			}
			for t, s := range batch {
				if _, newer := d.pending[t]; !newer {
					d.pending[t] = s
				}
			}
		}
		d.arm(seenEvery)
	})
}
