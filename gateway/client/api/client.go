package api

import (
	"context"
	"net/http"
	"strings"
)

// New returns a client of a deployment, as https://usher.example.com, for whoever has the bearer: a teammate's access token, or a partner's
// API key. It is safe for concurrent use. Errors: that of an option.
func New(url, bearer string, options ...ClientOption) (*ClientWithResponses, error) {
	authorized := WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+bearer)
		return nil
	})
	return NewClientWithResponses(strings.TrimSuffix(url, "/")+"/v1", append([]ClientOption{authorized}, options...)...)
}
