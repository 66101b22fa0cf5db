package presence_test

import (
	"strings"
	"testing"
	"time"

	"usher/presence"
)

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestDerive(t *testing.T) {
	t.Parallel()
	active, idle := presence.Device{Session: "ses-1"}, presence.Device{Session: "ses-2", Idle: true}
	for _, tc := range []struct {
		chosen  presence.Status
		devices []presence.Device
		want    presence.Status
	}{
		{presence.Online, nil, presence.Offline},
		{presence.Invisible, nil, presence.Offline},
		{presence.Online, []presence.Device{active}, presence.Online},
		{presence.Online, []presence.Device{idle}, presence.Away},
		{presence.Online, []presence.Device{idle, active}, presence.Online},
		{presence.Busy, []presence.Device{active}, presence.Busy},
		{presence.Busy, []presence.Device{idle, idle}, presence.Away},
		{presence.Away, []presence.Device{active}, presence.Away},
		{presence.Invisible, []presence.Device{active}, presence.Invisible},
		{presence.Invisible, []presence.Device{idle}, presence.Invisible},
	} {
		if got := presence.Derive(tc.chosen, tc.devices); got != tc.want {
			t.Errorf("%s with %+v is %s, want %s", tc.chosen, tc.devices, got, tc.want)
		}
	}
}

func TestChoiceAt(t *testing.T) {
	t.Parallel()
	timed := presence.Choice{
		Number: 3, Status: presence.Busy, Note: "lunch", Until: nine, Before: presence.Intent{Status: presence.Away, Note: "slow day"},
	}
	for _, tc := range []struct {
		name   string
		choice presence.Choice
		at     time.Time
		want   presence.Choice
	}{
		{"never chose", presence.Choice{}, nine, presence.Choice{Status: presence.Online}},
		{"not timed", presence.Choice{Number: 1, Status: presence.Busy}, nine, presence.Choice{Number: 1, Status: presence.Busy}},
		{"before its end", timed, nine.Add(-1), timed},
		{"at its end", timed, nine, presence.Choice{Number: 3, Status: presence.Away, Note: "slow day"}},
	} {
		if got := tc.choice.At(tc.at); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

func TestChoiceValidate(t *testing.T) {
	t.Parallel()
	good := presence.Choice{
		Number: 1, Status: presence.Invisible, Note: strings.Repeat("n", presence.MaxNoteBytes), Until: nine,
		Before: presence.Intent{Status: presence.Online},
	}
	for name, tc := range map[string]struct {
		change func(*presence.Choice)
		valid  bool
	}{
		"all that may be":        {func(*presence.Choice) {}, true},
		"never chose":            {func(c *presence.Choice) { *c = presence.Choice{} }, true},
		"not timed":              {func(c *presence.Choice) { c.Until, c.Before = time.Time{}, presence.Intent{} }, true},
		"no number":              {func(c *presence.Choice) { c.Number = 0 }, false},
		"offline":                {func(c *presence.Choice) { c.Status = presence.Offline }, false},
		"no status":              {func(c *presence.Choice) { c.Status = "" }, false},
		"a long note":            {func(c *presence.Choice) { c.Note += "n" }, false},
		"returns, but not timed": {func(c *presence.Choice) { c.Until = time.Time{} }, false},
		"returns to nothing":     {func(c *presence.Choice) { c.Before = presence.Intent{} }, false},
		"returns to offline":     {func(c *presence.Choice) { c.Before.Status = presence.Offline }, false},
		"until before 1970":      {func(c *presence.Choice) { c.Until = time.Unix(0, 0) }, false},
	} {
		c := good
		tc.change(&c)
		if err := c.Validate(); (err == nil) != tc.valid {
			t.Errorf("%s: %v, want valid %t", name, err, tc.valid)
		}
	}
}
