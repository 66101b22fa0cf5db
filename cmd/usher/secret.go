package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secretFile is where demo keeps the secret that it made.
const secretFile = "jwt-secret"

// secret is the configured one. Where none is, it is what demo left in the data directory.
func (s *secrecy) secret(dataDir string) ([]byte, error) {
	if s.JWTSecret != "" {
		return []byte(s.JWTSecret), nil
	}
	file := s.JWTSecretFile
	if file == "" {
		file = filepath.Join(dataDir, secretFile)
	}
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.JWTSecretFile == "":
		return nil, errors.New("no secret: set USHER_JWT_SECRET or USHER_JWT_SECRET_FILE (make one with: openssl rand -base64 48). " +
			"It seals the keys that tokens and seat tickets are signed with, and signs those with which sessions resume, so it is needed with a JWKS URL too")
	case err != nil:
		return nil, fmt.Errorf("secret: %w", err)
	}
	return bytes.TrimSpace(b), nil
}

// ensureSecret makes a secret in the data directory, unless one is configured or there already.
func (s *secrecy) ensureSecret(dataDir string) error {
	if s.JWTSecret != "" || s.JWTSecretFile != "" {
		return nil
	}
	var b [48]byte
	if _, err := rand.Read(b[:]); err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	return createOnce(filepath.Join(dataDir, secretFile), []byte(base64.StdEncoding.EncodeToString(b[:])+"\n"))
}

// createOnce writes a file for its owner alone, whole or not at all, and leaves one that is there as it is, also
// when several processes do so at once.
func createOnce(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(content)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
