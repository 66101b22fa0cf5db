package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
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
	dir, done, err := c.openExisting(ctx)
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
	keys, err := auth.NewKeys(ctx, auth.KeysOptions{Secret: secret, Store: signingKeys{dir}})
	if err != nil {
		return err
	}
	defer keys.Close()
	authority, err := c.authority(ctx, secret, keys, slog.New(slog.DiscardHandler))
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

// openExisting opens a directory that is there. One that had to be made would have nobody in it: its name is mistyped.
func (s *storage) openExisting(ctx context.Context) (dir *directory.Directory, done func(), err error) {
	if err := s.mustExist(); err != nil {
		return nil, nil, err
	}
	return s.open(ctx)
}

// mustExist tells why there is no database in the data directory, or nil.
func (s *storage) mustExist() error {
	if s.DatabaseURL != "" { // its own name leads nowhere else
		return nil
	}
	_, err := os.Stat(filepath.Join(s.DataDir, database.FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s: name the server's data directory with --data-dir (USHER_DATA_DIR), or --database-url (USHER_DATABASE_URL)", s.dir())
	}
	if err != nil {
		return fmt.Errorf("--data-dir (USHER_DATA_DIR): %w", err)
	}
	return nil
}

// dir is the data directory, in full where that can be told.
func (s *storage) dir() string {
	if full, err := filepath.Abs(s.DataDir); err == nil {
		return full
	}
	return s.DataDir
}

// open opens the directory beside a server that may be using it, and makes one where there is none.
func (s *storage) open(ctx context.Context) (dir *directory.Directory, done func(), err error) {
	db, err := database.Open(ctx, s.options())
	if err != nil {
		return nil, nil, err
	}
	return directory.New(db, directory.Options{}), func() { _ = db.Close() }, nil
}

func (i *identity) authority(ctx context.Context, secret []byte, keys *auth.Keys, log *slog.Logger) (*auth.Authority, error) {
	return auth.New(ctx, auth.Options{
		Secret: secret, Keys: keys, Shared: i.JWTShared, Issuer: i.JWTIssuer, Audience: i.JWTAudience, JWKSURL: i.JWKSURL, Log: log,
	})
}
