package auth_test

import (
	"bytes"
	"testing"

	"usher/internal/auth"
)

func TestMailTokensDifferInAllThatTheyAreFor(t *testing.T) {
	t.Parallel()
	secret, other := []byte("3f9c1d7a5b2e8046c9d1f7a3e5b08264"), []byte("4f9c1d7a5b2e8046c9d1f7a3e5b08264")
	tokens := map[string]bool{}
	for _, token := range []string{
		auth.MailToken(secret, "invitation", "inv_1", 1), auth.MailToken(other, "invitation", "inv_1", 1), auth.MailToken(secret, "reset", "inv_1", 1),
		auth.MailToken(secret, "invitation", "inv_2", 1), auth.MailToken(secret, "invitation", "inv_1", 2), auth.MailToken(secret, "invitation", "inv_", 11),
	} {
		if len(token) != 43 || tokens[token] {
			t.Errorf("%q is not 256 bits, or was there before", token)
		}
		tokens[token] = true
	}
	if again := auth.MailToken(secret, "invitation", "inv_1", 1); !tokens[again] {
		t.Error("the same token is another one the second time")
	}
	if bytes.Equal(auth.HashToken("a"), auth.HashToken("b")) || len(auth.HashToken("a")) != 32 {
		t.Error("hashes are not")
	}
}
