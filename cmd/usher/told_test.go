package main

import (
	"errors"
	"fmt"
	"testing"

	"usher/internal/directory"
)

func TestTold(t *testing.T) {
	t.Parallel()
	missing := &directory.Error{Code: directory.NotFound, Field: "license", Reason: "no such license"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{missing, "no such license"},
		{fmt.Errorf("demo: %w", missing), "demo: no such license"},
		{errors.Join(missing, errors.New("lease: connection is gone")), "no such license\nconnection is gone"},
		{&directory.Error{Code: directory.Invalid, Field: "email", Reason: "must be an address"}, "email: must be an address"},
		{&directory.Error{Code: directory.EmailTaken, Field: "email"}, "email: email_taken"},
		{errors.New("auth: lease: the secret has 5 bytes"), "the secret has 5 bytes"},
		{errors.New("open /lease: no such file"), "open /lease: no such file"},
	} {
		if got := told(c.err); got != c.want {
			t.Errorf("%v: told %q, want %q", c.err, got, c.want)
		}
	}
}
