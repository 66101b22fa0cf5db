package presencetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"usher/presence"
)

// batches: what holds for a batch as a whole.
var batches = []promise{
	{"AnInvalidBatchDoesNothing", invalidBatch},
	{"Promise4_ALateBatchDoesNothing", lateBatch},
	{"AContextThatIsOverIsUnavailable", contextOver},
	{"CommandsThatComeTogetherMakeOneChange", oneChange},
	{"WhatChangedBackDidNotChange", changedBack},
	{"LicensesAreApart", licensesApart},
}

func invalidBatch(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	before := s.roster()
	noNode := s.batch(arrive("ann"))
	noNode.Node = ""
	long := arrive("ann")
	long.Device = strings.Repeat("x", presence.MaxDeviceBytes+1)
	early := arrive("ann")
	early.Since = time.Unix(-1, 0)
	chosen := arrive("ann")
	chosen.Choice = presence.Choice{Number: 1, Status: presence.Offline}
	s.config.Revision = 2
	fleeting := s.config
	fleeting.Grace = time.Microsecond
	for name, b := range map[string]presence.Batch{
		"no license":          {Commands: []presence.Command{presence.Read{}}},
		"no node":             noNode,
		"open not first":      s.batch(presence.Read{}, presence.Open{Generation: 2, Config: s.config}),
		"generation 0":        s.batch(presence.Open{Config: s.config}),
		"no sequence number":  s.batch(presence.Arrive{Teammate: "ann", Session: "ses-ann"}),
		"resumes itself":      s.batch(resume("ann", "ses-1", "ses-1")),
		"a long device":       s.batch(long),
		"before 1970":         s.batch(early),
		"offline by choice":   s.batch(chosen),
		"an id with a brace":  s.batch(arrive("{ann}")),
		"no session":          s.batch(presence.Drop{Teammate: "ann"}),
		"a later invalid one": s.batch(arrive("ann"), presence.Depart{Teammate: "ann"}),
		"an unknown command":  s.batch(nil),
		"too many commands":   s.batch(make([]presence.Command, presence.MaxBatch+1)...),
		"a fleeting grace":    s.batch(presence.Configure{Config: fleeting}),
		"base after revision": s.batch(presence.Configure{Config: s.config, Base: 3}),
	} {
		if _, err := s.try(b); !errors.Is(err, presence.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, presence.ErrInvalid)
		}
	}
	equal(t, "roster", s.roster(), before)
}

func lateBatch(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.lease(nodeA, forever)
	late := func(c presence.Command) {
		t.Helper()
		b := s.batch(c)
		b.Deadline = s.now()
		if _, err := s.try(b); !errors.Is(err, presence.ErrLate) {
			t.Fatalf("Do(%+v): %v, want %v", c, err, presence.ErrLate)
		}
	}
	late(presence.Open{Generation: 1, Config: s.config}) // told before the license being unopened
	late(presence.Read{})
	s.opens(1, 0, "ann")
	late(arrive("ann"))
	s.sessions("ann")
	b := s.batch(arrive("ann"))
	b.Deadline = s.now().Add(time.Millisecond)
	present(t, s.send(b).Replies[0])
}

func contextOver(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Store.Do(ctx, s.batch()); !errors.Is(err, presence.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Do: %v, want unavailable for the context", err)
	}
	stop, err := s.Store.Watch(ctx, s.license, func(*presence.Change) {})
	if !errors.Is(err, presence.ErrUnavailable) {
		t.Errorf("Watch: %v, want unavailable", err)
	}
	if err == nil {
		stop()
	}
}

func oneChange(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob", "cid")
	s.enter("cid")
	version := s.do().Version
	out := s.do(
		arrive("bob"), arrive("ann"), presence.SetIdle{Teammate: "ann", Session: ses("ann"), Seq: 2, Idle: true},
		presence.Read{}, presence.Drop{Teammate: "cid", Session: ses("cid")},
	)
	change := s.change(out)
	equal(t, "from, version", [3]uint64{change.From, change.Version, out.Version}, [3]uint64{version, version + 1, version + 1})
	read := answered[presence.RosterRead](t, out.Replies[3]).Roster
	equal(t, "version that is read", read.Version, version)
	equal(t, "teammates", len(read.Entries), 3)
	equal(t, "ann, as read", read.Entries[0].Status, presence.Away)
	equal(t, "cid, as read", read.Entries[2].InGrace(), false)
	equal(t, "entries changed", change.Entries, s.roster().Entries)
}

func changedBack(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.quiet(s.do(presence.SetIdle{Teammate: "ann", Session: ses("ann"), Seq: 2, Idle: true},
		presence.SetIdle{Teammate: "ann", Session: ses("ann"), Seq: 3}))
	s.quiet(s.do(presence.Configure{Config: s.config, Whole: true, Members: []presence.Member{member("ann"), member("bob")}},
		presence.Configure{Config: s.config, Whole: true, Members: []presence.Member{member("ann")}}))
}

func licensesApart(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	other := *s
	other.license = NewLicense()
	other.opens(1, 0, "ann")
	s.enter("ann")
	other.sessions("ann")
	equal[presence.Reply](t, "reply", other.reply(arrive("ann")), presence.NoLease{})
	other.drop("ann")
	present(t, s.reply(arrive("ann"))) // it ended there
	s.sessions("ann", ses("ann"))
}
