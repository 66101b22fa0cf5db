package main

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/database"
	"usher/internal/directory"
	"usher/seats"
	"usher/seats/seatsmem"
)

// records are those of a license with Ann and Bob, operators.
func records(t *testing.T, policy string) *directory.Directory {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	dir := directory.New(db, directory.Options{})
	p, err := dir.By(commandLine()).EnsurePartner(t.Context(), "Partner", "partner@example.com")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = dir.By(commandLine()).CreateLicense(t.Context(), directory.NewLicense{
		ID: "lic", Partner: p.ID, Name: "Acme", Cap: 4, Policy: json.RawMessage(policy),
		Teammates: []directory.NewTeammate{
			{ID: "tm_ann", Email: "ann@example.com", Name: "Ann", Operator: true, Administrator: true},
			{ID: "tm_bob", Email: "bob@example.com", Name: "Bob", Operator: true},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestConfigIsThePolicy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		policy string
		want   seats.Config
	}{
		"defaults": {`{}`, seats.Config{
			Revision: 1, Status: seats.Active, Cap: 4, Overage: seats.OverageNone, Grace: 30 * time.Second, Waitlist: true,
			HandOver: seats.HandOverAnyone, OnShrink: seats.ShrinkDrain, IdleWarning: 30 * time.Second, SessionsPerTeammate: 10,
		}},
		"everything": {`{"grace_ms":45000,"overage":"1.5x","reserved":{"administrators":2},"administrators_first":true,"waitlist":false,
			"hand_over":"asked","idle_after_ms":600000,"idle_warning_ms":2000,"on_shrink":"evict_newest","sessions_per_teammate":3}`, seats.Config{
			Revision: 1, Status: seats.Active, Cap: 4, Overage: seats.Overage1_5, Grace: 45 * time.Second, ReservedAdministrators: 2,
			AdministratorsFirst: true, HandOver: seats.HandOverAsked, OnShrink: seats.ShrinkEvictNewest, IdleAfter: 10 * time.Minute,
			IdleWarning: 2 * time.Second, SessionsPerTeammate: 3,
		}},
		"a grace of when tickets were shorter": {`{"grace_ms":5000}`, seats.Config{
			Revision: 1, Status: seats.Active, Cap: 4, Overage: seats.OverageNone, Grace: 21 * time.Second, Waitlist: true,
			HandOver: seats.HandOverAnyone, OnShrink: seats.ShrinkDrain, IdleWarning: 30 * time.Second, SessionsPerTeammate: 10,
		}},
	} {
		u := truth{dir: records(t, tc.policy), grace: 30 * time.Second, minGrace: 21 * time.Second}
		got, _, err := u.Config(t.Context(), "lic", 0)
		if d := cmp.Diff(tc.want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, d)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// next opens the license, on an engine of its own to see that it can.
func next(t *testing.T, u truth) seats.Open {
	t.Helper()
	o, err := u.NextGeneration(t.Context(), "lic", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = seatsmem.New(seatsmem.Options{}).Do(t.Context(), seats.Batch{License: "lic", Commands: []seats.Command{o}})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOpeningOfAnEngineThatOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	u := truth{dir: records(t, `{}`), grace: 30 * time.Second, window: 35 * time.Second}
	if o := next(t, u); o.Generation != 1 || o.Window != 0 || len(o.Cooldowns) != 0 {
		t.Errorf("the first: %+v", o)
	}
	now := time.Now().Truncate(time.Millisecond).UTC()
	_, err := u.dir.By(commandLine()).RecordFrees(t.Context(), "lic", []directory.Freeing{
		{Teammate: "tm_ann", Fence: 1, Until: now.Add(3 * time.Minute)}, {Teammate: "tm_ann", Fence: 5, Until: now.Add(time.Minute)},
		{Teammate: "tm_bob", Fence: 2, Until: now.Add(time.Minute)}, {Teammate: "tm_bob", Fence: 3, Until: now.Add(2 * time.Minute)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := seats.Open{
		Generation: 2, Window: 35 * time.Second, Kept: seats.Kept{Grace: 30 * time.Second},
		Cooldowns: []seats.Cooldown{{Teammate: "tm_ann", Fence: 5, Until: now.Add(3 * time.Minute)}, {Teammate: "tm_bob", Fence: 3, Until: now.Add(2 * time.Minute)}},
	}
	if d := cmp.Diff(want, next(t, u)); d != "" {
		t.Error(d)
	}
}

func TestOpeningOfAnEngineThatForgetsWithTheProcess(t *testing.T) {
	t.Parallel()
	u := truth{dir: records(t, `{"grace_ms":45000}`), grace: 30 * time.Second, window: 20 * time.Second, keeper: "one"}
	if o := next(t, u); o.Generation != 1 || o.Window != 0 {
		t.Errorf("the first: %+v", o)
	}
	since := time.Now().Truncate(time.Millisecond).UTC()
	holder := seats.Holder{Teammate: "tm_ann", Name: "Ann", Administrator: true, Number: 2, Since: since, Overage: true, Via: seats.ViaWaitlist, Routing: seats.NotAcceptingChats}
	waiter := seats.Waiter{Teammate: "tm_bob", Name: "Bob", Since: since}
	live, line := holder, waiter
	live.Fence, live.Sessions, live.IdleSince, line.Turn = 1_000_000_001, 2, since, 1_000_000_001 // end with the process
	err := u.dir.SaveBoards(t.Context(), "one", savedBoards([]seatsmem.Saved{{License: "lic", Generation: 1, Holders: []seats.Holder{live}, Waiters: []seats.Waiter{line}}}))
	if err != nil {
		t.Fatal(err)
	}
	want := seats.Open{
		Generation: 2, Window: 20 * time.Second,
		Kept: seats.Kept{Grace: 45 * time.Second, Holders: []seats.Holder{holder}, Waiters: []seats.Waiter{waiter}},
	}
	u.keeper = "two"
	if d := cmp.Diff(want, next(t, u)); d != "" {
		t.Errorf("after a crash: %s", d)
	}
	if err := u.dir.CompleteBoards(t.Context(), "two"); err != nil {
		t.Fatal(err)
	}
	u.keeper, want.Generation, want.Window = "three", 3, 0
	if d := cmp.Diff(want, next(t, u)); d != "" {
		t.Errorf("after a stop: %s", d)
	}
}

// A field of the engine's configuration that no policy reaches would stay as it is for ever.
func TestEveryFieldOfTheConfigIsSet(t *testing.T) {
	t.Parallel()
	u := truth{grace: time.Second}
	var p directory.Policy
	if err := json.Unmarshal([]byte(`{"reserved":{"administrators":2},"administrators_first":true,"idle_after_ms":600000}`), &p); err != nil {
		t.Fatal(err)
	}
	c := reflect.ValueOf(u.config(directory.License{Revision: 1, Status: directory.Active, Cap: 1, Policy: p}))
	for i := range c.NumField() {
		if c.Field(i).IsZero() {
			t.Errorf("%s is not set", c.Type().Field(i).Name)
		}
	}
}
