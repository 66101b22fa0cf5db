package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// MaxTokenBytes is the longest token that is looked at.
const MaxTokenBytes = 8 << 10

const (
	maxIDBytes  = 64 // as for all ids
	maxJTIBytes = 128
	minRSABits  = 2048
)

const (
	algHS256 = "HS256"
	algRS256 = "RS256"
	algES256 = "ES256"
	algEdDSA = "EdDSA"
)

var algorithms = []string{algHS256, algRS256, algES256, algEdDSA}

// Reasons that [ErrInvalid] is returned with. They are fixed texts: whatever a stranger writes into a token
// never gets into an error.
var (
	errOversized   = fmt.Errorf("token has more than %d bytes", MaxTokenBytes)
	errMalformed   = errors.New("token is malformed")
	errAlgorithm   = errors.New("algorithm is not accepted")
	errCritical    = errors.New("crit names an extension that is not known")
	errKind        = errors.New("typ is that of another kind of token")
	errNoKeyID     = errors.New("kid is missing")
	errKeyID       = errors.New("kid is not known")
	errKeyType     = errors.New("key does not fit the algorithm")
	errSignature   = errors.New("signature is wrong")
	errMissing     = errors.New("a required claim is missing")
	errAudience    = errors.New("aud is another")
	errIssuer      = errors.New("iss is another")
	errNotYetValid = errors.New("nbf is not reached yet")
	errSubject     = errors.New("sub is missing or no id")
	errLicense     = errors.New("license is missing or no id")
	errLifetime    = errors.New("exp, iat or jti can't be meant")
)

// Claims are what an access token says.
type Claims struct {
	License  string    // license id
	Teammate string    // teammate id: sub
	ID       string    // jti; "" when the token has none
	Issued   time.Time // iat; zero when the token has none
	Expires  time.Time // exp; the token is good before this moment

	// External is what else is said of the teammate by who vouches for them with a key of the JWKS URL; nil: Usher does,
	// or who knows the secret.
	External *External
}

// External is what an external issuer says of a teammate. It is checked for nothing yet.
type External struct {
	Name  string // "": not said
	Email string // "": not said, or said not to be verified
}

type tokenClaims struct {
	jwt.RegisteredClaims
	License string `json:"license"`

	// Who sends other shapes than we expect says nothing of these.
	Name          json.RawMessage `json:"name"`
	Email         json.RawMessage `json:"email"`
	EmailVerified json.RawMessage `json:"email_verified"`
}

// Verify tells what a token proves. It may wait up to two seconds for the JWKS URL, or for the store of the keys, when the
// token's key is not known. Errors: [ErrInvalid] with a reason, [ErrExpired], [ErrUnavailable].
func (a *Authority) Verify(ctx context.Context, token string) (Claims, error) {
	if len(token) > MaxTokenBytes {
		return Claims{}, invalid(errOversized)
	}
	if hasLineBreak(token) {
		return Claims{}, invalid(errMalformed)
	}
	var (
		claims tokenClaims
		by     signedBy
	)
	t, err := a.parser.ParseWithClaims(token, &claims, func(t *jwt.Token) (key any, err error) {
		by, key, err = a.signingKey(ctx, t)
		return key, err
	})
	if err != nil {
		if t != nil && t.Method != nil && !slices.Contains(algorithms, t.Method.Alg()) {
			return Claims{}, invalid(errAlgorithm)
		}
		return Claims{}, translate(err)
	}
	out, err := claims.checked()
	if err == nil && by == byExternal {
		out.External = claims.external()
	}
	return out, err
}

// signedBy is whose keys a token is checked with. Each has its own algorithms, and no token has a choice between them.
type signedBy int

const (
	byUsher    signedBy = iota + 1 // typ [TokenType]: EdDSA, with the keys of all nodes
	byShared                       // HS256, with the secret, where that is allowed
	byExternal                     // RS256, ES256, EdDSA, with a key of the JWKS URL
)

// signingKey chooses the one key that may have signed a token, after its header is found to be in order. This is the only
// place that does.
func (a *Authority) signingKey(ctx context.Context, t *jwt.Token) (by signedBy, key any, err error) {
	own, err := checkHeader(t.Header)
	if err != nil {
		return 0, nil, err
	}
	alg := t.Method.Alg()
	switch {
	case own && alg == algEdDSA:
		key, err = a.own.verifying(ctx, t)
		return byUsher, key, err
	case own:
		return 0, nil, errAlgorithm
	case alg == algHS256 && a.shared != nil:
		return byShared, a.shared, nil
	case alg == algHS256, a.ring == nil:
		return 0, nil, errAlgorithm
	}
	if kid, ok := t.Header["kid"].(string); !ok || kid == "" {
		return 0, nil, errNoKeyID
	}
	if key, err = a.external.KeyfuncCtx(ctx)(t); err != nil {
		return 0, nil, err
	}
	if !fits(alg, key) {
		return 0, nil, errKeyType
	}
	return byExternal, key, nil
}

// checkHeader refuses extensions, none of which is known here, and tokens of another kind, such as tickets. It tells
// whether the token says that Usher issued it.
func checkHeader(header map[string]any) (own bool, err error) {
	if _, ok := header["crit"]; ok {
		return false, errCritical
	}
	typ, present := header["typ"]
	if !present {
		return false, nil
	}
	name, ok := typ.(string)
	switch {
	case ok && name == TokenType:
		return true, nil
	case ok && (strings.EqualFold(name, "JWT") || strings.EqualFold(name, "at+jwt")):
		return false, nil
	}
	return false, errKind
}

// fits tells whether a key is of the one type, and strong enough, that the algorithm is used with.
func fits(alg string, key any) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return alg == algRS256 && key.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		return alg == algES256 && key.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return alg == algEdDSA && len(key) == ed25519.PublicKeySize
	}
	return false
}

func (c *tokenClaims) checked() (Claims, error) {
	if !validID(c.Subject) {
		return Claims{}, invalid(errSubject)
	}
	if !validID(c.License) {
		return Claims{}, invalid(errLicense)
	}
	out := Claims{License: c.License, Teammate: c.Subject, ID: c.ID, Expires: c.ExpiresAt.UTC()}
	if c.IssuedAt != nil {
		out.Issued = c.IssuedAt.UTC()
	}
	if len(c.ID) > maxJTIBytes || !sane(out.Expires) || !sane(out.Issued) {
		return Claims{}, invalid(errLifetime)
	}
	return out, nil
}

func (c *tokenClaims) external() *External {
	e := &External{Name: text(c.Name), Email: text(c.Email)}
	if string(c.EmailVerified) == "false" || text(c.EmailVerified) == "false" {
		e.Email = ""
	}
	return e
}

// text is a claim that is one, or "".
func text(claim json.RawMessage) string {
	var s string
	if json.Unmarshal(claim, &s) != nil {
		return ""
	}
	return s
}

// sane keeps out moments that can't be written in RFC 3339.
func sane(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }

// validID holds ids from other issuers to the alphabet that everything behind this package relies on.
func validID(id string) bool {
	if len(id) == 0 || len(id) > maxIDBytes {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if ('a' > c || c > 'z') && ('A' > c || c > 'Z') && ('0' > c || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func invalid(reason error) error { return fmt.Errorf("%w: %w", ErrInvalid, reason) }

// translations are looked through in their order: a token that is expired and has another fault as well is
// invalid, so that nobody refreshes what never was good.
var translations = []struct{ from, to error }{
	{errAlgorithm, errAlgorithm},
	{errCritical, errCritical},
	{errKind, errKind},
	{errNoTicket, errNoTicket},
	{errKeyID, errKeyID},
	{errNoKeyID, errNoKeyID},
	{errKeyType, errKeyType},
	{jwkset.ErrKeyNotFound, errKeyID},
	{jwt.ErrTokenSignatureInvalid, errSignature},
	{jwt.ErrTokenRequiredClaimMissing, errMissing},
	{jwt.ErrTokenInvalidAudience, errAudience},
	{jwt.ErrTokenInvalidIssuer, errIssuer},
	{jwt.ErrTokenNotValidYet, errNotYetValid},
	{jwt.ErrTokenMalformed, errMalformed},
	{jwt.ErrTokenUnverifiable, errAlgorithm},
}

// translate puts a fixed text in the place of what the libraries say, which may quote the token.
func translate(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return ErrUnavailable
	}
	for _, t := range translations {
		if errors.Is(err, t.from) {
			return invalid(t.to)
		}
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return ErrExpired
	}
	return invalid(errMalformed)
}
