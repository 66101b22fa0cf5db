package presence_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

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

// Of two whom colleagues don't see, and whom they saw last at the same time, nothing tells the one from the other.
func TestForColleaguesTellsNothingOfTheUnseen(t *testing.T) {
	t.Parallel()
	moments := rapid.Custom(func(t *rapid.T) time.Time {
		return nine.Add(time.Duration(rapid.IntRange(-9, 9).Draw(t, "hour")) * time.Hour)
	})
	unseen := rapid.Custom(func(t *rapid.T) presence.Entry {
		e := presence.Entry{
			Teammate: "tm_ann", Name: "Ann", Status: rapid.SampledFrom([]presence.Status{presence.Offline, presence.Invisible}).Draw(t, "status"),
			Note: rapid.String().Draw(t, "note"), Until: moments.Draw(t, "until"), Since: moments.Draw(t, "since"),
			GraceUntil: moments.Draw(t, "grace"), Seen: presence.Seen{At: moments.Draw(t, "seen"), Shown: nine},
			Heard: rapid.Bool().Draw(t, "heard"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "devices") {
			e.Devices = append(e.Devices, presence.Device{Session: "ses_1", Node: "n1", Since: moments.Draw(t, "came")})
		}
		return e
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := unseen.Draw(t, "one"), unseen.Draw(t, "another")
		if diff := cmp.Diff(a.ForColleagues(), b.ForColleagues()); diff != "" {
			t.Fatalf("they differ:\n%s", diff)
		}
	})
}
