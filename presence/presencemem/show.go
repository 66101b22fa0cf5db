package presencemem

import (
	"cmp"
	"slices"

	"usher/presence"
)

// show makes a teammate's entry anew at the step's moment, from their sessions, grace and choice.
func (s *step) show(t *teammate) {
	s.touch(t)
	e := &t.entry
	if devices := t.devices(); len(devices) > 0 {
		s.graces.drop(&t.grace)
		t.left, e.Devices = 0, devices
	} else if !t.grace.set() {
		e.Devices = nil
	}
	e.GraceUntil = moment(0)
	if t.grace.set() {
		e.GraceUntil = moment(t.grace.at)
	}
	e.Note, e.Until = t.choice.Note, t.choice.Until
	s.turn(t, presence.Derive(t.choice.Status, e.Devices))
	if e.Status == presence.Offline {
		e.Since = e.Seen.At
	}
}

// turn brings a teammate's status about.
func (s *step) turn(t *teammate, is presence.Status) {
	e := &t.entry
	was := e.Status
	if is == was {
		return
	}
	e.Status = is
	if was == presence.Offline || e.Since.Before(moment(s.at)) {
		e.Since = moment(s.at)
	}
	here := moment(cmp.Or(t.left, s.at))
	if !visible(was) || !visible(is) {
		e.Seen.At = later(e.Seen.At, here)
	}
	if visible(was) != visible(is) {
		e.Seen.Shown = later(e.Seen.Shown, here)
		e.VisibleSince = moment(0)
		if visible(is) {
			e.VisibleSince = e.Since
		}
	}
}

// visible tells whether colleagues see the teammate.
func visible(s presence.Status) bool { return s != presence.Offline && s != presence.Invisible }

// devices returns the live ones, as entries have them.
func (t *teammate) devices() []presence.Device {
	var all []presence.Device
	for _, s := range t.sessions {
		if s.live() {
			all = append(all, s.device)
		}
	}
	sortDevices(all)
	return all
}

func sortDevices(all []presence.Device) {
	slices.SortFunc(all, func(a, b presence.Device) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Session, b.Session))
	})
}

// lingers tells whether a session is shown in grace.
func (t *teammate) lingers(id presence.SessionID) bool {
	return t.grace.set() && slices.ContainsFunc(t.entry.Devices, func(d presence.Device) bool { return d.Session == id })
}

// absent shows a teammate who has lost a session; who has no live one any more, is in grace.
func (s *step) absent(t *teammate) {
	if t.left == 0 && !t.live() {
		t.left = s.at
		s.graces.put(&t.grace, s.at+s.config.Grace.Milliseconds())
	}
	s.show(t)
}

// vanish shows a teammate who logged out with a session; who has no live one any more, is offline.
func (s *step) vanish(t *teammate) {
	if !t.live() {
		t.left = cmp.Or(t.left, s.at)
		s.graces.drop(&t.grace)
	}
	s.show(t)
}

// hear notes that something was heard of a teammate.
func (s *step) hear(t *teammate) {
	s.touch(t)
	t.entry.Heard = true
}

// hold has a choice hold at the step's moment: itself, or what it returns to.
func (s *step) hold(t *teammate, c presence.Choice) {
	c.Until = cut(c.Until)
	t.choice = c.At(moment(s.at))
	s.untils.drop(&t.until)
	if !t.choice.Until.IsZero() {
		s.untils.put(&t.until, t.choice.Until.UnixMilli())
	}
}

// wish takes a choice that is newer than the one that is known.
func (s *step) wish(t *teammate, c presence.Choice) {
	if c.Number > t.choice.Number {
		s.hold(t, c)
	}
}
