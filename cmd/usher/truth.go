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

func (t truth) NextGeneration(ctx context.Context, id seats.LicenseID, after seats.Generation) (seats.Generation, []seats.Cooldown, error) {
	next, running, err := t.dir.NextGeneration(ctx, string(id), int64(after))
	if err != nil {
		return 0, nil, asTruth(err)
	}
	// One teammate may have been freed more than once; the longest counts.
	last := map[seats.TeammateID]time.Time{}
	for _, c := range running {
		if who := seats.TeammateID(c.Teammate); c.Until.After(last[who]) {
			last[who] = c.Until
		}
	}
	var cooldowns []seats.Cooldown
	for who, until := range last {
		cooldowns = append(cooldowns, seats.Cooldown{Teammate: who, Until: until})
	}
	return seats.Generation(next), cooldowns, nil
}

func (t truth) Profile(ctx context.Context, id seats.LicenseID, teammate seats.TeammateID) (gateway.Profile, error) {
	l, m, err := t.dir.Profile(ctx, string(id), string(teammate))
	if err != nil {
		return gateway.Profile{}, asTruth(err)
	}
	return gateway.Profile{License: t.license(l), Member: member(m)}, nil
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
