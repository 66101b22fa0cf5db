package loadtest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// minSecret is the shortest secret that a server takes.
const minSecret = 32

// Target is the deployment that is tested.
type Target struct {
	URLs   []string // of the nodes, http or https; agents spread over them
	APIKey string   // makes the licenses, and removes them

	// Secret signs the agents' tokens, where Issuer and Audience are those that the nodes want. nil: the nodes issue them.
	Secret           []byte
	Issuer, Audience string
}

// Validate tells what is wrong with a target, or nil.
func (t Target) Validate() error {
	if len(t.URLs) == 0 {
		return errors.New("no --url: name a node")
	}
	for _, s := range t.URLs {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
			return errors.New("--url must be like http://127.0.0.1:8080")
		}
	}
	switch {
	case t.APIKey == "":
		return errors.New("no API key: give --api-key (USHER_API_KEY); `usher apikey create` makes one, `usher demo` shows its own")
	case t.Secret != nil && len(t.Secret) < minSecret:
		return fmt.Errorf("the secret has %d bytes, want %d or more", len(t.Secret), minSecret)
	case t.Secret != nil && (t.Issuer == "" || t.Audience == ""):
		return errors.New("tokens that are signed need an issuer and an audience")
	}
	return nil
}

// base is the address of a node, without a slash at its end.
func (t Target) base(node int) string { return strings.TrimRight(t.URLs[node%len(t.URLs)], "/") }
