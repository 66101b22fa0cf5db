package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// idles: what it means that nobody works at a device.
var idles = []promise{
	{"WhoseDevicesAreAllIdleIsAway", allIdle},
	{"AnIdleTeammateKeepsWhatTheyChose", idleKeepsChoice},
	{"Promise4_WhatASessionSaysIsTakenInItsOrder", idleInOrder},
	{"ALapsedSessionIsHeardToo", idleLapsed},
	{"AnUnknownSessionSaysNothing", idleUnknown},
}

// idle has a session say that it is idle, or is not.
func (s *scene) idle(teammate presence.TeammateID, session presence.SessionID, seq uint64, idle bool) presence.Outcome {
	s.Helper()
	out := s.do(presence.SetIdle{Teammate: teammate, Session: session, Seq: seq, Idle: idle})
	equal[presence.Reply](s, "reply", out.Replies[0], presence.Done{})
	return out
}

func allIdle(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.do(another("ann", "ses-1"), another("ann", "ses-2"))
	came := s.wait(time.Second)
	s.idle("ann", "ses-1", 2, true)
	s.status("ann", presence.Online, came)
	devices := s.entry("ann").Devices
	equal(t, "devices", len(devices), 2)
	equal(t, "shown on the device", devices[0].Idle, true)
	s.Advance(time.Second)
	s.idle("ann", "ses-2", 2, true)
	away := s.wait(time.Second)
	s.status("ann", presence.Away, away)
	s.idle("ann", "ses-1", 3, false)
	s.status("ann", presence.Online, s.now())
	s.do(presence.Depart{Teammate: "ann", Session: "ses-1"})
	s.status("ann", presence.Away, s.now())
	third := another("ann", "ses-3")
	third.Idle = true
	s.do(third)
	s.status("ann", presence.Away, s.now())
}

func idleKeepsChoice(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob", "cid")
	for id, want := range map[presence.TeammateID][2]presence.Status{ // active, idle
		"ann": {presence.Busy, presence.Away}, "bob": {presence.Away, presence.Away},
		"cid": {presence.Invisible, presence.Invisible},
	} {
		s.enter(id)
		s.chooses(id, presence.Choice{Status: want[0], Note: "note"})
		for i, idle := range []bool{true, false} {
			s.idle(id, ses(id), uint64(i+2), idle)
			e, status := s.entry(id), want[0]
			if idle {
				status = want[1]
			}
			equal(t, "status, note", [2]any{e.Status, e.Note}, [2]any{status, "note"})
		}
	}
}

func idleInOrder(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.idle("ann", "ses-ann", 3, true)
	for _, seq := range []uint64{1, 2, 3} {
		s.quiet(s.idle("ann", "ses-ann", seq, false))
	}
	s.quiet(s.idle("ann", "ses-ann", 4, true))
	s.status("ann", presence.Away, s.now())
}

func idleLapsed(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	came := s.wait(LeaseTime)
	s.do()
	s.quiet(s.idle("ann", "ses-ann", 2, true)) // what is shown in grace stays
	s.status("ann", presence.Online, came)
	s.lease(nodeB, LeaseTime)
	s.status("ann", presence.Away, s.now())
}

func idleUnknown(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	out := s.do(presence.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 1, Idle: true})
	equal[presence.Reply](t, "reply", out.Replies[0], presence.Unknown{})
	s.quiet(out)
	s.enter("ann")
	s.status("ann", presence.Online, s.now())
}
