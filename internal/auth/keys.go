package auth

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
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
	defaultAhead      = 10 * time.Minute
	defaultKeyRefresh = time.Minute
	keysAgainAfter    = time.Second
)

// KeysOptions configure [Keys]. Secret and Store are required.
type KeysOptions struct {
	// Secret seals the signing keys in the store: as [Options].Secret, and the same one.
	Secret []byte
	// Store keeps the signing keys.
	Store KeyStore
	// Life is the longest life of what is signed: a key stays for so long after it signed last. It defaults to [MaxTTL].
	Life time.Duration
	// Rotation is how long a key signs before another takes over, twice Ahead or more; 0 leaves it to [RotateKeys].
	Rotation time.Duration
	// Ahead is how long a new key is published before it signs. It defaults to 10 minutes, and is at least
	// RefreshEvery and [JWKSMaxAge] together, so that nobody meets a key that they could not know.
	Ahead time.Duration
	// RefreshEvery is how often the store is looked at; it defaults to a minute.
	RefreshEvery time.Duration

	// Now is when keys come and go. It defaults to time.Now.
	Now func() time.Time
	// Rand is where keys come from; it defaults to crypto/rand.
	Rand io.Reader
	// Log is told of keys that come, go or can't be used, and when the store can't be asked. It defaults to nowhere.
	Log *slog.Logger
}

func (o KeysOptions) withDefaults() KeysOptions {
	o.Life = cmp.Or(o.Life, MaxTTL)
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

func (o KeysOptions) check() error {
	switch {
	case o.Life < MinTTL:
		return fmt.Errorf("%w: what is signed lives for %s, want %s or more", ErrWeak, o.Life, MinTTL)
	case o.Ahead < o.RefreshEvery+JWKSMaxAge:
		return fmt.Errorf("%w: a key is published %s before it signs, want %s or more", ErrWeak, o.Ahead, o.RefreshEvery+JWKSMaxAge)
	case o.Rotation != 0 && o.Rotation < 2*o.Ahead:
		return fmt.Errorf("%w: keys are rotated every %s, want %s or more", ErrWeak, o.Rotation, 2*o.Ahead)
	}
	return nil
}

// Keys are the signing keys of all nodes, as this one knows them: access tokens and tickets are signed with them. They are
// safe for concurrent use. Close them.
type Keys struct {
	life     time.Duration
	store    KeyStore
	rotation *rotation
	now      func() time.Time
	log      *slog.Logger
	fetcher  *fetcher
	known    atomic.Pointer[keySet] // never nil
	told     string                 // which keys the log was told that they can't be opened; load's own
}

// keySet are the keys as they were last read; it does not change.
type keySet struct {
	signers []signer // in their order
	public  map[string]ed25519.PublicKey
	jwks    []byte
}

type signer struct {
	id      string
	private ed25519.PrivateKey
	from    time.Time
}

// signer is the key to sign with at a moment, or nil. Where none is meant to sign yet, another node's clock is ahead
// of ours, and its first key is the one.
func (k *keySet) signer(now time.Time) *signer {
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

// NewKeys reads the signing keys, and makes the first one where there is none. ctx bounds that, and what goes on
// in the background, as Close does. Errors: [ErrWeak], with what to change, or [ErrUnavailable].
func NewKeys(ctx context.Context, o KeysOptions) (*Keys, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	r, err := newRotation(o)
	if err != nil {
		return nil, err
	}
	k := &Keys{life: o.Life, store: o.Store, rotation: r, now: o.Now, log: o.Log}
	k.known.Store(&keySet{})
	k.fetcher = newFetcher(ctx, keysAgainAfter, o.Now, k.load)
	first := k.fetcher.start()
	<-first.done
	if first.err != nil {
		k.Close()
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, first.err)
	}
	k.fetcher.every(o.RefreshEvery)
	return k, nil
}

// Close ends what goes on in the background, and returns when it has ended. The keys known stay usable.
func (k *Keys) Close() { k.fetcher.close() }

// JWKS is the JWK set of all public keys that may have signed what is good still (RFC 7517), as JSON. Backends may keep
// it for [JWKSMaxAge]. It is not to be changed.
func (k *Keys) JWKS() []byte { return k.known.Load().jwks }

// sign signs claims, as a token of a kind. Errors: [ErrUnavailable], when there is no key to sign with.
func (k *Keys) sign(typ string, claims jwt.MapClaims) (string, error) {
	signer := k.known.Load().signer(k.now())
	if signer == nil {
		return "", fmt.Errorf("%w: there is none to sign with", ErrUnavailable)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["typ"], token.Header["kid"] = typ, signer.id
	signed, err := token.SignedString(signer.private)
	if err != nil {
		return "", fmt.Errorf("auth: sign: %w", err)
	}
	return signed, nil
}

// verifying is the key that a token says it is signed with. Another node may have made it a moment ago: where it is not
// known, the answer is that of a look at the store which began after the question. Errors: errNoKeyID, errKeyID,
// [ErrUnavailable].
func (k *Keys) verifying(ctx context.Context, t *jwt.Token) (ed25519.PublicKey, error) {
	kid, ok := t.Header["kid"].(string)
	if !ok || kid == "" {
		return nil, errNoKeyID
	}
	if key, ok := k.known.Load().public[kid]; ok {
		return key, nil
	}
	if err := k.fetcher.askAnew(ctx); err != nil {
		return nil, err
	}
	if key, ok := k.known.Load().public[kid]; ok {
		return key, nil
	}
	return nil, errKeyID
}

// load reads the keys, and does what is due about them.
func (k *Keys) load(ctx context.Context) error {
	keys, err := k.store.SigningKeys(ctx)
	if err != nil {
		if k.fetcher.ctx.Err() == nil {
			k.log.Warn("can't read the signing keys; those known stay in use", "error", err)
		}
		return err
	}
	now := k.now()
	if k.rotation.plan(inOrder(keys), now).nothing() {
		k.use(keys)
		return nil
	}
	after, done, err := k.rotation.tend(ctx, k.store, now)
	if err != nil {
		k.use(keys)
		if k.fetcher.ctx.Err() == nil {
			k.log.Warn("can't change the signing keys; they stay as they are", "error", err)
		}
		if len(k.known.Load().signers) > 0 {
			err = nil // what is due still is the next time
		}
		return err
	}
	k.use(after)
	if !done.from.IsZero() {
		k.log.Info("a new signing key was made", "signs_from", done.from.UTC().Format(time.RFC3339))
	}
	if len(done.remove) > 0 {
		k.log.Info("signing keys were removed: what they signed last has ended", "kids", done.remove)
	}
	return nil
}

// use takes keys into use, and makes known which can't be opened, once.
func (k *Keys) use(keys []SigningKey) {
	next := &keySet{public: make(map[string]ed25519.PublicKey, len(keys))}
	set := jwkSet{Keys: []jwk{}}
	var sealed, broken []string
	for _, key := range inOrder(keys) {
		private, err := k.rotation.open(key)
		switch {
		case len(key.Public) != ed25519.PublicKeySize:
			broken = append(broken, key.ID)
			continue
		case err == nil:
			next.signers = append(next.signers, signer{key.ID, private, key.UseFrom})
		case errors.Is(err, errSealed):
			sealed = append(sealed, key.ID)
		default:
			broken = append(broken, key.ID)
		}
		next.public[key.ID] = key.Public
		set.Keys = append(set.Keys, jwkOf(key))
	}
	next.jwks, _ = json.Marshal(set) //nolint:errchkjson // strings can always be written
	k.known.Store(next)
	told := strings.Join(sealed, " ") + "/" + strings.Join(broken, " ")
	if told == k.told {
		return
	}
	k.told = told
	if len(sealed) > 0 {
		k.log.Error("signing keys were sealed with another secret: was the secret changed, or do nodes have different ones? "+
			"What they have signed is verified; another key signs from now on", "kids", sealed)
	}
	if len(broken) > 0 {
		k.log.Error("signing keys are damaged in the database, and not used to sign", "kids", broken)
	}
}
