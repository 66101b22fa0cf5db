package directory

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"usher/internal/audit"
)

// Partner is who creates licenses for customers.
type Partner struct {
	ID    string
	Name  string // unique
	Email string // for notices
}

// EnsurePartner returns the partner of a name, made when there is none. The address becomes the partner's.
// Errors: [Invalid].
func (d Acting) EnsurePartner(ctx context.Context, name, email string) (p Partner, err error) {
	name, err = checkName("partner", name)
	if err != nil {
		return Partner{}, err
	}
	if email, err = checkEmail(email); err != nil {
		return Partner{}, err
	}
	id, err := d.newID("par_")
	if err != nil {
		return Partner{}, err
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		created, err := changed(tx.ExecContext(ctx, `INSERT INTO partners (id, name, email, created_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (name) DO NOTHING`, id, name, email, d.nowMS()))
		if err != nil {
			return err
		}
		if created {
			p = Partner{ID: id, Name: name, Email: email}
			return d.tellPartner(ctx, tx, id, audit.Deed{Action: audit.PartnerCreated, Subject: id, Detail: map[string]any{"name": name, "email": email}})
		}
		if p, err = holdPartner(ctx, tx, name); err != nil || p.Email == email {
			return err
		}
		c := changes{}
		differ(c, "email", p.Email, email)
		p.Email = email
		if _, err := tx.ExecContext(ctx, `UPDATE partners SET email = $2 WHERE id = $1`, p.ID, email); err != nil {
			return err
		}
		return d.tellPartner(ctx, tx, p.ID, audit.Deed{Action: audit.PartnerChanged, Subject: p.ID, Detail: c})
	})
	return p, err
}

// holdPartner reads a partner by the name, and keeps others from changing them until the transaction ends.
func holdPartner(ctx context.Context, tx *sql.Tx, name string) (p Partner, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE partners SET name = name WHERE name = $1 RETURNING id, name, email`, name).Scan(&p.ID, &p.Name, &p.Email)
	return p, err
}

// APIKey is what is kept of a partner's API key. Its secret is not.
type APIKey struct {
	ID       string
	Partner  string
	Prefix   string // names the key in lists, and finds it
	Created  time.Time
	LastUsed time.Time // to the minute; zero: never
	Revoked  time.Time // zero: in force
}

const apiKeyColumns = `id, partner, prefix, created_at, last_used_at, revoked_at`

func scanAPIKey(row scanner) (APIKey, error) {
	var (
		k                 APIKey
		created           int64
		lastUsed, revoked sql.NullInt64
	)
	err := row.Scan(&k.ID, &k.Partner, &k.Prefix, &created, &lastUsed, &revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return APIKey{}, notFound("api_key")
	}
	k.Created, k.LastUsed, k.Revoked = fromMS(created), fromNullMS(lastUsed), fromNullMS(revoked)
	return k, err
}

// AddAPIKey stores a key of a partner: its prefix and the SHA-256 of all of it. Storing a key that is in force
// already does nothing, so that a key that is kept elsewhere can be stored at every start.
// Errors: [IDTaken] when the prefix is another key's, or a revoked one's; [Invalid].
func (d Acting) AddAPIKey(ctx context.Context, partner, prefix string, hash []byte) (k APIKey, err error) {
	if len(hash) != 32 {
		return APIKey{}, invalid("hash", "must be a SHA-256")
	}
	if err := checkID("prefix", prefix); err != nil {
		return APIKey{}, err
	}
	id, err := d.newID("key_")
	if err != nil {
		return APIKey{}, err
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		created, err := changed(tx.ExecContext(ctx, `INSERT INTO api_keys (id, partner, prefix, hash, created_at)
				VALUES ($1, $2, $3, $4, $5) ON CONFLICT (prefix) DO NOTHING`,
			id, partner, prefix, hex.EncodeToString(hash), d.nowMS()))
		if err != nil {
			return err
		}
		if created {
			err := d.tellPartner(ctx, tx, partner, audit.Deed{Action: audit.KeyCreated, Subject: id, Detail: map[string]any{"prefix": prefix}})
			if err != nil {
				return err
			}
		}
		var stored string
		if k, stored, err = readAPIKey(ctx, tx, prefix); err != nil {
			return err
		}
		if k.Partner != partner || !k.Revoked.IsZero() || !sameHash(stored, hash) {
			return &Error{Code: IDTaken, Field: "prefix", Reason: "another key has or had this prefix"}
		}
		return nil
	})
	return k, err
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

// AuthenticateAPIKey returns the partner whose key in force has the prefix and the hash.
// Errors: [NotFound], whatever is wrong with the key.
func (d *Directory) AuthenticateAPIKey(ctx context.Context, prefix string, hash []byte) (p Partner, err error) {
	var k APIKey
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
		return Partner{}, err
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
	return p, nil
}

// APIKeys returns the keys of a partner, oldest first, revoked ones too.
func (d *Directory) APIKeys(ctx context.Context, partner string) (keys []APIKey, err error) {
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		keys, err = collect(ctx, tx, scanAPIKey, `SELECT `+apiKeyColumns+` FROM api_keys WHERE partner = $1 ORDER BY id`, partner)
		return err
	})
	return keys, err
}

// RevokeAPIKey ends a key of a partner for good. Done again, it changes nothing. Errors: [NotFound].
func (d Acting) RevokeAPIKey(ctx context.Context, partner, id string) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		k, err := scanAPIKey(tx.QueryRowContext(ctx, `UPDATE api_keys SET prefix = prefix
			WHERE partner = $1 AND id = $2 RETURNING `+apiKeyColumns, partner, id))
		if err != nil || !k.Revoked.IsZero() {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE api_keys SET revoked_at = $2 WHERE id = $1`, id, d.nowMS()); err != nil {
			return err
		}
		return d.tellPartner(ctx, tx, partner, audit.Deed{Action: audit.KeyRevoked, Subject: id, Detail: map[string]any{"prefix": k.Prefix}})
	})
}
