package auth

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// MinTTL is the shortest life of a token: JWTs count in whole seconds.
const MinTTL = time.Second

// Issue makes an access token for a teammate, signed with the secret, that ends at expires: ttl from now, cut to
// whole seconds. It does not ask whether the teammate exists. Errors: an id that may not be, a ttl below
// [MinTTL], no randomness.
func (a *Authority) Issue(license, teammate string, ttl time.Duration) (token string, expires time.Time, err error) {
	if !validID(license) || !validID(teammate) {
		return "", time.Time{}, fmt.Errorf("auth: license %q or teammate %q is no id", license, teammate)
	}
	if ttl < MinTTL {
		return "", time.Time{}, fmt.Errorf("auth: ttl is %s, want %s or more", ttl, MinTTL)
	}
	id, err := uuid.NewV7FromReader(a.rand)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("auth: token id: %w", err)
	}
	now := a.now().UTC()
	expires = now.Add(ttl).Truncate(time.Second)
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss":     a.issuer,
		"aud":     a.audience,
		"sub":     teammate,
		"license": license,
		"iat":     now.Unix(),
		"exp":     expires.Unix(),
		"jti":     id.String(),
	}).SignedString(a.secret)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("auth: sign: %w", err)
	}
	return token, expires, nil
}
