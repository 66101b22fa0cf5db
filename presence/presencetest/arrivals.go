package presencetest

import (
	"testing"

	"usher/presence"
)

// arrivals: how sessions come in.
var arrivals = []promise{
	{"WhoArrivesIsOnlineSinceThen", arrivesOnline},
}

func arrivesOnline(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	out := s.do(arrive("ann"))
	want := presence.Entry{
		Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Online, Since: s.now(), VisibleSince: s.now(),
		Devices: []presence.Device{{Session: "ses-ann", Name: "web", Node: nodeA, Since: s.now()}},
		Seen:    presence.Seen{At: s.now(), Shown: s.now()}, Heard: true,
	}
	equal[presence.Reply](t, "reply", out.Replies[0], presence.Present{Entry: want})
	equal(t, "entries changed", s.change(out).Entries, []presence.Entry{want})
	equal(t, "ann", s.entry("ann"), want)
}
