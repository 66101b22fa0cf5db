package loadtest

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// signer makes access tokens as the server would.
type signer struct {
	secret           []byte
	issuer, audience string
	run              string // makes a token's id one that no other run has
	made             atomic.Uint64
}

// sign makes a token that is good from now on.
func (s *signer) sign(license, teammate string, now time.Time, ttl time.Duration) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss":     s.issuer,
		"aud":     s.audience,
		"sub":     teammate,
		"license": license,
		"iat":     now.Unix(),
		"exp":     now.Add(ttl).Unix(),
		"jti":     fmt.Sprintf("%s-%d", s.run, s.made.Add(1)),
	}).SignedString(s.secret)
}
