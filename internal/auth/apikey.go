package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"math/big"
	"strings"
)

const (
	apiKeyMark        = "usk_" // what secret scanners and people recognize it by
	apiKeyPrefixBytes = 5      // 8 characters of base32
	apiKeySecretBytes = 32
	apiKeySecretChars = 43 // what 256 bits come to in base 62
)

// MaxAPIKeyBytes is the length of every API key.
const MaxAPIKeyBytes = len(apiKeyMark) + 8 + 1 + apiKeySecretChars

var apiKeyPrefix = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// APIKey is a new API key. Key is shown once; Prefix and Hash are what is stored.
type APIKey struct {
	Key    string // usk_, the prefix, _, 256 random bits in base 62
	Prefix string // 8 characters, no secret: finds the stored hash, and names the key in lists
	Hash   []byte // as of HashAPIKey
}

// NewAPIKey makes an API key from a source of randomness, which should be crypto/rand.Reader.
func NewAPIKey(random io.Reader) (APIKey, error) {
	var b [apiKeyPrefixBytes + apiKeySecretBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return APIKey{}, fmt.Errorf("auth: randomness for an API key: %w", err)
	}
	prefix := apiKeyPrefix.EncodeToString(b[:apiKeyPrefixBytes])
	secret := new(big.Int).SetBytes(b[apiKeyPrefixBytes:]).Text(62)
	key := apiKeyMark + prefix + "_" + strings.Repeat("0", apiKeySecretChars-len(secret)) + secret
	return APIKey{Key: key, Prefix: prefix, Hash: HashAPIKey(key)}, nil
}

// HashAPIKey is what is stored of an API key: the SHA-256 of all of it.
func HashAPIKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// APIKeyPrefix is the prefix of what has the shape of an API key; it says nothing of its being one.
func APIKeyPrefix(key string) (prefix string, ok bool) {
	if len(key) != MaxAPIKeyBytes || !strings.HasPrefix(key, apiKeyMark) {
		return "", false
	}
	prefix, _, ok = strings.Cut(key[len(apiKeyMark):], "_")
	if !ok || len(prefix) != apiKeyPrefix.EncodedLen(apiKeyPrefixBytes) {
		return "", false
	}
	return prefix, true
}

// MatchAPIKey tells whether key is the one that a stored hash is of, in a time that does not depend on how much
// of it is right.
func MatchAPIKey(key string, hash []byte) bool {
	return subtle.ConstantTimeCompare(HashAPIKey(key), hash) == 1
}
