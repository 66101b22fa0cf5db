package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"usher/internal/auth"
	"usher/internal/directory"
)

type keyCommand struct {
	List   keyListCommand   `cmd:"" help:"List the keys that access tokens and seat tickets are signed with."`
	Rotate keyRotateCommand `cmd:"" help:"Have another key sign access tokens and seat tickets: in ten minutes, or at once with --now."`
}

type keyListCommand struct{ storage }

// Help is shown by usher key list --help.
func (keyListCommand) Help() string {
	return `Shows each key's id, which is the kid in tokens, in tickets and in /.well-known/jwks.json, and what it does:

  waits       is published already, so that backends know it in time
  signs       is what tokens and tickets are signed with now
  superseded  signs no more, and is removed when the last token that it signed may have
              ended, after thirty days; until then it is published

Only public facts are shown. The private keys are sealed with the servers' secret, which is not needed here.`
}

// Run prints a table on standard output, oldest key first.
func (c *keyListCommand) Run(ctx context.Context, io streams) error {
	dir, done, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer done()
	keys, err := dir.SigningKeys(ctx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		io.sayf("There are no keys yet: the first server that starts makes one.\n")
		return nil
	}
	table := tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
	lines := []string{"KEY\tCREATED\tSIGNS FROM\tSTATE"}
	for i, state := range keyStates(keys, time.Now()) {
		k := keys[i]
		lines = append(lines, strings.Join([]string{k.ID, k.Created.Format(time.RFC3339), k.UseFrom.Format(time.RFC3339), state}, "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(lines, "\n")); err != nil {
		return err
	}
	return table.Flush()
}

// keyStates tells what each key does, in the order of the keys.
func keyStates(keys []directory.SigningKey, now time.Time) []string {
	signs := 0 // also where its time has not come: somebody has to
	for i, k := range keys {
		if !k.UseFrom.After(now) {
			signs = i
		}
	}
	states := make([]string, len(keys))
	for i := range keys {
		switch {
		case i < signs:
			states[i] = "superseded"
		case i == signs:
			states[i] = "signs"
		default:
			states[i] = "waits"
		}
	}
	return states
}

type keyRotateCommand struct {
	storage
	secrecy

	Now bool `env:"-" help:"A key may be known to others: sign with the new one at once, and refuse all tokens and tickets of the keys before."`
}

// Help is shown by usher key rotate --help.
func (keyRotateCommand) Help() string {
	return `Makes a new key that signs access tokens and seat tickets, beside running servers, which need no restart. Servers do this by
themselves every --key-rotation (USHER_KEY_ROTATION); here it is for whoever does not want to wait for that.

The new key is published in /.well-known/jwks.json within a minute and signs after ten, so that every backend
knows it by then. The key before it is published until what it signed has ended: nobody notices. While a key
waits to sign, none is made, and its id is printed.

With --now the new key signs at once and all others are gone. Each server follows within a minute, and from then
on refuses what the old keys signed: everybody logs in again, or gets another token with a refresh token. A backend that keeps the key set for the five minutes that it may will, for up
to six minutes, take tickets of the old keys, and refuse those of the new one unless it fetches the set for them.

If the servers' secret has become known as well, change that first: set the new one, start the servers anew, then
run this with the new one and --now.

The secret is the servers': USHER_JWT_SECRET, USHER_JWT_SECRET_FILE, or what demo keeps in the data directory.`
}

// Run prints the new key's id on standard output, and nothing else there.
func (c *keyRotateCommand) Run(ctx context.Context, io streams) error {
	dir, done, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer done()
	secret, err := c.secret(c.DataDir)
	if err != nil {
		return err
	}
	key, err := auth.RotateKeys(ctx, auth.KeysOptions{Secret: secret, Store: signingKeys{dir}}, c.Now)
	if errors.Is(err, auth.ErrSealed) {
		return fmt.Errorf("%w: give the one that the servers have", err)
	}
	if err != nil {
		return err
	}
	if wait := time.Until(key.UseFrom); wait > 0 {
		io.sayf("This key signs from %s on.\n", key.UseFrom.Format(time.RFC3339))
	} else {
		io.sayf("This key signs from now on; servers that run follow within a minute.\n")
	}
	_, err = fmt.Fprintln(io.out, key.ID)
	return err
}
