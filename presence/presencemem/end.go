package presencemem

import "usher/presence"

func (s *step) depart(c presence.Depart) presence.Reply {
	t, known := s.finish(c.Teammate, ended{Ending: presence.Ending{Session: c.Session, Cause: presence.CauseDeparted}})
	if t == nil {
		return presence.Done{}
	}
	if known || t.lingers(c.Session) {
		s.vanish(t)
	}
	return presence.Done{}
}

func (s *step) drop(c presence.Drop) presence.Reply {
	t, known := s.finish(c.Teammate, ended{Ending: presence.Ending{Session: c.Session, Cause: presence.CauseDropped}})
	if known {
		s.absent(t)
	}
	return presence.Done{}
}

// finish ends a session on behalf of a teammate, unless that was done, or it is somebody else's. It returns the teammate, nil
// when they are not known, and whether the session was.
func (s *step) finish(id presence.TeammateID, e ended) (t *teammate, known bool) {
	t, ses := s.teammates[id], s.sessions[e.Session]
	if ses != nil && ses.owner != t || s.memory.has(e.Session) {
		return t, false
	}
	s.end(e)
	if t != nil {
		s.hear(t)
	}
	return t, ses != nil
}

func (s *step) expel(c presence.Expel) presence.Reply {
	t := s.teammates[c.Teammate]
	ses := s.sessions[c.Session]
	if t == nil || ses != nil && ses.owner != t {
		return presence.NoTeammate{}
	}
	ids := []presence.SessionID{c.Session}
	devices := t.known(c.Session)
	if c.Session == "" {
		ids = nil
		for _, d := range devices {
			ids = append(ids, d.Session)
		}
	}
	for _, id := range ids {
		s.finish(c.Teammate, ended{Ending: presence.Ending{Session: id, Cause: presence.CauseExpelled, By: c.By}})
	}
	if len(devices) > 0 {
		s.vanish(t)
	}
	return presence.Expelled{Devices: devices}
}

// known returns the devices of a teammate's sessions, live, lapsed or shown in grace: of one session, or of all ("").
func (t *teammate) known(id presence.SessionID) []presence.Device {
	all := map[presence.SessionID]presence.Device{}
	if t.grace.set() {
		for _, d := range t.entry.Devices {
			all[d.Session] = d
		}
	}
	for _, ses := range t.sessions {
		all[ses.device.Session] = ses.device
	}
	var devices []presence.Device
	for _, d := range all {
		if id == "" || id == d.Session {
			devices = append(devices, d)
		}
	}
	sortDevices(devices)
	return devices
}
