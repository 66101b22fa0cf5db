package presence_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/presence"
)

func TestForColleagues(t *testing.T) {
	t.Parallel()
	hour := func(n int) time.Time { return nine.Add(time.Duration(n) * time.Hour) }
	here := presence.Entry{
		Teammate: "tm_ann", Name: "Ann", Operator: true, Status: presence.Busy, Note: "lunch", Until: hour(9), Since: hour(5),
		Devices: []presence.Device{
			{Session: "ses_1", Name: "web", Node: "n1", Since: hour(1), Idle: true},
			{Session: "ses_2", Node: "n2", Since: hour(4)},
		},
		GraceUntil: hour(8), VisibleSince: hour(3), Seen: presence.Seen{At: hour(7), Shown: hour(6)}, Heard: true,
	}
	want := presence.Entry{
		Teammate: "tm_ann", Name: "Ann", Operator: true, Status: presence.Busy, Note: "lunch", Since: hour(5),
		Devices: []presence.Device{
			{Session: "ses_1", Name: "web", Since: hour(3), Idle: true}, {Session: "ses_2", Since: hour(4)},
		},
		VisibleSince: hour(3), Seen: presence.Seen{At: hour(6), Shown: hour(6)},
	}
	if diff := cmp.Diff(want, here.ForColleagues()); diff != "" {
		t.Errorf("here (-want +got):\n%s", diff)
	}
	if here.Devices[0].Node != "n1" {
		t.Error("the entry itself was changed")
	}
	away := presence.Entry{
		Teammate: "tm_ann", Name: "Ann", Operator: true, Status: presence.Offline, Since: hour(6),
		Seen: presence.Seen{At: hour(6), Shown: hour(6)},
	}
	hidden := here
	hidden.Status, hidden.VisibleSince = presence.Invisible, time.Time{}
	left := presence.Entry{
		Teammate: "tm_ann", Name: "Ann", Operator: true, Status: presence.Offline, Note: "lunch", Until: hour(9), Since: hour(7),
		Seen: presence.Seen{At: hour(7), Shown: hour(6)}, Heard: true,
	}
	for name, e := range map[string]presence.Entry{"invisible": hidden, "offline": left} {
		if diff := cmp.Diff(away, e.ForColleagues()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
