package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"usher/internal/directory"
)

// creating is the directory for a change that makes something: once, where the caller gave a key.
func (s *Server) creating(ctx context.Context, key *string, what string, body any) (directory.Acting, error) {
	if value(key) == "" {
		return s.acting(ctx), nil
	}
	asked, err := json.Marshal(body)
	if err != nil {
		return directory.Acting{}, err
	}
	who := callerOf(ctx)
	caller := who.own.ID + "/" + who.teammateID()
	if who.partner != nil {
		caller = who.partner.ID
	}
	hash := sha256.Sum256(append([]byte(what+"\n"), asked...))
	return s.acting(ctx).Once(directory.Once{Caller: caller, Key: *key, Fingerprint: hex.EncodeToString(hash[:])}), nil
}
