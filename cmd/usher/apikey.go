package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"usher/internal/auth"
	"usher/internal/directory"
)

type apikeyCommand struct {
	Create apikeyCreateCommand `cmd:"" help:"Make an API key for a partner, who is made if new. It is shown this once."`
}

type apikeyCreateCommand struct {
	storage
	Partner string            `required:"" help:"The partner's name." placeholder:"NAME"`
	Email   string            `required:"" help:"The address for the partner's notices." placeholder:"ADDRESS"`
	Name    string            `help:"What the key is called in lists." placeholder:"NAME"`
	Scopes  []directory.Scope `help:"What it may be used for: read, write, tokens, keys. Default: all of it." placeholder:"SCOPE"`
}

// Run prints the key on standard output, and nothing else there, so that it can go into a file.
func (c *apikeyCreateCommand) Run(ctx context.Context, io streams) error {
	dir, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	key, err := newAPIKey(ctx, dir.By(commandLine()), c.Partner, c.Email, directory.NewAPIKey{Name: c.Name, Scopes: c.Scopes})
	if err != nil {
		return err
	}
	io.sayf("The API key of %s, in %s. Keep it: only its hash is stored.\n", c.Partner, c.about())
	_, err = fmt.Fprintln(io.out, key)
	return err
}

func newAPIKey(ctx context.Context, dir directory.Acting, partner, email string, n directory.NewAPIKey) (string, error) {
	p, err := dir.EnsurePartner(ctx, partner, email)
	if err != nil {
		return "", err
	}
	key, err := auth.NewAPIKey(rand.Reader)
	if err != nil {
		return "", err
	}
	n.Prefix, n.Hash = key.Prefix, key.Hash
	if _, err := dir.AddAPIKey(ctx, p.ID, n); err != nil {
		return "", err
	}
	return key.Key, nil
}
