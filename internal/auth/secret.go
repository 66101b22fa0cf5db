package auth

import (
	"bytes"
	"fmt"
	"strings"
)

// MinSecretBytes is the shortest secret: as long as the output of the hash it keys.
const MinSecretBytes = 32

// minDistinctBytes is far below what 32 random hexadecimal digits come to.
const minDistinctBytes = 8

// placeholders are what examples and hasty hands write where a secret belongs, without their punctuation.
var placeholders = []string{
	"changeme", "changethis", "replaceme", "replacethis", "placeholder", "password", "passphrase", "insecure",
	"donotuse", "mysecret", "yoursecret", "supersecret", "topsecret", "verysecret", "secretkey", "jwtsecret",
	"bitsecret", "secretsecret", "example", "qwerty", "letmein",
}

// checkSecret tells why a secret may not be used, or nil. It never repeats the secret.
func checkSecret(secret []byte) error {
	if len(secret) < MinSecretBytes {
		return fmt.Errorf("the secret has %d bytes, want %d or more: openssl rand -hex 32 makes one",
			len(secret), MinSecretBytes)
	}
	var why string
	switch {
	case distinct(secret) < minDistinctBytes:
		why = "has too few different characters"
	case repeats(secret):
		why = "is one short piece repeated"
	case counts(secret):
		why = "is a sequence"
	case placeholder(secret) != "":
		why = fmt.Sprintf("contains %q", placeholder(secret))
	default:
		return nil
	}
	return fmt.Errorf("the secret %s and can be guessed: openssl rand -hex 32 makes a better one", why)
}

func distinct(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// repeats tells whether b is a piece of at most half its length over and over, the last time maybe cut.
func repeats(b []byte) bool {
	for period := 1; period <= len(b)/2; period++ {
		if bytes.Equal(b[period:], b[:len(b)-period]) {
			return true
		}
	}
	return false
}

// counts tells whether most bytes follow their predecessor in the alphabet, up or down, or repeat it.
func counts(b []byte) bool {
	steps := 0
	for i := 1; i < len(b); i++ {
		if d := int(b[i]) - int(b[i-1]); d >= -1 && d <= 1 {
			steps++
		}
	}
	return steps > len(b)/2
}

func placeholder(secret []byte) string {
	letters := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(string(secret)))
	for _, p := range placeholders {
		if strings.Contains(letters, p) {
			return p
		}
	}
	return ""
}
