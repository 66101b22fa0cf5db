package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"usher/internal/auth"
	"usher/internal/clocktest"
	"usher/internal/database"
	"usher/internal/directory"
)

// keysIn are the signing keys of a data directory, through a handle of their own, as another process has it.
func keysIn(t *testing.T, dir string) signingKeys {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return signingKeys{directory.New(db, directory.Options{})}
}

var ticketSecret = []byte("k3Jd9sLq2mXv7bTz0RwYpA5uHgEc8nFi4oZxQe6t")

func ticketsOn(t *testing.T, keys signingKeys, c *clocktest.Clock, random io.Reader) *auth.Tickets {
	t.Helper()
	return ticketsBy(t, auth.KeysOptions{Secret: ticketSecret, Store: keys, Now: c.Now, Rand: random}, 20*time.Second)
}

func ticketsBy(t *testing.T, o auth.KeysOptions, ttl time.Duration) *auth.Tickets {
	t.Helper()
	keys, err := auth.NewKeys(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keys.Close)
	ts, err := auth.NewTickets(auth.TicketOptions{Keys: keys, TTL: ttl, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func ticketAt(moment time.Time) auth.Ticket {
	return auth.Ticket{
		License: "lic_demo", Teammate: "tm_ann", Number: 1, Fence: 1_000_000_001, Issued: moment, Expires: moment.Add(20 * time.Second),
	}
}

// Nodes that start at once on one database agree on one key, and follow each other's rotations.
func TestNodesOnOneDatabaseShareKeys(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), clocktest.At(time.Now().Truncate(time.Second))
	handles := []signingKeys{keysIn(t, dir), keysIn(t, dir), keysIn(t, dir)}
	nodes := make([]*auth.Tickets, len(handles))
	var all sync.WaitGroup
	for i, keys := range handles {
		all.Go(func() { nodes[i] = ticketsOn(t, keys, c, rand.Reader) })
	}
	all.Wait()
	first, err := handles[0].SigningKeys(t.Context())
	if err != nil || len(first) != 1 {
		t.Fatalf("%d keys (%v), want 1", len(first), err)
	}
	old, err := nodes[0].Sign(ticketAt(c.Now()))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range nodes {
		if _, err := n.Verify(t.Context(), old); err != nil {
			t.Errorf("node %d: %v", i, err)
		}
	}

	c.Advance(time.Second)
	if _, err := auth.RotateKeys(t.Context(), auth.KeysOptions{Secret: ticketSecret, Store: handles[0], Now: c.Now}, true); err != nil {
		t.Fatal(err)
	}
	fresh, err := ticketsOn(t, handles[1], c, rand.Reader).Sign(ticketAt(c.Now()))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range nodes {
		if _, err := n.Verify(t.Context(), fresh); err != nil {
			t.Errorf("node %d: the new key: %v", i, err)
		}
		if _, err := n.Verify(t.Context(), old); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("node %d: the old key: %v", i, err)
		}
	}
}

func TestPrivateKeyIsNotInTheDatabase(t *testing.T) {
	t.Parallel()
	dir, seed := t.TempDir(), make([]byte, 32)
	_, _ = rand.Read(seed)
	keys := keysIn(t, dir)
	ticketsOn(t, keys, clocktest.At(time.Now()), io.MultiReader(bytes.NewReader(seed), rand.Reader))
	kept, err := keys.SigningKeys(t.Context())
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var content []byte
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, b...)
	}
	if !bytes.Contains(content, []byte(hex.EncodeToString(kept[0].Public))) {
		t.Fatalf("not even the public key is in %v: they were not looked through", files)
	}
	half := seed[:15] // a multiple of three, so that base64 is the same as of the whole
	for name, spelling := range map[string]string{
		"as it is": string(half), "in hexadecimal": hex.EncodeToString(half), "in base64": base64.StdEncoding.EncodeToString(half),
		"in base64 for URLs": base64.RawURLEncoding.EncodeToString(half), "the secret": string(ticketSecret),
	} {
		if bytes.Contains(bytes.ToLower(content), bytes.ToLower([]byte(spelling))) {
			t.Errorf("the private key is in the database %s", name)
		}
	}
}

// What a backend gets from a server.
func TestKeysArePublished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startDemo(t, dir)
	res, err := web.Get(p.url + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/jwk-set+json" ||
		res.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	var set struct{ Keys []map[string]string }
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%v (%v)", set, err)
	}
	kept, err := keysIn(t, dir).SigningKeys(t.Context())
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	want := map[string]string{
		"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kept[0].ID,
		"x": base64.RawURLEncoding.EncodeToString(kept[0].Public),
	}
	if !maps.Equal(set.Keys[0], want) {
		t.Errorf("published %v, want %v", set.Keys[0], want)
	}
}

// A ticket that is good until it ends is refused at once when its seat is lost.
func TestIntrospectionOfALiveSeat(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startDemo(t, dir)
	_, w := login(t, "Ann", p)
	secret, err := new(secrecy).secret(dir)
	if err != nil {
		t.Fatal(err)
	}
	tickets := ticketsBy(t, auth.KeysOptions{Secret: secret, Store: keysIn(t, dir)}, time.Hour)
	ticket, err := tickets.Sign(auth.Ticket{
		License: demoLicense, Teammate: "tm_ann", Number: w.Seat.Number, Fence: w.Seat.Fence,
		Issued: time.Now(), Expires: time.Now().Add(30 * time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	introspect := func() map[string]any {
		t.Helper()
		status, answer := p.call(p.demo.APIKey, "POST", "/v1/tickets/introspect", map[string]any{"ticket": ticket})
		if status != 200 {
			t.Fatalf("%d %v", status, answer)
		}
		return answer
	}
	want := map[string]any{
		"active": true, "license": demoLicense, "teammate": "tm_ann", "number": float64(w.Seat.Number), "fence": float64(w.Seat.Fence),
	}
	if got := introspect(); !maps.Equal(got, want) {
		t.Errorf("while she holds it: %v, want %v", got, want)
	}
	if status, answer := p.call(p.demo.token("Meg"), "POST", p.license("/seats/tm_ann/free"), nil); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	if got := introspect(); !maps.Equal(got, map[string]any{"active": false}) {
		t.Errorf("freed: %v", got)
	}
}
