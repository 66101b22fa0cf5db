package directory

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"usher/internal/audit"
)

// Scope is something that an API key may be used for.
type Scope string

// The scopes of an API key.
const (
	ScopeRead   Scope = "read"   // look at the partner's licenses
	ScopeWrite  Scope = "write"  // change them
	ScopeTokens Scope = "tokens" // issue access tokens for teammates, and ask about seat tickets
	ScopeKeys   Scope = "keys"   // manage API keys
)

// AllScopes are all that there are, in order.
func AllScopes() []Scope { return []Scope{ScopeRead, ScopeWrite, ScopeTokens, ScopeKeys} }

// MaxAPIKeys is how many keys in force a partner may have.
const MaxAPIKeys = 100

// APIKey is what is kept of a partner's API key. Its secret is not.
type APIKey struct {
	ID       string
	Partner  string
	Name     string // what its owner calls it; or ""
	Scopes   []Scope
	Prefix   string // names the key in lists, and finds it
	Created  time.Time
	LastUsed time.Time // to the minute; zero: never
	Revoked  time.Time // zero: in force
}

const apiKeyColumns = `id, partner, name, scopes, prefix, created_at, last_used_at, revoked_at`

func scanAPIKey(row scanner) (APIKey, error) {
	var (
		k                 APIKey
		scopes            string
		created           int64
		lastUsed, revoked sql.NullInt64
	)
	err := row.Scan(&k.ID, &k.Partner, &k.Name, &scopes, &k.Prefix, &created, &lastUsed, &revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return APIKey{}, notFound("api_key")
	}
	for scope := range strings.FieldsSeq(scopes) {
		k.Scopes = append(k.Scopes, Scope(scope))
	}
	k.Created, k.LastUsed, k.Revoked = fromMS(created), fromNullMS(lastUsed), fromNullMS(revoked)
	return k, err
}

// NewAPIKey is a key to be stored: not itself, but what finds and proves it.
type NewAPIKey struct {
	Prefix string
	Hash   []byte  // SHA-256 of the whole key
	Name   string  // "": none
	Scopes []Scope // none: all
}

// checkScopes returns scopes in order, each once. Errors: [Invalid].
func checkScopes(scopes []Scope) ([]Scope, error) {
	if len(scopes) == 0 {
		return AllScopes(), nil
	}
	for _, s := range scopes {
		if !slices.Contains(AllScopes(), s) {
			return nil, invalid("scopes", "must be of read, write, tokens and keys")
		}
	}
	return slices.DeleteFunc(AllScopes(), func(s Scope) bool { return !slices.Contains(scopes, s) }), nil
}

// AddAPIKey stores a key of a partner. Storing one that is in force already does nothing, so that a key that is kept elsewhere
// can be stored at every start. Errors: [IDTaken] when the prefix is another key's, or a revoked one's; [TooMany]; [Invalid].
func (d Acting) AddAPIKey(ctx context.Context, partner string, n NewAPIKey) (k APIKey, err error) {
	if len(n.Hash) != 32 {
		return APIKey{}, invalid("hash", "must be a SHA-256")
	}
	if err := checkID("prefix", n.Prefix); err != nil {
		return APIKey{}, err
	}
	if n.Name != "" {
		if n.Name, err = checkName("name", n.Name); err != nil {
			return APIKey{}, err
		}
	}
	if n.Scopes, err = checkScopes(n.Scopes); err != nil {
		return APIKey{}, err
	}
	id, err := d.newID("key_")
	if err != nil {
		return APIKey{}, err
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		k, err = d.addAPIKey(ctx, tx, partner, id, n)
		return err
	})
	return k, err
}

func (d Acting) addAPIKey(ctx context.Context, tx *sql.Tx, partner, id string, n NewAPIKey) (APIKey, error) {
	k, stored, err := readAPIKey(ctx, tx, n.Prefix)
	switch {
	case err == nil:
		if k.Partner != partner || !k.Revoked.IsZero() || !sameHash(stored, n.Hash) {
			return k, &Error{Code: IDTaken, Field: "prefix", Reason: "another key has or had this prefix"}
		}
		return k, nil
	case CodeOf(err) != NotFound:
		return k, err
	}
	// Held, so that no two make one too many.
	if _, err := tx.ExecContext(ctx, `UPDATE partners SET name = name WHERE id = $1`, partner); err != nil {
		return k, err
	}
	var have int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM api_keys WHERE partner = $1 AND revoked_at IS NULL`, partner).Scan(&have); err != nil {
		return k, err
	}
	if have >= MaxAPIKeys {
		return k, &Error{Code: TooMany, Field: "api_keys", Reason: "there are as many keys in force as may be: revoke one first"}
	}
	created, err := changed(tx.ExecContext(ctx, `INSERT INTO api_keys (id, partner, name, scopes, prefix, hash, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (prefix) DO NOTHING`,
		id, partner, n.Name, joinScopes(n.Scopes), n.Prefix, hex.EncodeToString(n.Hash), d.nowMS()))
	if err != nil {
		return k, err
	}
	if !created {
		return k, &Error{Code: IDTaken, Field: "prefix", Reason: "another key has this prefix"}
	}
	if k, _, err = readAPIKey(ctx, tx, n.Prefix); err != nil {
		return k, err
	}
	return k, d.tellPartner(ctx, tx, partner, audit.Deed{Action: audit.KeyCreated, Subject: id, Detail: map[string]any{
		"prefix": n.Prefix, "name": n.Name, "scopes": n.Scopes,
	}})
}

func joinScopes(scopes []Scope) string {
	all := make([]string, len(scopes))
	for i, s := range scopes {
		all[i] = string(s)
	}
	return strings.Join(all, " ")
}

func readAPIKey(ctx context.Context, tx *sql.Tx, prefix string) (k APIKey, hash string, err error) {
	k, err = scanAPIKey(tx.QueryRowContext(ctx, `SELECT `+apiKeyColumns+` FROM api_keys WHERE prefix = $1`, prefix))
	if err != nil {
		return APIKey{}, "", err
	}
	err = tx.QueryRowContext(ctx, `SELECT hash FROM api_keys WHERE prefix = $1`, prefix).Scan(&hash)
	return k, hash, err
}

// sameHash compares in a time that does not tell how much was right.
func sameHash(stored string, hash []byte) bool {
	return subtle.ConstantTimeCompare([]byte(stored), []byte(hex.EncodeToString(hash))) == 1
}

// lastUsedEvery is how exactly the last use of a key is kept: a key in steady use costs one write in that time.
const lastUsedEvery = time.Minute

// lastUsedWait is how long an answer may be held up by it.
const lastUsedWait = time.Second

// AuthenticateAPIKey returns the key in force that has the prefix and the hash, and its partner.
// Errors: [NotFound], whatever is wrong with the key.
func (d *Directory) AuthenticateAPIKey(ctx context.Context, prefix string, hash []byte) (p Partner, k APIKey, err error) {
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		var stored string
		if k, stored, err = readAPIKey(ctx, tx, prefix); err != nil {
			return err
		}
		if !sameHash(stored, hash) || !k.Revoked.IsZero() {
			return notFound("api_key")
		}
		return tx.QueryRowContext(ctx, `SELECT id, name, email FROM partners WHERE id = $1`, k.Partner).Scan(&p.ID, &p.Name, &p.Email)
	})
	if err != nil {
		return Partner{}, APIKey{}, err
	}
	if now := d.now(); now.Sub(k.LastUsed) >= lastUsedEvery {
		// The answer does not hang on it: a key is good while the database can only be read, or has much to write.
		ctx, cancel := context.WithTimeout(ctx, lastUsedWait)
		defer cancel()
		_ = d.db.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE api_keys SET last_used_at = $2 WHERE id = $1`, k.ID, now.UnixMilli())
			return err
		})
	}
	return p, k, nil
}

// APIKeys returns the keys of a partner, oldest first, revoked ones too.
func (d *Directory) APIKeys(ctx context.Context, partner string) (keys []APIKey, err error) {
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		keys, err = collect(ctx, tx, scanAPIKey, `SELECT `+apiKeyColumns+` FROM api_keys WHERE partner = $1 ORDER BY id`, partner)
		return err
	})
	return keys, err
}

// RevokeAPIKey ends a key of a partner for good, and returns it. Done again, it changes nothing. Errors: [NotFound].
func (d Acting) RevokeAPIKey(ctx context.Context, partner, id string) (k APIKey, err error) {
	if !idShaped(id) {
		return APIKey{}, notFound("api_key")
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		k, err = scanAPIKey(tx.QueryRowContext(ctx, `UPDATE api_keys SET prefix = prefix
			WHERE partner = $1 AND id = $2 RETURNING `+apiKeyColumns, partner, id))
		if err != nil || !k.Revoked.IsZero() {
			return err
		}
		k.Revoked = fromMS(d.nowMS())
		if _, err := tx.ExecContext(ctx, `UPDATE api_keys SET revoked_at = $2 WHERE id = $1`, id, k.Revoked.UnixMilli()); err != nil {
			return err
		}
		return d.tellPartner(ctx, tx, partner, audit.Deed{Action: audit.KeyRevoked, Subject: id, Detail: map[string]any{"prefix": k.Prefix}})
	})
	return k, err
}
