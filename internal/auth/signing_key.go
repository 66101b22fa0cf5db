package auth

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// SigningKey is a key that access tokens and tickets are signed with, as a [KeyStore] keeps it.
type SigningKey struct {
	ID      string    // kid: the thumbprint of the public key, as of RFC 7638
	Public  []byte    // Ed25519
	Sealed  []byte    // the private part, sealed with a key derived from the secret
	Created time.Time // published from then on; to the millisecond, as UseFrom
	UseFrom time.Time // signs from then on, until another key does
}

// KeyStore keeps the signing keys for all nodes.
type KeyStore interface {
	// SigningKeys returns all keys, in any order.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// ChangeSigningKeys shows decide all keys, and adds and removes what it says, all or nothing. Decisions of all
	// nodes are made one after the other, each seeing what the one before did. Errors: decide's own come back as
	// they are.
	ChangeSigningKeys(ctx context.Context, decide func(have []SigningKey) (add []SigningKey, remove []string, err error)) error
}

var (
	errSealed  = errors.New("it was sealed with another secret")
	errDamaged = errors.New("it is damaged")
)

// sealer makes signing keys, and opens those that were sealed with the same secret.
type sealer struct {
	aead cipher.AEAD
	rand io.Reader
}

func newSealer(secret []byte, random io.Reader) (*sealer, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "usher signing keys 1", 32)
	if err != nil {
		return nil, fmt.Errorf("auth: derive the key of signing keys: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("auth: key of signing keys: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("auth: key of signing keys: %w", err)
	}
	return &sealer{aead: aead, rand: random}, nil
}

// make makes a key. Its id is authenticated with what is sealed, so that no key can be put in another's place.
func (s *sealer) make(created, useFrom time.Time) (SigningKey, error) {
	seed, nonce := make([]byte, ed25519.SeedSize), make([]byte, s.aead.NonceSize())
	for _, b := range [][]byte{seed, nonce} {
		if _, err := io.ReadFull(s.rand, b); err != nil {
			return SigningKey{}, fmt.Errorf("auth: randomness for a signing key: %w", err)
		}
	}
	public, ok := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	if !ok {
		return SigningKey{}, errors.New("auth: an Ed25519 key has no public part")
	}
	id := thumbprint(public)
	sealed := s.aead.Seal(nonce, nonce, seed, []byte(id)) //nolint:gosec // the nonce was read from rand above
	return SigningKey{
		ID: id, Public: public, Sealed: sealed,
		Created: created.Truncate(time.Millisecond), UseFrom: useFrom.Truncate(time.Millisecond),
	}, nil
}

// open returns a key's private part. Errors: errSealed, errDamaged.
func (s *sealer) open(k SigningKey) (ed25519.PrivateKey, error) {
	size := s.aead.NonceSize()
	if len(k.Sealed) < size {
		return nil, errDamaged
	}
	seed, err := s.aead.Open(nil, k.Sealed[:size], k.Sealed[size:], []byte(k.ID))
	if err != nil {
		return nil, errSealed
	}
	if len(seed) != ed25519.SeedSize {
		return nil, errDamaged
	}
	private := ed25519.NewKeyFromSeed(seed)
	if !ed25519.PublicKey(k.Public).Equal(private.Public()) {
		return nil, errDamaged
	}
	return private, nil
}

// thumbprint is RFC 7638's of an Ed25519 key: the SHA-256 of its JWK in one fixed spelling.
func thumbprint(public ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(public)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// inOrder returns the keys in the order in which they sign, the same on all nodes.
func inOrder(keys []SigningKey) []SigningKey {
	return slices.SortedFunc(slices.Values(keys), func(a, b SigningKey) int {
		return cmp.Or(a.UseFrom.Compare(b.UseFrom), a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
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
