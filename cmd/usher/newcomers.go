package main

import (
	"context"
	"log/slog"

	"usher/internal/audit"
	"usher/internal/auth"
	"usher/internal/directory"
)

// newcomers has those join on first sight for whom an external issuer vouches, on licenses whose policy allows that.
type newcomers struct {
	*auth.Authority

	dir *directory.Directory
	log *slog.Logger
}

// Verify is [auth.Authority.Verify]. Who can't join is still nobody: it is for the caller to say so, as of anybody who is not on the license.
func (n newcomers) Verify(ctx context.Context, token string) (auth.Claims, error) {
	c, err := n.Authority.Verify(ctx, token)
	if err != nil || c.External == nil {
		return c, err
	}
	if _, _, err := n.dir.Profile(ctx, c.License, c.Teammate); directory.CodeOf(err) != directory.NotFound {
		return c, nil
	}
	self := n.dir.By(audit.Actor{Kind: audit.Teammate, ID: c.Teammate})
	_, err = self.FirstSight(ctx, c.License, directory.NewTeammate{ID: c.Teammate, Email: c.External.Email, Name: c.External.Name})
	switch directory.CodeOf(err) {
	case directory.NotFound, directory.IDTaken: // the policy does not allow it, or they were removed, or another node was faster
	default:
		if err != nil {
			n.log.WarnContext(ctx, "a teammate can't join on first sight", "license", c.License, "teammate", c.Teammate, "error", err)
		} else {
			n.log.InfoContext(ctx, "a teammate joined on first sight", "license", c.License, "teammate", c.Teammate)
		}
	}
	return c, nil
}
