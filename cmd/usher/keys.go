package main

import (
	"context"

	"usher/internal/auth"
	"usher/internal/directory"
)

// signingKeys is the directory as it keeps the tickets' keys.
type signingKeys struct{ dir *directory.Directory }

var _ auth.KeyStore = signingKeys{}

func (s signingKeys) SigningKeys(ctx context.Context) ([]auth.SigningKey, error) {
	keys, err := s.dir.SigningKeys(ctx)
	return keysTo[auth.SigningKey](keys), err
}

func (s signingKeys) ChangeSigningKeys(ctx context.Context, decide func([]auth.SigningKey) ([]auth.SigningKey, []string, error)) error {
	return s.dir.ChangeSigningKeys(ctx, func(have []directory.SigningKey) ([]directory.SigningKey, []string, error) {
		add, remove, err := decide(keysTo[auth.SigningKey](have))
		return keysTo[directory.SigningKey](add), remove, err
	})
}

// keysTo has keys in the words of the other side, which are the same ones.
func keysTo[To, From auth.SigningKey | directory.SigningKey](keys []From) []To {
	to := make([]To, len(keys))
	for i, k := range keys {
		to[i] = To(k)
	}
	return to
}
