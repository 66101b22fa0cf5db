package presence_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"usher/presence"
)

func TestValidID(t *testing.T) {
	t.Parallel()
	for id, valid := range map[presence.TeammateID]bool{
		"a": true, "Az09-_.": true, presence.TeammateID(strings.Repeat("x", presence.MaxIDBytes)): true,
		"": false, presence.TeammateID(strings.Repeat("x", presence.MaxIDBytes+1)): false,
		"a b": false, "a:b": false, "{a}": false, "é": false, "a\x00": false, "a|b": false,
	} {
		if err := presence.ValidID(id); (err == nil) != valid {
			t.Errorf("%q: %v, want valid %t", id, err, valid)
		}
	}
}

func TestEpochBefore(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b presence.Generation
		want bool
	}{{1, 2, true}, {2, 1, false}, {2, 2, false}, {9, 10, true}, {10, 9, false}} {
		if got := presence.EpochBefore(tc.a.Epoch(), tc.b.Epoch()); got != tc.want {
			t.Errorf("%d before %d: %t", tc.a, tc.b, got)
		}
	}
	if !presence.EpochBefore("", presence.Generation(1).Epoch()) {
		t.Error("none is not before the first")
	}
}

func TestBatchValidate(t *testing.T) {
	t.Parallel()
	config := presence.Config{Revision: 3, Grace: time.Second}
	arrive := presence.Arrive{Teammate: "tm_ann", Session: "ses_1", Seq: 1}
	with := func(change func(*presence.Arrive)) presence.Arrive {
		c := arrive
		change(&c)
		return c
	}
	ann := presence.Member{Teammate: "tm_ann"}
	for name, tc := range map[string]struct {
		valid    bool
		commands []presence.Command
	}{
		"a tick":                {true, nil},
		"all commands":          {true, []presence.Command{presence.Open{Generation: 1, Config: config, Members: []presence.Member{ann}}, arrive, presence.Depart{Teammate: "tm_ann", Session: "ses_1"}, presence.Drop{Teammate: "tm_ann", Session: "ses_1"}, presence.SetIdle{Teammate: "tm_ann", Session: "ses_1", Seq: 1}, presence.Choose{Teammate: "tm_ann"}, presence.Expel{Teammate: "tm_ann"}, presence.Read{}}},
		"configure":             {true, []presence.Command{presence.Configure{Config: config, Base: 3, Removed: []presence.TeammateID{"tm_bob"}}}},
		"a base too late":       {false, []presence.Command{presence.Configure{Config: config, Base: 4}}},
		"a base below 0":        {false, []presence.Command{presence.Configure{Config: config, Base: -1}}},
		"whole from any base":   {true, []presence.Command{presence.Configure{Config: config, Base: 9, Whole: true}}},
		"whole with removed":    {false, []presence.Command{presence.Configure{Config: config, Whole: true, Removed: []presence.TeammateID{"tm_bob"}}}},
		"removed without id":    {false, []presence.Command{presence.Configure{Config: config, Removed: []presence.TeammateID{""}}}},
		"revision 0":            {false, []presence.Command{presence.Configure{Config: presence.Config{Grace: time.Second}}}},
		"no grace":              {false, []presence.Command{presence.Configure{Config: presence.Config{Revision: 1}}}},
		"sessions below 0":      {false, []presence.Command{presence.Configure{Config: presence.Config{Revision: 1, Grace: time.Second, SessionsPerTeammate: -1}}}},
		"open later":            {false, []presence.Command{presence.Read{}, presence.Open{Generation: 1, Config: config}}},
		"generation 0":          {false, []presence.Command{presence.Open{Config: config}}},
		"a window below 0":      {false, []presence.Command{presence.Open{Generation: 1, Config: config, Window: -1}}},
		"a member without id":   {false, []presence.Command{presence.Open{Generation: 1, Config: config, Members: []presence.Member{{}}}}},
		"a long name":           {false, []presence.Command{presence.Open{Generation: 1, Config: config, Members: []presence.Member{{Teammate: "tm_ann", Name: strings.Repeat("n", presence.MaxNameBytes+1)}}}}},
		"a member's choice":     {false, []presence.Command{presence.Open{Generation: 1, Config: config, Members: []presence.Member{{Teammate: "tm_ann", Choice: presence.Choice{Number: 1}}}}}},
		"seen before 1970":      {false, []presence.Command{presence.Open{Generation: 1, Config: config, Members: []presence.Member{{Teammate: "tm_ann", Seen: presence.Seen{Shown: time.Unix(-1, 0)}}}}}},
		"too many members":      {false, []presence.Command{presence.Open{Generation: 1, Config: config, Members: make([]presence.Member, presence.MaxMembers+1)}}},
		"no sequence number":    {false, []presence.Command{with(func(c *presence.Arrive) { c.Seq = 0 })}},
		"no session":            {false, []presence.Command{with(func(c *presence.Arrive) { c.Session = "" })}},
		"no teammate":           {false, []presence.Command{with(func(c *presence.Arrive) { c.Teammate = "" })}},
		"resumes":               {true, []presence.Command{with(func(c *presence.Arrive) { c.Resumes = "ses_0" })}},
		"resumes what can't be": {false, []presence.Command{with(func(c *presence.Arrive) { c.Resumes = "{}" })}},
		"resumes itself":        {false, []presence.Command{with(func(c *presence.Arrive) { c.Resumes = c.Session })}},
		"a long device":         {false, []presence.Command{with(func(c *presence.Arrive) { c.Device = strings.Repeat("d", presence.MaxDeviceBytes+1) })}},
		"since before 1970":     {false, []presence.Command{with(func(c *presence.Arrive) { c.Since = time.Unix(-1, 0) })}},
		"was before 1970":       {false, []presence.Command{with(func(c *presence.Arrive) { c.Was.Since = time.Unix(-1, 0) })}},
		"arrives by choice":     {false, []presence.Command{with(func(c *presence.Arrive) { c.Choice.Number = 1 })}},
		"chooses nothing":       {false, []presence.Command{presence.Choose{Teammate: "tm_ann", Choice: presence.Choice{Number: 1}}}},
		"expels nobody":         {false, []presence.Command{presence.Expel{}}},
		"expels no session":     {false, []presence.Command{presence.Expel{Teammate: "tm_ann", Session: "{}"}}},
		"expelled by":           {false, []presence.Command{presence.Expel{Teammate: "tm_ann", By: "{}"}}},
		"departs from nowhere":  {false, []presence.Command{presence.Depart{Teammate: "tm_ann"}}},
		"drops nobody":          {false, []presence.Command{presence.Drop{Session: "ses_1"}}},
		"idle without number":   {false, []presence.Command{presence.SetIdle{Teammate: "tm_ann", Session: "ses_1"}}},
		"nothing":               {false, []presence.Command{nil}},
		"too many":              {false, make([]presence.Command, presence.MaxBatch+1)},
	} {
		b := presence.Batch{License: "lic_1", Node: "n1", Commands: tc.commands}
		err := b.Validate()
		if (err == nil) != tc.valid || err != nil && !errors.Is(err, presence.ErrInvalid) {
			t.Errorf("%s: %v, want valid %t", name, err, tc.valid)
		}
	}
	for _, b := range []presence.Batch{
		{}, {License: "lic_1", Node: "{}"}, {License: "lic_1", Commands: []presence.Command{arrive}},
	} {
		if err := b.Validate(); !errors.Is(err, presence.ErrInvalid) {
			t.Errorf("%+v: %v, want %v", b, err, presence.ErrInvalid)
		}
	}
}
