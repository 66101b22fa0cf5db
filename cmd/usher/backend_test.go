package main

import (
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// backend is an inbox backend as agent apps talk to: it accepts whoever shows a ticket that is not over by its own
// clock, and refuses one whose fence is lower than the highest it saw for the seat's number. It knows nothing else of
// Usher than the public keys.
type backend struct {
	jwks string
	now  func() time.Time

	mu       sync.Mutex
	keys     map[string]ed25519.PublicKey
	highest  map[int]int64 // by number: the highest fence seen
	accepted map[int64]stay
	refused  int
	broken   []error // what no ticket may be, however it came about
}

// stay is one holder of a seat, as the backend saw them act.
type stay struct {
	teammate    string
	number      int
	fence       int64
	first, last time.Time // accepted then
}

type ticketClaims struct {
	License string `json:"license"`
	Number  int    `json:"number"`
	Fence   int64  `json:"fence"`
	jwt.RegisteredClaims
}

func newBackend(jwks string) *backend {
	return &backend{
		jwks: jwks, now: time.Now, keys: map[string]ed25519.PublicKey{}, highest: map[int]int64{}, accepted: map[int64]stay{},
	}
}

// accept tells whether who shows the ticket may act now.
func (b *backend) accept(ticket string) bool {
	var claims ticketClaims
	_, err := jwt.ParseWithClaims(ticket, &claims, b.key, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithTimeFunc(b.now),
		jwt.WithAudience("usher-inbox"), jwt.WithExpirationRequired())
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case errors.Is(err, jwt.ErrTokenExpired), err == nil && claims.Fence < b.highest[claims.Number]:
		b.refused++
		return false
	case err != nil:
		b.broken = append(b.broken, err)
		return false
	}
	b.highest[claims.Number] = claims.Fence
	at := b.now()
	s, seen := b.accepted[claims.Fence]
	switch {
	case !seen:
		s = stay{teammate: claims.Subject, number: claims.Number, fence: claims.Fence, first: at}
	case s.teammate != claims.Subject || s.number != claims.Number:
		b.broken = append(b.broken, fmt.Errorf("fence %d is that of %s on %d and that of %s on %d",
			claims.Fence, s.teammate, s.number, claims.Subject, claims.Number))
	}
	s.last = at
	b.accepted[claims.Fence] = s
	return true
}

// key finds the public key of a ticket; one that is not known is fetched.
func (b *backend) key(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	b.mu.Lock()
	key, ok := b.keys[kid]
	b.mu.Unlock()
	if ok {
		return key, nil
	}
	fetched, err := fetchKeys(b.jwks)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.Copy(b.keys, fetched)
	if key, ok = b.keys[kid]; !ok {
		return nil, fmt.Errorf("no key %q is published", kid)
	}
	return key, nil
}

func fetchKeys(url string) (map[string]ed25519.PublicKey, error) {
	res, err := web.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var set struct {
		Keys []struct{ Kid, Kty, Crv, X string }
	}
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %d: %w", url, res.StatusCode, err)
	}
	keys := map[string]ed25519.PublicKey{}
	for _, k := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || k.Kty != "OKP" || k.Crv != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%s: not an Ed25519 key: %+v", url, k)
		}
		keys[k.Kid] = x
	}
	return keys, nil
}

// most sweeps over the stays and returns the most teammates who acted at one moment, and who they were.
func most(stays []stay) (int, []stay) {
	type edge struct {
		at    time.Time
		ends  bool
		which int
	}
	var edges []edge
	for i, s := range stays {
		edges = append(edges, edge{at: s.first, which: i}, edge{at: s.last, ends: true, which: i})
	}
	slices.SortStableFunc(edges, func(a, b edge) int {
		if c := a.at.Compare(b.at); c != 0 || a.ends == b.ends {
			return c
		}
		if a.ends { // who acts until the moment at which another one begins acts at that moment
			return 1
		}
		return -1
	})
	acting, best := map[string][]stay{}, []stay{}
	for _, e := range edges {
		s := stays[e.which]
		if e.ends {
			acting[s.teammate] = slices.DeleteFunc(acting[s.teammate], func(o stay) bool { return o.fence == s.fence })
			if len(acting[s.teammate]) == 0 {
				delete(acting, s.teammate)
			}
			continue
		}
		acting[s.teammate] = append(acting[s.teammate], s)
		if len(acting) > len(best) {
			best = best[:0]
			for _, all := range acting {
				best = append(best, all[0])
			}
		}
	}
	slices.SortFunc(best, func(a, b stay) int { return cmp.Compare(a.number, b.number) })
	return len(best), best
}

// check fails when more teammates were accepted at a moment than there are seats, or a ticket was what none may be; and
// when so little happened that this says nothing.
func (b *backend) check(t *testing.T, total, atLeast int) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, err := range b.broken {
		t.Error(err)
	}
	stays := slices.Collect(maps.Values(b.accepted))
	n, who := most(stays)
	if busy := total / 2; len(stays) < atLeast || n < busy {
		t.Errorf("the backend saw %d stays, %d at one moment: too few, want %d and %d", len(stays), n, atLeast, busy)
	}
	if n > total {
		t.Errorf("%d teammates were accepted at one moment, with %d seats:", n, total)
		for _, s := range who {
			t.Logf("  %s on %d with fence %d from %s to %s", s.teammate, s.number, s.fence,
				s.first.Format("15:04:05.000"), s.last.Format("15:04:05.000"))
		}
	}
	t.Logf("the backend saw %d stays, at most %d at one moment of %d seats; it refused %d times", len(stays), n, total, b.refused)
}

// TestSweep: the sweep finds the moment at which there were too many, and no other.
func TestSweep(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	stays := []stay{
		{"ann", 1, 11, at(0), at(10)},
		{"bob", 2, 12, at(2), at(4)},
		{"cid", 2, 13, at(5), at(9)},
		{"ann", 3, 14, at(6), at(8)}, // the same teammate again is not another one
	}
	if n, who := most(stays); n != 2 {
		t.Errorf("%d at once: %+v", n, who)
	}
	stays = append(stays, stay{"dan", 4, 15, at(9), at(12)})
	if n, who := most(stays); n != 3 || who[0].teammate != "ann" || who[1].teammate != "cid" || who[2].teammate != "dan" {
		t.Errorf("%d at once: %+v", n, who)
	}
}
