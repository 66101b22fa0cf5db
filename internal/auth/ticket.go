package auth

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// TicketType is a ticket's typ, by which it can't be taken for an access token.
	TicketType = "usher-ticket+jwt"
	// TicketAudience is a ticket's aud: the backend that lets operators serve customers.
	TicketAudience = "usher-inbox"
	// MinTicketTTL is the shortest life that tickets may be given: cut to whole seconds, more than one is left.
	MinTicketTTL = 2 * time.Second
)

const (
	maxTicketIssuerBytes = 256 // so that every ticket is within MaxTicketBytes
	defaultAhead         = 10 * time.Minute
	defaultKeyRefresh    = time.Minute
	keysAgainAfter       = time.Second
)

// Ticket is what a ticket says: who holds which seat, and until when that can be relied on.
type Ticket struct {
	License  string    // license id
	Teammate string    // teammate id: sub
	Number   int       // of the seat, from 1
	Fence    int64     // of the seat, from 1
	Issued   time.Time // iat
	Expires  time.Time // exp; the ticket is good before this moment
}

// TicketOptions configure [Tickets]. Secret, Keys and TTL are required.
type TicketOptions struct {
	// Secret seals the signing keys in the store: as [Options].Secret, and the same one.
	Secret []byte
	// Issuer is what a ticket's iss is and must be; it defaults to [DefaultName].
	Issuer string
	// Keys keep the signing keys.
	Keys KeyStore
	// TTL is the longest life of a ticket, [MinTicketTTL] or more. A key stays for so long after it signed last.
	TTL time.Duration
	// Rotation is how long a key signs before another takes over, twice Ahead or more; 0 leaves it to [RotateKeys].
	Rotation time.Duration
	// Ahead is how long a new key is published before it signs. It defaults to 10 minutes, and is at least
	// RefreshEvery and [JWKSMaxAge] together, so that nobody meets a key that they could not know.
	Ahead time.Duration
	// RefreshEvery is how often the store is looked at; it defaults to a minute.
	RefreshEvery time.Duration

	// Now is when keys come and go, and whether a ticket has ended. It defaults to time.Now.
	Now func() time.Time
	// Rand is where keys come from; it defaults to crypto/rand.
	Rand io.Reader
	// Log is told of keys that come, go or can't be used, and when the store can't be asked. It defaults to nowhere.
	Log *slog.Logger
}

func (o TicketOptions) withDefaults() TicketOptions {
	o.Issuer = cmp.Or(o.Issuer, DefaultName)
	o.Ahead = cmp.Or(o.Ahead, defaultAhead)
	o.RefreshEvery = cmp.Or(o.RefreshEvery, defaultKeyRefresh)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o TicketOptions) check() error {
	switch {
	case len(o.Issuer) > maxTicketIssuerBytes:
		return fmt.Errorf("%w: the issuer has %d bytes, want at most %d", ErrWeak, len(o.Issuer), maxTicketIssuerBytes)
	case o.TTL < MinTicketTTL:
		return fmt.Errorf("%w: the life of a ticket is %s, want %s or more", ErrWeak, o.TTL, MinTicketTTL)
	case o.Ahead < o.RefreshEvery+JWKSMaxAge:
		return fmt.Errorf("%w: a key is published %s before it signs, want %s or more", ErrWeak, o.Ahead, o.RefreshEvery+JWKSMaxAge)
	case o.Rotation != 0 && o.Rotation < 2*o.Ahead:
		return fmt.Errorf("%w: keys are rotated every %s, want %s or more", ErrWeak, o.Rotation, 2*o.Ahead)
	}
	return nil
}

// Tickets signs and verifies tickets. It is safe for concurrent use. Close it.
type Tickets struct {
	issuer   string
	ttl      time.Duration
	store    KeyStore
	rotation *rotation
	now      func() time.Time
	log      *slog.Logger
	parser   *jwt.Parser
	fetcher  *fetcher
	keys     atomic.Pointer[ticketKeys] // never nil
	told     string                     // which keys the log was told that they can't be opened; load's own
}

// ticketKeys are the keys as they were last read; it does not change.
type ticketKeys struct {
	signers []ticketSigner // in their order
	public  map[string]ed25519.PublicKey
	jwks    []byte
}

type ticketSigner struct {
	id      string
	private ed25519.PrivateKey
	from    time.Time
}

// signer is the key to sign with at a moment, or nil. Where none is meant to sign yet, another node's clock is ahead
// of ours, and its first key is the one.
func (k *ticketKeys) signer(now time.Time) *ticketSigner {
	for i := range slices.Backward(k.signers) {
		if !now.Before(k.signers[i].from) {
			return &k.signers[i]
		}
	}
	if len(k.signers) > 0 {
		return &k.signers[0]
	}
	return nil
}

// NewTickets reads the signing keys, and makes the first one where there is none. ctx bounds that, and what goes on
// in the background, as Close does. Errors: [ErrWeak], with what to change, or [ErrUnavailable].
func NewTickets(ctx context.Context, o TicketOptions) (*Tickets, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	r, err := newRotation(o)
	if err != nil {
		return nil, err
	}
	t := &Tickets{issuer: o.Issuer, ttl: o.TTL, store: o.Keys, rotation: r, now: o.Now, log: o.Log}
	t.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{algEdDSA}),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(o.Now),
		jwt.WithExpirationRequired(),
		jwt.WithIssuer(o.Issuer),
		jwt.WithAudience(TicketAudience),
	)
	t.keys.Store(&ticketKeys{})
	t.fetcher = newFetcher(ctx, keysAgainAfter, o.Now, t.load)
	first := t.fetcher.start()
	<-first.done
	if first.err != nil {
		t.Close()
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, first.err)
	}
	t.fetcher.every(o.RefreshEvery)
	return t, nil
}

// Close ends what goes on in the background, and returns when it has ended. The keys known stay usable.
func (t *Tickets) Close() { t.fetcher.close() }

// JWKS is the JWK set of all public keys that tickets may be signed with (RFC 7517), as JSON. Backends may keep it
// for [JWKSMaxAge]. It is not to be changed.
func (t *Tickets) JWKS() []byte { return t.keys.Load().jwks }

// Sign makes a ticket. Its moments are the caller's, in whatever clock rules the seat, cut to whole seconds as every
// library for JWTs understands them: so a ticket ends up to a second before k.Expires, and never after it. Who
// tells others how long it lives cuts k.Expires themselves, before. Errors: what k says may not be said, or it has
// nothing left to live, or lives longer than TTL; [ErrUnavailable], when there is no key to sign with.
func (t *Tickets) Sign(k Ticket) (string, error) {
	if !validID(k.License) || !validID(k.Teammate) {
		return "", fmt.Errorf("auth: license %q or teammate %q is no id", k.License, k.Teammate)
	}
	if k.Number < 1 || k.Fence < 1 {
		return "", fmt.Errorf("auth: no seat has number %d and fence %d", k.Number, k.Fence)
	}
	expires := k.Expires.Truncate(time.Second)
	if life := k.Expires.Sub(k.Issued); !expires.After(k.Issued) || life > t.ttl {
		return "", fmt.Errorf("auth: a ticket can't live for %s", life)
	}
	signer := t.keys.Load().signer(t.now())
	if signer == nil {
		return "", fmt.Errorf("%w: there is none to sign with", ErrUnavailable)
	}
	ticket := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss":     t.issuer,
		"aud":     TicketAudience,
		"sub":     k.Teammate,
		"license": k.License,
		"number":  k.Number,
		"fence":   k.Fence,
		"iat":     k.Issued.Unix(),
		"exp":     expires.Unix(),
	})
	ticket.Header["typ"], ticket.Header["kid"] = TicketType, signer.id
	signed, err := ticket.SignedString(signer.private)
	if err != nil {
		return "", fmt.Errorf("auth: sign: %w", err)
	}
	return signed, nil
}

// load reads the keys, and does what is due about them.
func (t *Tickets) load(ctx context.Context) error {
	keys, err := t.store.SigningKeys(ctx)
	if err != nil {
		if t.fetcher.ctx.Err() == nil {
			t.log.Warn("can't read the signing keys; those known stay in use", "error", err)
		}
		return err
	}
	now := t.now()
	if t.rotation.plan(inOrder(keys), now).nothing() {
		t.use(keys)
		return nil
	}
	after, done, err := t.rotation.tend(ctx, t.store, now)
	if err != nil {
		t.use(keys)
		if t.fetcher.ctx.Err() == nil {
			t.log.Warn("can't change the signing keys; they stay as they are", "error", err)
		}
		if len(t.keys.Load().signers) > 0 {
			err = nil // what is due still is the next time
		}
		return err
	}
	t.use(after)
	if !done.from.IsZero() {
		t.log.Info("a new signing key was made", "signs_from", done.from.UTC().Format(time.RFC3339))
	}
	if len(done.remove) > 0 {
		t.log.Info("signing keys were removed: their last tickets have ended", "kids", done.remove)
	}
	return nil
}

// use takes keys into use, and makes known which can't be opened, once.
func (t *Tickets) use(keys []SigningKey) {
	next := &ticketKeys{public: make(map[string]ed25519.PublicKey, len(keys))}
	set := jwkSet{Keys: []jwk{}}
	var sealed, broken []string
	for _, k := range inOrder(keys) {
		private, err := t.rotation.open(k)
		switch {
		case len(k.Public) != ed25519.PublicKeySize:
			broken = append(broken, k.ID)
			continue
		case err == nil:
			next.signers = append(next.signers, ticketSigner{k.ID, private, k.UseFrom})
		case errors.Is(err, errSealed):
			sealed = append(sealed, k.ID)
		default:
			broken = append(broken, k.ID)
		}
		next.public[k.ID] = k.Public
		set.Keys = append(set.Keys, jwkOf(k))
	}
	next.jwks, _ = json.Marshal(set) //nolint:errchkjson // strings can always be written
	t.keys.Store(next)
	told := strings.Join(sealed, " ") + "/" + strings.Join(broken, " ")
	if told == t.told {
		return
	}
	t.told = told
	if len(sealed) > 0 {
		t.log.Error("signing keys were sealed with another secret: was the secret changed, or do nodes have different ones? "+
			"Tickets that they have signed are verified; new ones are signed with another key", "kids", sealed)
	}
	if len(broken) > 0 {
		t.log.Error("signing keys are damaged in the database, and not used to sign", "kids", broken)
	}
}

// jwkSet and jwk are the shapes of RFC 7517 and 8037.
type jwkSet struct {
	Keys []jwk `json:"keys"`
}

type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	ID        string `json:"kid"`
	X         string `json:"x"`
}

func jwkOf(k SigningKey) jwk {
	return jwk{
		Type: "OKP", Curve: "Ed25519", Algorithm: algEdDSA, Use: "sig", ID: k.ID, X: base64.RawURLEncoding.EncodeToString(k.Public),
	}
}
