package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Bounds of a password. There are no rules of what has to be in it: length is what counts (NIST SP 800-63B, 3.1.1.2).
const (
	MinPasswordRunes = 10
	MaxPasswordBytes = 256
)

// What a hash costs, as OWASP's Password Storage Cheat Sheet has it for argon2id: 19 MiB, two passes, one lane.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonKey     = 32
	argonSalt    = 16
	argonVersion = argon2.Version
)

// CheckPassword tells in words why a password may not be chosen, or "".
func CheckPassword(password string) string {
	switch {
	case !utf8.ValidString(password):
		return "must be text"
	case utf8.RuneCountInString(password) < MinPasswordRunes:
		return fmt.Sprintf("must have %d characters or more", MinPasswordRunes)
	case len(password) > MaxPasswordBytes:
		return fmt.Sprintf("must have at most %d bytes", MaxPasswordBytes)
	case strings.Trim(password, password[:1]) == "":
		return "must not be one character over and over"
	}
	return ""
}

// Passwords hashes and checks passwords, few at a time, so that many who log in at once do not use up the memory.
type Passwords struct {
	rand  io.Reader
	turns chan struct{}
	decoy func() (string, error) // made when it is first needed
}

// NewPasswords returns one that has at most so many hashes under way. random is where salts come from; nil: crypto/rand.
func NewPasswords(atOnce int, random io.Reader) *Passwords {
	if random == nil {
		random = rand.Reader
	}
	p := &Passwords{rand: random, turns: make(chan struct{}, max(1, atOnce))}
	p.decoy = sync.OnceValues(func() (string, error) { return p.hash("the password of nobody") })
	return p
}

// Hash makes what is kept of a password. Errors: that of ctx, or of the randomness.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.begin(ctx); err != nil {
		return "", err
	}
	defer p.end()
	return p.hash(password)
}

func (p *Passwords) hash(password string) (string, error) {
	salt := make([]byte, argonSalt)
	if _, err := io.ReadFull(p.rand, salt); err != nil {
		return "", fmt.Errorf("auth: randomness for a salt: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argonVersion, argonMemory, argonPasses, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// Check tells whether a password is the one that is kept. Of nobody's, "", it takes as long, so that the time does not tell who
// has one. Errors: that of ctx, or what is kept is no hash.
func (p *Passwords) Check(ctx context.Context, password, kept string) (bool, error) {
	if err := p.begin(ctx); err != nil {
		return false, err
	}
	defer p.end()
	nobody := kept == ""
	if nobody {
		var err error
		if kept, err = p.decoy(); err != nil {
			return false, err
		}
	}
	var version, memory, passes uint32
	var lanes uint8
	parts := strings.Split(kept, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("auth: a stored password is no argon2id hash")
	}
	_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
	_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes)
	salt, err3 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err4 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2, err3, err4); err != nil || version != argonVersion || passes == 0 || lanes == 0 || len(want) != argonKey {
		return false, fmt.Errorf("auth: a stored password is no argon2id hash of a kind that is known: %w", err)
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, argonKey)
	return !nobody && subtle.ConstantTimeCompare(got, want) == 1, nil
}

// begin waits for a turn.
func (p *Passwords) begin(ctx context.Context) error {
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Passwords) end() { <-p.turns }
