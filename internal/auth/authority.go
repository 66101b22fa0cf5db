package auth

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// DefaultName is the issuer and the audience of access tokens unless configured otherwise.
const DefaultName = "usher"

var (
	// ErrInvalid says that a token, resume key or the like proves nothing. The reason is wrapped beside it.
	ErrInvalid = errors.New("auth: invalid")
	// ErrExpired says that a token is good but for its end, which has passed.
	ErrExpired = errors.New("auth: token has expired")
	// ErrUnavailable says that nothing can be said of a token now: its key is unknown, and the JWKS URL could
	// not be asked for it. The same token may be accepted later.
	ErrUnavailable = errors.New("auth: keys unavailable")
	// ErrWeak says that the configuration would not be safe. The reason follows it.
	ErrWeak = errors.New("auth: refused configuration")
)

// Options configure an [Authority]. Secret and Keys are required.
type Options struct {
	// Secret authenticates resume keys: 32 bytes or more, random.
	Secret []byte
	// Keys sign and verify the tokens that Usher issues. Their owner closes them.
	Keys *Keys
	// Shared accepts tokens that others sign with Secret (HS256): whoever knows it can log in as anybody.
	Shared bool
	// Issuer and Audience are what a token's iss and aud must be; both default to [DefaultName]. Audience can't be
	// [TicketAudience].
	Issuer, Audience string
	// JWKSURL is where the public keys are of those who sign with RS256, ES256 and EdDSA; "" accepts nobody's. It must be
	// https, or http on a loopback address.
	JWKSURL string

	// Now defaults to time.Now.
	Now func() time.Time
	// Rand is where token ids come from; it defaults to crypto/rand.
	Rand io.Reader
	// Log is told when the JWKS URL can't be read; it defaults to nowhere.
	Log *slog.Logger
	// Client asks the JWKS URL. It defaults to one that never follows a redirect from https to http.
	Client *http.Client
	// RefreshEvery is how often the JWKS URL is read anew; it defaults to 5 minutes.
	RefreshEvery time.Duration
}

// Authority issues and verifies. It is safe for concurrent use. Close it.
type Authority struct {
	shared    []byte // nil: nobody else signs with the secret
	resumeKey []byte
	own       *Keys
	issuer    string
	audience  string
	now       func() time.Time
	rand      io.Reader
	parser    *jwt.Parser
	ring      *keyRing        // nil without a JWKS URL
	external  keyfunc.Keyfunc // over ring
}

// New makes an Authority. The JWKS URL need not be reachable yet. ctx bounds what goes on in the background,
// as Close does. Errors: [ErrWeak], with what to change.
func New(ctx context.Context, o Options) (*Authority, error) {
	if err := checkSecret(o.Secret); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeak, err)
	}
	if o.Keys == nil {
		return nil, fmt.Errorf("%w: there are no keys to sign tokens with", ErrWeak)
	}
	if o.Audience == TicketAudience {
		return nil, fmt.Errorf("%w: the audience of access tokens can't be %s, which is that of tickets", ErrWeak, TicketAudience)
	}
	resumeKey, err := hkdf.Key(sha256.New, o.Secret, nil, "usher resume key 1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("auth: derive the resume key: %w", err)
	}
	a := &Authority{
		resumeKey: resumeKey,
		own:       o.Keys,
		issuer:    cmp.Or(o.Issuer, DefaultName),
		audience:  cmp.Or(o.Audience, DefaultName),
		now:       o.Now,
		rand:      o.Rand,
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.rand == nil {
		a.rand = rand.Reader
	}
	if o.Shared {
		a.shared = append([]byte(nil), o.Secret...)
	}
	if o.JWKSURL != "" {
		if a.ring, err = newKeyRing(ctx, o, a.now); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWeak, err)
		}
		if a.external, err = keyfunc.New(keyfunc.Options{Ctx: ctx, Storage: a.ring}); err != nil {
			a.ring.close()
			return nil, fmt.Errorf("auth: %w", err)
		}
	}
	a.parser = jwt.NewParser(
		jwt.WithValidMethods(algorithms), // which of them, signingKey says,
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(a.now),
		jwt.WithExpirationRequired(),
		jwt.WithIssuer(a.issuer),
		jwt.WithAudience(a.audience),
	)
	return a, nil
}

// Close ends what goes on in the background, and returns when it has ended. What is known stays usable.
func (a *Authority) Close() {
	if a.ring != nil {
		a.ring.close()
	}
}
