package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"usher/gateway"
	"usher/internal/directory"
	"usher/seats"
)

// truth is the directory as the engine and the gateway read it.
type truth struct {
	dir      *directory.Directory
	grace    time.Duration // where a policy has none
	minGrace time.Duration // the shortest that any may have
	keeper   string        // this process, where its engine forgets with it; else ""
	window   time.Duration // how long nodes claim, or old tickets live, where an earlier generation was not seen to end
}

var _ gateway.Records = truth{}

func (t truth) Config(ctx context.Context, id seats.LicenseID, since seats.Revision) (seats.Config, []seats.Member, error) {
	l, changed, err := t.dir.ChangedSince(ctx, string(id), int64(since))
	if err != nil {
		return seats.Config{}, nil, asTruth(err)
	}
	members := make([]seats.Member, len(changed))
	for i, m := range changed {
		members[i] = member(m)
	}
	return t.config(l), members, nil
}

func (t truth) Member(ctx context.Context, id seats.LicenseID, teammate seats.TeammateID) (seats.Member, seats.Revision, error) {
	l, m, err := t.dir.Profile(ctx, string(id), string(teammate))
	return member(m), seats.Revision(l.Revision), asTruth(err)
}

func (t truth) NextGeneration(ctx context.Context, id seats.LicenseID, after seats.Generation) (seats.Open, error) {
	o, err := t.dir.NextGeneration(ctx, string(id), int64(after), t.keeper)
	if err != nil {
		return seats.Open{}, asTruth(err)
	}
	open := seats.Open{
		Generation: seats.Generation(o.License.Generation), Cooldowns: longest(o.Cooldowns), Kept: kept(o.Kept, t.graceOf(o.License)),
	}
	if !o.Complete {
		open.Window = t.window
	}
	return open, nil
}

// longest are the cooldowns of the engine, which knows one of each teammate: the longest, and the highest fence, as an
// engine that saw one free after the other has it. They come by teammate and fence.
func longest(cs []directory.Cooldown) []seats.Cooldown {
	var all []seats.Cooldown
	for _, c := range cs {
		who := seats.TeammateID(c.Teammate)
		if len(all) == 0 || all[len(all)-1].Teammate != who {
			all = append(all, seats.Cooldown{Teammate: who})
		}
		last := &all[len(all)-1]
		last.Fence = seats.Fence(c.Fence)
		if c.Until.After(last.Until) {
			last.Until = c.Until
		}
	}
	return all
}

func (t truth) Profile(ctx context.Context, id seats.LicenseID, teammate seats.TeammateID) (gateway.Profile, error) {
	l, m, err := t.dir.Profile(ctx, string(id), string(teammate))
	if err != nil {
		return gateway.Profile{}, asTruth(err)
	}
	license := t.license(l)
	return gateway.Profile{License: &license, Member: member(m), Choice: choice(m.Choice)}, nil
}

func (t truth) License(ctx context.Context, id seats.LicenseID) (gateway.License, error) {
	l, err := t.dir.License(ctx, string(id))
	if err != nil {
		return gateway.License{}, asTruth(err)
	}
	return t.license(l), nil
}

func (t truth) Revisions(ctx context.Context, ids []seats.LicenseID) (map[seats.LicenseID]seats.Revision, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	found, err := t.dir.Revisions(ctx, names)
	if err != nil {
		return nil, err
	}
	revisions := make(map[seats.LicenseID]seats.Revision, len(found))
	for id, r := range found {
		revisions[seats.LicenseID(id)] = seats.Revision(r)
	}
	return revisions, nil
}

func (t truth) license(l directory.License) gateway.License {
	return gateway.License{ID: seats.LicenseID(l.ID), Name: l.Name, Config: t.config(l)}
}

func (t truth) config(l directory.License) seats.Config {
	r := l.Policy.Rules()
	return seats.Config{
		Revision: seats.Revision(l.Revision),
		Status:   seats.Status(l.Status),
		Cap:      l.Cap,
		Overage:  seats.Overage(r.Overage),
		Grace:    t.graceOf(l),

		ReservedAdministrators: r.ReservedAdministrators,
		AdministratorsFirst:    r.AdministratorsFirst,
		Waitlist:               r.Waitlist,

		HandOver: seats.HandOverPolicy(r.HandOver),
		OnShrink: seats.ShrinkPolicy(r.OnShrink),

		IdleAfter:   r.IdleAfter,
		IdleWarning: r.IdleWarning,

		SessionsPerTeammate: r.SessionsPerTeammate,
	}
}

// graceOf is a license's grace. A policy may have been set while tickets lived for a shorter time than they do now:
// a seat must outlast them all the same.
func (t truth) graceOf(l directory.License) time.Duration {
	return max(cmp.Or(l.Policy.Rules().Grace, t.grace), t.minGrace)
}

func member(m directory.Teammate) seats.Member {
	return seats.Member{
		Teammate: seats.TeammateID(m.ID), Name: m.Name, Operator: m.Operator, Administrator: m.Administrator,
	}
}

// asTruth says in seats' words that there is no such license or teammate.
func asTruth(err error) error {
	if directory.CodeOf(err) != directory.NotFound {
		return err
	}
	if directory.FieldOf(err) == "teammate" {
		return fmt.Errorf("%w: %w", seats.ErrNoTeammate, err)
	}
	return fmt.Errorf("%w: %w", seats.ErrNoLicense, err)
}
