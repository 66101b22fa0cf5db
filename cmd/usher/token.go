package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"usher/internal/auth"
	"usher/internal/database"
	"usher/internal/directory"
)

type tokenCommand struct {
	storage
	identity
	License  string        `required:"" help:"The license's id." placeholder:"ID"`
	Teammate string        `required:"" help:"The teammate's id." placeholder:"ID"`
	TTL      time.Duration `name:"ttl" default:"1h" help:"How long the token lives: 1s to 720h."`
}

// Run prints a token for a teammate that there is.
func (c *tokenCommand) Run(ctx context.Context, io streams) error {
	if c.TTL < time.Second || c.TTL > 30*24*time.Hour {
		return fmt.Errorf("--ttl is %s, want 1s to 720h", c.TTL)
	}
	dir, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	if _, _, err := dir.Profile(ctx, c.License, c.Teammate); err != nil {
		return err
	}
	secret, err := c.secret(c.DataDir)
	if err != nil {
		return err
	}
	authority, err := c.authority(ctx, secret, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer authority.Close()
	token, _, err := authority.Issue(c.License, c.Teammate, c.TTL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(io.out, token)
	return err
}

// open opens the directory beside a server that may be using it.
func (s *storage) open(ctx context.Context) (dir *directory.Directory, done func(), err error) {
	db, err := database.Open(ctx, database.Options{Dir: s.DataDir})
	if err != nil {
		return nil, nil, err
	}
	return directory.New(db, directory.Options{}), func() { _ = db.Close() }, nil
}

func (i *identity) authority(ctx context.Context, secret []byte, log *slog.Logger) (*auth.Authority, error) {
	return auth.New(ctx, auth.Options{
		Secret: secret, Issuer: i.JWTIssuer, Audience: i.JWTAudience, JWKSURL: i.JWKSURL, Log: log,
	})
}
