package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
)

// MailToken is the token that a mail carries: 256 bits that follow from the servers' secret and from what the token is for, so
// that it is the same in each attempt to send the mail, and need not be kept to be sent. purpose and id tell what it is
// for, number which of several; neither purpose nor id has a line break.
func MailToken(secret []byte, purpose, id string, number int64) string {
	h := hmac.New(sha256.New, secret)
	_, _ = fmt.Fprintf(h, "usher mail token\n%s\n%s\n%d", purpose, id, number)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// NewRefreshToken makes a refresh token: a mark, and 256 random bits.
func NewRefreshToken(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("auth: randomness for a refresh token: %w", err)
	}
	return "usr_" + base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// HashToken is what is kept of a mail's or a refresh token.
func HashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
