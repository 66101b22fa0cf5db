package auth

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	// TokenType is the typ of access tokens that Usher issues, by which they can't be taken for another's, or for a ticket.
	TokenType = "usher-access+jwt"
	// MinTTL is the shortest life of a token: JWTs count in whole seconds.
	MinTTL = time.Second
	// MaxTTL is the longest life of a token.
	MaxTTL = 30 * 24 * time.Hour
)

// Issue makes an access token for a teammate that ends at expires: ttl from now, cut to whole seconds. It does not ask
// whether the teammate exists. Errors: an id that may not be; a ttl below [MinTTL], or longer than what the keys sign may live;
// no randomness; [ErrUnavailable], when there is no key to sign with.
func (a *Authority) Issue(license, teammate string, ttl time.Duration) (token string, expires time.Time, err error) {
	if !validID(license) || !validID(teammate) {
		return "", time.Time{}, fmt.Errorf("auth: license %q or teammate %q is no id", license, teammate)
	}
	if ttl < MinTTL || ttl > a.own.life {
		return "", time.Time{}, fmt.Errorf("auth: ttl is %s, want %s to %s", ttl, MinTTL, a.own.life)
	}
	id, err := uuid.NewV7FromReader(a.rand)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("auth: token id: %w", err)
	}
	now := a.now().UTC()
	expires = now.Add(ttl).Truncate(time.Second)
	token, err = a.own.sign(TokenType, jwt.MapClaims{
		"iss":     a.issuer,
		"aud":     a.audience,
		"sub":     teammate,
		"license": license,
		"iat":     now.Unix(),
		"exp":     expires.Unix(),
		"jti":     id.String(),
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, expires, nil
}
