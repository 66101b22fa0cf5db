package main

import (
	"context"
	"fmt"
	"time"

	"usher/internal/directory"
	"usher/presence"
)

var _ presence.Truth = truth{}

func (t truth) Roster(ctx context.Context, id presence.LicenseID, since presence.Revision) (presence.Changed, error) {
	l, changed, err := t.dir.ChangedSince(ctx, string(id), int64(since))
	if err != nil {
		return presence.Changed{}, asPresence(err)
	}
	c := presence.Changed{Config: presence.Config{
		Revision: presence.Revision(l.Revision), Grace: t.graceOf(l), SessionsPerTeammate: l.Policy.Rules().SessionsPerTeammate,
	}}
	for _, m := range changed {
		switch {
		case m.Removed.IsZero():
			c.Members = append(c.Members, presenceMember(m))
		case since > 0:
			c.Removed = append(c.Removed, presence.TeammateID(m.ID))
		}
	}
	return c, nil
}

func (t truth) NextEpoch(ctx context.Context, id presence.LicenseID, after presence.Generation) (presence.Generation, error) {
	g, err := t.dir.NextEpoch(ctx, string(id), int64(after))
	return presence.Generation(g), asPresence(err)
}

// Choose commits what a teammate chose, until then or, zero, until another choice, and returns it as it is kept. Errors:
// [presence.ErrInvalid], [presence.ErrNoLicense], [presence.ErrNoTeammate].
func (t truth) Choose(ctx context.Context, id presence.LicenseID, who presence.TeammateID, to presence.Intent, until time.Time) (presence.Choice, error) {
	c, err := t.dir.Choose(ctx, string(id), string(who), directory.Intent{Status: string(to.Status), Note: to.Note}, until)
	if err != nil {
		return presence.Choice{}, asPresence(err)
	}
	return choice(c), nil
}

// Seen commits when teammates were last here; what is earlier than what is known changes nothing.
func (t truth) Seen(ctx context.Context, id presence.LicenseID, seen map[presence.TeammateID]presence.Seen) error {
	all := make([]directory.LastSeen, 0, len(seen))
	for who, s := range seen {
		all = append(all, directory.LastSeen{Teammate: string(who), Seen: directory.Seen(s)})
	}
	return t.dir.Seen(ctx, string(id), all)
}

func presenceMember(m directory.Teammate) presence.Member {
	return presence.Member{
		Teammate: presence.TeammateID(m.ID), Name: m.Name, Operator: m.Operator, Administrator: m.Administrator,
		Choice: choice(m.Choice), Seen: presence.Seen(m.Seen),
	}
}

func choice(c directory.Choice) presence.Choice {
	return presence.Choice{
		Number: c.Number, Status: presence.Status(c.Status), Note: c.Note, Until: c.Until,
		Before: presence.Intent{Status: presence.Status(c.Before.Status), Note: c.Before.Note},
	}
}

// asPresence says in presence's words what the caller did wrong.
func asPresence(err error) error {
	switch directory.CodeOf(err) {
	case directory.NotFound:
		if directory.FieldOf(err) == "teammate" {
			return fmt.Errorf("%w: %w", presence.ErrNoTeammate, err)
		}
		return fmt.Errorf("%w: %w", presence.ErrNoLicense, err)
	case directory.Invalid:
		return fmt.Errorf("%w: %w", presence.ErrInvalid, err)
	}
	return err
}
