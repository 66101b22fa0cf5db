package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"usher/internal/audit"
)

// Status of a license.
type Status string

// The statuses of a license.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Expired   Status = "expired"
)

// DefaultCurrency holds where a new license names none.
const DefaultCurrency = "USD"

// License is one customer's account.
type License struct {
	ID         string
	Partner    string // id of the partner that it belongs to
	Name       string
	Cap        int   // 0 to MaxCap
	PriceCents int64 // per seat, in hundredths of Currency
	Currency   string
	Policy     Policy
	Status     Status
	Revision   int64 // grows with every change; the first is 1
	Generation int64 // the last that was drawn; 0: none
	Created    time.Time
	Deleted    time.Time // zero: not deleted
	Expires    time.Time // when it ends by itself; zero: it does not
}

const licenseColumns = `id, partner, name, cap, price_cents, currency, policy, status, revision, generation, created_at, deleted_at, expires_at`

// licenseRow is a license as its columns have it.
type licenseRow struct {
	License

	policy  string
	created int64
	deleted sql.NullInt64
	expires sql.NullInt64
}

// dest is where licenseColumns go.
func (r *licenseRow) dest() []any {
	l := &r.License
	return []any{
		&l.ID, &l.Partner, &l.Name, &l.Cap, &l.PriceCents, &l.Currency, &r.policy, &l.Status, &l.Revision, &l.Generation, &r.created, &r.deleted,
		&r.expires,
	}
}

// license is what was scanned.
func (r *licenseRow) license() (l License, err error) {
	l = r.License
	l.Created, l.Deleted, l.Expires = fromMS(r.created), fromNullMS(r.deleted), fromNullMS(r.expires)
	l.Policy, err = policyFrom(r.policy)
	return l, err
}

func scanLicense(row scanner) (License, error) {
	var r licenseRow
	err := row.Scan(r.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		return License{}, notFound("license")
	}
	if err != nil {
		return License{}, err
	}
	return r.license()
}

const licenseQuery = `SELECT ` + licenseColumns + ` FROM licenses WHERE id = $1`

func readLicense(ctx context.Context, tx *sql.Tx, id string) (License, error) {
	if !idShaped(id) {
		return License{}, notFound("license")
	}
	return scanLicense(tx.QueryRowContext(ctx, licenseQuery, id))
}

// holdLicense reads a license and keeps others from changing it or its teammates until the transaction ends.
// The update that changes nothing is the portable way to take a row's lock.
func holdLicense(ctx context.Context, tx *sql.Tx, id string) (License, error) {
	if !idShaped(id) {
		return License{}, notFound("license")
	}
	return scanLicense(tx.QueryRowContext(ctx,
		`UPDATE licenses SET revision = revision WHERE id = $1 RETURNING `+licenseColumns, id))
}

// holdLiveLicense is holdLicense for what a deleted license refuses.
func holdLiveLicense(ctx context.Context, tx *sql.Tx, id string) (License, error) {
	l, err := holdLicense(ctx, tx, id)
	if err == nil && !l.Deleted.IsZero() {
		return l, &Error{Code: Deleted, Field: "license", Reason: "the license was deleted"}
	}
	return l, err
}

// bump gives a held license its next revision.
func bump(ctx context.Context, tx *sql.Tx, l *License) error {
	return tx.QueryRowContext(ctx, `UPDATE licenses SET revision = revision + 1 WHERE id = $1 RETURNING revision`, l.ID).
		Scan(&l.Revision)
}

// License returns a license, deleted ones too. Errors: [NotFound].
func (d *Directory) License(ctx context.Context, id string) (License, error) {
	if !idShaped(id) {
		return License{}, notFound("license")
	}
	var r licenseRow
	err := d.db.Row(ctx, licenseQuery, []any{id}, r.dest())
	if errors.Is(err, sql.ErrNoRows) {
		return License{}, notFound("license")
	}
	if err != nil {
		return License{}, err
	}
	return r.license()
}

// LicenseFilter is which licenses of a partner to list. Zero fields leave nothing out.
type LicenseFilter struct {
	Text   string // those alone whose name or id has it, in capitals or not
	Status Status
}

// Licenses returns the licenses of a partner, by id, without deleted ones. cursor is the Next of the page
// before, or "". Errors: [Invalid].
func (d *Directory) Licenses(ctx context.Context, partner string, f LicenseFilter, cursor string, limit int) (Page[License], error) {
	size, err := pageSize(limit)
	if err != nil {
		return Page[License]{}, err
	}
	after, err := decodeCursor(cursor)
	if err != nil {
		return Page[License]{}, err
	}
	if !utf8.ValidString(f.Text) || strings.ContainsFunc(f.Text, unicode.IsControl) {
		return Page[License]{}, invalid("q", "must be text without control characters")
	}
	var found []License
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		found, err = collect(ctx, tx, scanLicense, `SELECT `+licenseColumns+` FROM licenses
			WHERE partner = $1 AND id > $2 AND deleted_at IS NULL AND ($4 = '' OR status = $4) AND search_key LIKE $5 ESCAPE '!'
			ORDER BY id LIMIT $3`, partner, after, size+1, string(f.Status), "%"+literal.Replace(strings.ToLower(f.Text))+"%")
		return err
	})
	return pageOf(found, size, func(l License) string { return l.ID }), err
}

// LicenseChange is what to change of a license; nil fields stay.
type LicenseChange struct {
	Name       *string
	Cap        *int
	PriceCents *int64
	Currency   *string
	Policy     json.RawMessage // merged field by field; null unsets a field
	Status     *Status
	Expires    *time.Time // to the millisecond; the zero time: it does not end by itself any more
}

// ChangeLicense changes a license and returns it. When ifRevision is not empty the license must be at one of
// those revisions. Errors: [NotFound], [Deleted], [StaleRevision], [Invalid].
func (d Acting) ChangeLicense(ctx context.Context, id string, ifRevision []int64, c LicenseChange) (l License, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if l, err = holdLiveLicense(ctx, tx, id); err != nil {
			return err
		}
		if err := demandRevision(l, ifRevision); err != nil {
			return err
		}
		before := l
		if err := l.apply(c, d.minGrace); err != nil {
			return err
		}
		changed, err := l.save(ctx, tx, before)
		if err != nil || len(changed) == 0 {
			return err
		}
		return d.tell(ctx, tx, id, audit.Deed{Action: audit.LicenseChanged, Subject: id, Detail: changed})
	})
	return l, err
}

func demandRevision(l License, ifRevision []int64) error {
	if slices.Contains(ifRevision, l.Revision) {
		return nil
	}
	if len(ifRevision) == 0 {
		return nil
	}
	return &Error{Code: StaleRevision, Field: "license", Reason: "the license was changed meanwhile: read it again"}
}

func (l *License) apply(c LicenseChange, minGrace time.Duration) (err error) {
	if c.Name != nil {
		if l.Name, err = checkName("name", *c.Name); err != nil {
			return err
		}
	}
	if c.Cap != nil {
		l.Cap = *c.Cap
	}
	if c.PriceCents != nil {
		l.PriceCents = *c.PriceCents
	}
	if c.Currency != nil {
		l.Currency = *c.Currency
	}
	if c.Status != nil {
		l.Status = *c.Status
	}
	if c.Expires != nil {
		if l.Expires = c.Expires.UTC().Truncate(time.Millisecond); c.Expires.IsZero() {
			l.Expires = time.Time{}
		}
	}
	if l.Policy, err = l.Policy.merge(c.Policy, minGrace); err != nil {
		return err
	}
	return l.check()
}

func (l *License) check() error {
	switch l.Status {
	case Active, Suspended, Expired:
	default:
		return invalid("status", "must be active, suspended or expired")
	}
	return errors.Join(checkCap(l.Cap), checkPrice(l.PriceCents, l.Currency))
}

// save writes a held license, at its next revision, when it differs from what it was before, and tells in what it does.
func (l *License) save(ctx context.Context, tx *sql.Tx, before License) (changes, error) {
	was, err := before.Policy.stored()
	if err != nil {
		return nil, err
	}
	policy, err := l.Policy.stored()
	if err != nil {
		return nil, err
	}
	c := changes{}
	differ(c, "name", before.Name, l.Name)
	differ(c, "cap", before.Cap, l.Cap)
	differ(c, "price_cents", before.PriceCents, l.PriceCents)
	differ(c, "currency", before.Currency, l.Currency)
	differ(c, "status", before.Status, l.Status)
	if !l.Expires.Equal(before.Expires) {
		c["expires"] = audit.Change{From: orNever(before.Expires), To: orNever(l.Expires)}
	}
	if policy != was {
		c["policy"] = audit.Change{From: before.Policy, To: l.Policy}
	}
	if len(c) == 0 && l.Deleted.Equal(before.Deleted) {
		return nil, nil
	}
	return c, tx.QueryRowContext(ctx, `UPDATE licenses SET name = $2, cap = $3, price_cents = $4, currency = $5, policy = $6,
			status = $7, deleted_at = $8, expires_at = $9, search_key = $10, revision = revision + 1 WHERE id = $1 RETURNING revision`,
		l.ID, l.Name, l.Cap, l.PriceCents, l.Currency, policy, l.Status, toNullMS(l.Deleted), toNullMS(l.Expires), l.searchKey()).Scan(&l.Revision)
}

// searchKey is by what a license is found.
func (l *License) searchKey() string { return strings.ToLower(l.Name + " " + l.ID) }

// literal has text mean itself in a pattern.
var literal = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// orNever is a moment as the audit log has it.
func orNever(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.RFC3339Nano)
}
