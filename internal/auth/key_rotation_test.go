package auth_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/clocktest"
)

var otherSecret = []byte("0c9e7a52d4b8f31668fb2740ad95c1e3")

// newNode is Tickets as a node has them, on the time of a synctest bubble.
func newNode(t *testing.T, store auth.KeyStore, change func(*ticketSettings)) signing {
	t.Helper()
	return newTickets(t, store, func(o *ticketSettings) {
		o.Now, o.Rand = time.Now, rand.Reader
		if change != nil {
			change(o)
		}
	})
}

// published are the kids of a node's JWKS.
func published(t *testing.T, ts signing) (kids []string) {
	t.Helper()
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(ts.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		kids = append(kids, k.ID)
	}
	return kids
}

func kidOf(t *testing.T, ticket string) string {
	t.Helper()
	kid, _ := part(t, ticket, 0)["kid"].(string)
	return kid
}

func rotate(t *testing.T, store auth.KeyStore, atOnce bool) auth.SigningKey {
	t.Helper()
	k, err := auth.RotateKeys(t.Context(), auth.KeysOptions{Secret: secret, Store: store}, atOnce)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestNodesThatStartAtOnceMakeOneKey(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	nodes := make([]signing, 16)
	var wg sync.WaitGroup
	for i := range nodes {
		wg.Go(func() { nodes[i] = newTickets(t, store, func(o *ticketSettings) { o.Rand = rand.Reader }) })
	}
	wg.Wait()
	ids := store.ids()
	if len(ids) != 1 {
		t.Fatalf("%d keys, want 1", len(ids))
	}
	for _, n := range nodes {
		if kid := kidOf(t, mustSign(t, n, aTicket(now))); kid != ids[0] {
			t.Errorf("a node signs with %s, want %s", kid, ids[0])
		}
	}
}

// Two nodes through two rotations, looked at again and again: every ticket is good at both until it ends, no key
// signs before all who ask for the JWKS now and then know it, and none is left behind.
func TestKeysRotateByThemselves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		var nodes []signing
		for range 2 {
			nodes = append(nodes, newNode(t, store, func(o *ticketSettings) { o.Rotation = 30 * time.Minute }))
			time.Sleep(20 * time.Second) // so that they look at the store at different times
		}
		began := time.Now()
		known := map[string]time.Time{}
		signed := map[string]time.Time{} // since when
		var alive []string
		most := 0
		for time.Since(began) < 75*time.Minute {
			for _, kid := range published(t, nodes[0]) {
				if _, seen := known[kid]; !seen && slices.Contains(published(t, nodes[1]), kid) {
					known[kid] = time.Now()
				}
			}
			most = max(most, len(store.ids()))
			for _, n := range nodes {
				ticket := mustSign(t, n, aTicket(time.Now()))
				kid := kidOf(t, ticket)
				if _, seen := signed[kid]; !seen {
					signed[kid] = time.Now()
					if at, ok := known[kid]; len(signed) > 1 && (!ok || time.Since(at) < auth.JWKSMaxAge) {
						t.Errorf("%s signs, and is known since %s", kid, at)
					}
				}
				alive = append(alive, ticket)
			}
			alive = slices.DeleteFunc(alive, func(ticket string) bool {
				for _, n := range nodes {
					_, err := n.Verify(t.Context(), ticket)
					if errors.Is(err, auth.ErrExpired) {
						return true
					}
					if err != nil {
						t.Fatalf("after %s: %v", time.Since(began), err)
					}
				}
				return false
			})
			time.Sleep(19 * time.Second) // within the life of a ticket
		}
		if len(signed) != 3 || most != 2 {
			t.Errorf("%d keys have signed, want 3; %d at the same time, want 2", len(signed), most)
		}
		if left := store.ids(); len(left) != 1 {
			t.Errorf("%v are left", left)
		}
	})
}

// How long keys sign, to the second.
func TestWhenKeysComeAndGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		began := time.Now()
		n := newNode(t, store, func(o *ticketSettings) { o.Rotation, o.RefreshEvery = 2*time.Hour, 10*time.Second })
		first := store.ids()[0]
		at := func(after time.Duration) {
			time.Sleep(time.Until(began.Add(after)))
			synctest.Wait()
		}
		signs := func() string { return kidOf(t, mustSign(t, n, aTicket(time.Now()))) }
		at(2*time.Hour - 10*time.Minute - time.Second)
		if ids := store.ids(); len(ids) != 1 || signs() != first {
			t.Fatalf("keys %v before a rotation is due", ids)
		}
		at(2*time.Hour - 10*time.Minute)
		ids := store.ids()
		if len(ids) != 2 || !slices.Equal(published(t, n), ids) || signs() != first {
			t.Fatalf("ten minutes ahead: keys %v, published %v, %s signs", ids, published(t, n), signs())
		}
		at(2*time.Hour - time.Nanosecond)
		if signs() != first {
			t.Error("the new key signs too early")
		}
		ticket := mustSign(t, n, aTicket(time.Now()))
		at(2 * time.Hour)
		if signs() != ids[1] {
			t.Error("the new key does not sign")
		}
		at(2*time.Hour + 18*time.Second)
		if _, err := n.Verify(t.Context(), ticket); err != nil {
			t.Errorf("the old key's last ticket: %v", err)
		}
		// Its life and a minute's margin.
		at(2*time.Hour + time.Minute + 20*time.Second - time.Nanosecond)
		if !slices.Equal(published(t, n), ids) {
			t.Errorf("published %v, want %v", published(t, n), ids)
		}
		at(2*time.Hour + time.Minute + 20*time.Second)
		if got := store.ids(); !slices.Equal(got, ids[1:]) || !slices.Equal(published(t, n), ids[1:]) {
			t.Errorf("keys %v, published %v, want %v alone", got, published(t, n), ids[1])
		}
		if _, err := n.Verify(t.Context(), ticket); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("a ticket of a key that is gone: %v", err)
		}
	})
}

func TestNoRotationUnlessAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		newNode(t, store, func(o *ticketSettings) { o.RefreshEvery, o.Ahead = time.Hour, 2*time.Hour })
		first := store.ids()
		time.Sleep(10 * 24 * time.Hour)
		if got := store.ids(); !slices.Equal(got, first) {
			t.Errorf("keys %v, want %v", got, first)
		}
	})
}

func TestRotateByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		n := newNode(t, store, nil)
		first := store.ids()[0]
		second := rotate(t, store, false)
		if want := time.Now().Add(10 * time.Minute); !second.UseFrom.Equal(want) || !second.Created.Equal(time.Now()) {
			t.Errorf("signs from %s, want %s", second.UseFrom, want)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if again := rotate(t, store, false); again.ID != second.ID || len(store.ids()) != 2 {
			t.Errorf("rotated again while a key waits: %v", store.ids())
		}
		if got := published(t, n); !slices.Equal(got, []string{first, second.ID}) {
			t.Errorf("published %v", got)
		}
		time.Sleep(9 * time.Minute)
		if kid := kidOf(t, mustSign(t, n, aTicket(time.Now()))); kid != second.ID {
			t.Errorf("%s signs, want %s", kid, second.ID)
		}
		if third := rotate(t, store, false); third.ID == second.ID {
			t.Error("a key that signs was taken for one that waits")
		}
	})
}

func TestRotateBeforeAnyServerRan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		if k := rotate(t, store, false); !k.UseFrom.Equal(time.Now()) {
			t.Errorf("the first key signs from %s", k.UseFrom)
		}
	})
}

// A key that others know is worth nothing, at each node from its next look at the store on.
func TestRotateAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		n := newNode(t, store, nil)
		old := mustSign(t, n, auth.Ticket{License: "l", Teammate: "t", Number: 1, Fence: 1, Issued: time.Now(), Expires: time.Now().Add(20 * time.Second)})
		time.Sleep(time.Second)
		waiting := rotate(t, store, false)
		k := rotate(t, store, true)
		if ids := store.ids(); !slices.Equal(ids, []string{k.ID}) || k.ID == waiting.ID || k.UseFrom.After(time.Now()) {
			t.Fatalf("keys %v, want %s alone, from now on", ids, k.ID)
		}
		// A ticket of the new key, from a node that was started just now, makes this one look.
		late := newNode(t, store, nil)
		if _, err := n.Verify(t.Context(), mustSign(t, late, aTicket(time.Now()))); err != nil {
			t.Errorf("new key: %v", err)
		}
		if _, err := n.Verify(t.Context(), old); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("old key: %v", err)
		}
		if kid := kidOf(t, mustSign(t, n, aTicket(time.Now()))); kid != k.ID || !slices.Equal(published(t, n), []string{k.ID}) {
			t.Errorf("%s signs, %v are published, want %s", kid, published(t, n), k.ID)
		}
	})
}

func TestNodesFollowWithinAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		n := newNode(t, store, nil)
		k := rotate(t, store, true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if kid := kidOf(t, mustSign(t, n, aTicket(time.Now()))); kid != k.ID {
			t.Errorf("%s signs, want %s", kid, k.ID)
		}
	})
}

func TestUnknownKidsAskTheStoreOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		ts := newNode(t, store, nil)
		good := mustSign(t, ts, aTicket(time.Now()))
		stranger, began, before := edKey(t), time.Now(), store.reads
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				for round := range 3 {
					guess := sign(t, jwt.SigningMethodEdDSA, stranger, ticketHeader(fmt.Sprintf("guess-%d-%d", round, i), nil), ticketClaims(nil))
					if _, err := ts.Verify(t.Context(), guess); !errors.Is(err, auth.ErrInvalid) {
						t.Errorf("%v", err)
					}
				}
			})
		}
		synctest.Wait()
		if _, err := ts.Verify(t.Context(), good); err != nil || time.Now() != began {
			t.Errorf("a good ticket among bad ones: %v, after %s", err, time.Since(began))
		}
		all.Wait()
		if n, took := store.reads-before, time.Since(began); n != 3 || took != 3*time.Second {
			t.Errorf("the store was asked %d times in %s, want 3 in 3s: none in the first second after the start", n, took)
		}
	})
}

// A key that was made while a node looked at the store, or right after that, is no stranger's.
func TestAKeyThatWasJustMadeIsKnown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lookedBefore time.Duration // the other node's last look ended so long before the key was made
		want         time.Duration // that it takes at most
	}{
		"looked right before": {0, time.Second},
		"looked a while ago":  {400 * time.Millisecond, 600 * time.Millisecond},
		"looked a second ago": {time.Second, 0},
		"looked a minute ago": {59 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := &keyStore{}
				one := newNode(t, store, nil)
				time.Sleep(tc.lookedBefore)
				rotate(t, store, true)
				two := newNode(t, store, nil)
				ticket, began := mustSign(t, two, aTicket(time.Now())), time.Now()
				if _, err := one.Verify(t.Context(), ticket); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != tc.want {
					t.Errorf("it took %s, want %s", took, tc.want)
				}
			})
		})
	}
}

// held is a store whose answers are read and then held back.
type held struct {
	*keyStore
	reading chan struct{} // gets one for each answer that is held back
	let     chan struct{} // lets it go
}

func (h held) SigningKeys(ctx context.Context) ([]auth.SigningKey, error) {
	keys, err := h.keyStore.SigningKeys(ctx)
	select {
	case h.reading <- struct{}{}:
		<-h.let
	default:
	}
	return keys, err
}

// A look that began before the key was made does not count.
func TestALookOfBeforeTheKeyDoesNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := held{&keyStore{}, make(chan struct{}), make(chan struct{})}
		one := newNode(t, store, nil)
		<-store.reading // a minute after the start
		rotate(t, store, true)
		ticket := mustSign(t, newNode(t, store.keyStore, nil), aTicket(time.Now()))
		verified := make(chan error)
		go func() {
			_, err := one.Verify(t.Context(), ticket)
			verified <- err
		}()
		synctest.Wait()
		store.let <- struct{}{}
		if err := <-verified; err != nil {
			t.Error(err)
		}
	})
}

func TestStoreDown(t *testing.T) {
	t.Parallel()
	store, c := &keyStore{}, clocktest.At(now)
	o := auth.KeysOptions{Secret: secret, Store: store}
	store.down = true
	if keys, err := auth.NewKeys(t.Context(), o); !errors.Is(err, auth.ErrUnavailable) {
		keys.Close()
		t.Fatalf("started without a store: %v", err)
	}
	store.down = false
	var log lockedBuffer
	ts := newTickets(t, store, func(o *ticketSettings) { o.Now, o.Log = c.Now, slog.New(slog.NewTextHandler(&log, nil)) })
	good := mustSign(t, ts, aTicket(now))
	unknown := sign(t, jwt.SigningMethodEdDSA, edKey(t), ticketHeader("unknown", nil), ticketClaims(nil))

	store.set(func(s *keyStore) { s.down = true })
	c.Advance(time.Second)
	before := store.reads
	for range 2 {
		if _, err := ts.Verify(t.Context(), unknown); !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrInvalid) {
			t.Errorf("unknown key, store down: %v, want ErrUnavailable", err)
		}
	}
	if n := store.reads - before; n != 1 {
		t.Errorf("the store was asked %d times, want once: it had just failed", n)
	}
	if _, err := ts.Verify(t.Context(), good); err != nil {
		t.Errorf("known key, store down: %v", err)
	}
	mustSign(t, ts, aTicket(now))
	if !strings.Contains(log.String(), "can't read the signing keys") {
		t.Errorf("log: %s", log.String())
	}
	_, err := auth.RotateKeys(t.Context(), o, false)
	if !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("rotated without a store: %v", err)
	}

	store.set(func(s *keyStore) { s.down = false })
	c.Advance(time.Second)
	if _, err := ts.Verify(t.Context(), unknown); !errors.Is(err, auth.ErrInvalid) {
		t.Errorf("unknown key, store back: %v, want ErrInvalid", err)
	}
}

// A store that can be read and not written keeps nobody from signing.
func TestRotationThatCannotBeKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		n := newNode(t, store, func(o *ticketSettings) { o.Rotation = time.Hour })
		store.set(func(s *keyStore) { s.readOnly = true })
		time.Sleep(2 * time.Hour)
		if _, err := n.Verify(t.Context(), mustSign(t, n, aTicket(time.Now()))); err != nil {
			t.Error(err)
		}
		unknown := sign(t, jwt.SigningMethodEdDSA, edKey(t), ticketHeader("unknown", nil), ticketClaims(nil))
		if _, err := n.Verify(t.Context(), unknown); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("unknown key: %v", err)
		}
		store.set(func(s *keyStore) { s.readOnly = false })
		time.Sleep(time.Minute)
		synctest.Wait()
		if ids := store.ids(); len(ids) != 2 {
			t.Errorf("keys %v, want a new one", ids)
		}
	})
}

// The secret is changed on one node, then on the other: what was signed before is good until it ends, nobody takes
// away the key that another signs with, and the old keys are gone in the end.
func TestAnotherSecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		var log lockedBuffer
		seldom := func(o *ticketSettings) { o.RefreshEvery = 5 * time.Minute }
		one := newNode(t, store, seldom)
		old := mustSign(t, one, aTicket(time.Now()))
		oldKey := store.ids()[0]
		time.Sleep(time.Second)
		two := newNode(t, store, func(o *ticketSettings) {
			seldom(o)
			o.Secret, o.Log = otherSecret, slog.New(slog.NewTextHandler(&log, nil))
		})
		if _, err := two.Verify(t.Context(), old); err != nil {
			t.Errorf("a ticket of before: %v", err)
		}
		newKey := store.ids()[1]
		for range 23 {
			time.Sleep(time.Hour)
			byOne, byTwo := mustSign(t, one, aTicket(time.Now())), mustSign(t, two, aTicket(time.Now()))
			if kidOf(t, byOne) != oldKey || kidOf(t, byTwo) != newKey || len(store.ids()) != 2 {
				t.Fatalf("keys %v", store.ids())
			}
			for _, ticket := range []string{byOne, byTwo} {
				for _, n := range []signing{one, two} {
					if _, err := n.Verify(t.Context(), ticket); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if n := strings.Count(log.String(), "another secret"); n != 1 {
			t.Errorf("it was said %d times, want once: %s", n, log.String())
		}
		one.Close()
		time.Sleep(2 * time.Hour)
		if ids := store.ids(); !slices.Equal(ids, []string{newKey}) {
			t.Errorf("keys %v, want %s", ids, newKey)
		}
		for _, no := range []string{string(secret), string(otherSecret)} {
			if strings.Contains(log.String(), no) {
				t.Error("a secret is in the log")
			}
		}
	})
}

// Nodes that go on with different secrets make a key a day each at most, not one with each look at the store.
func TestDifferentSecretsMakeFewKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		for _, s := range [][]byte{secret, otherSecret} {
			newNode(t, store, func(o *ticketSettings) {
				o.Secret, o.RefreshEvery, o.Ahead = s, 10*time.Minute, time.Hour
			})
		}
		seen := map[string]bool{}
		for range 2 * 24 * 6 {
			for _, id := range store.ids() {
				seen[id] = true
			}
			time.Sleep(10 * time.Minute)
		}
		if len(seen) > 4 {
			t.Errorf("%d keys in two days", len(seen))
		}
	})
}

func TestRotateWithAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	newTickets(t, store, nil)
	before := store.ids()
	for _, atOnce := range []bool{false, true} {
		_, err := auth.RotateKeys(t.Context(), auth.KeysOptions{Secret: otherSecret, Store: store}, atOnce)
		if !errors.Is(err, auth.ErrSealed) || errors.Is(err, auth.ErrUnavailable) || !slices.Equal(store.ids(), before) {
			t.Errorf("at once %t: %v, keys %v", atOnce, err, store.ids())
		}
	}
	if _, err := auth.RotateKeys(t.Context(), auth.KeysOptions{Secret: []byte("short"), Store: store}, true); !errors.Is(err, auth.ErrWeak) {
		t.Errorf("with a weak secret: %v", err)
	}
}

func TestPrivateKeysAreSealed(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	newTickets(t, store, nil)
	sealed := string(store.keys[0].Sealed)
	if seed := string(knownKey().Seed()); strings.Contains(sealed, seed) || strings.Contains(sealed, seed[:8]) {
		t.Error("the private key is kept as it is")
	}
	if len(sealed) != 12+32+16 { // nonce, seed, tag
		t.Errorf("%d bytes are kept", len(sealed))
	}
}

// Whatever is wrong with the only key that is kept, it does not sign, another one does, and it is said.
func TestKeysThatCantBeUsedDoNotSign(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(*auth.SigningKey)
		says  string
		shown int // keys in the JWKS
	}{
		"sealed bytes changed": {func(k *auth.SigningKey) { k.Sealed[20] ^= 1 }, "another secret", 2},
		"under another id":     {func(k *auth.SigningKey) { k.ID = "another" }, "another secret", 2},
		"nothing sealed":       {func(k *auth.SigningKey) { k.Sealed = nil }, "damaged", 2},
		"another public key":   {func(k *auth.SigningKey) { k.Public[3] ^= 1 }, "damaged", 2},
		"no public key":        {func(k *auth.SigningKey) { k.Public = nil }, "damaged", 1},
	} {
		store := &keyStore{}
		newTickets(t, store, nil)
		tc.spoil(&store.keys[0])
		bad := store.keys[0].ID
		var log lockedBuffer
		ts := newTickets(t, store, func(o *ticketSettings) {
			o.Rand, o.Log = rand.Reader, slog.New(slog.NewTextHandler(&log, nil))
		})
		ticket := mustSign(t, ts, aTicket(now))
		if kid := kidOf(t, ticket); kid == bad || len(store.ids()) != 2 || len(published(t, ts)) != tc.shown {
			t.Errorf("%s: %s signs of %v, %v are published", name, kid, store.ids(), published(t, ts))
		}
		if _, err := ts.Verify(t.Context(), ticket); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(log.String(), tc.says) || !strings.Contains(log.String(), bad) {
			t.Errorf("%s: log: %s", name, log.String())
		}
	}
}

// A first key by a clock that is ahead of ours is the one to sign with; there is no need for a second.
func TestFirstKeyOfANodeWhoseClockIsAhead(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	newTickets(t, store, func(o *ticketSettings) { o.Now = func() time.Time { return now.Add(5 * time.Minute) } })
	ts := newTickets(t, store, nil)
	if kid := kidOf(t, mustSign(t, ts, aTicket(now))); len(store.ids()) != 1 || kid != store.ids()[0] {
		t.Errorf("%s signs, keys %v", kid, store.ids())
	}
}

func TestNoKeyWithoutRandomness(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	keys, err := auth.NewKeys(t.Context(), auth.KeysOptions{
		Secret: secret, Store: store, Rand: iotest.TimeoutReader(strings.NewReader("short")),
	})
	if err == nil {
		keys.Close()
	}
	if err == nil || len(store.ids()) != 0 {
		t.Errorf("%v, keys %v", err, store.ids())
	}
}

// stalled is a store that answers nobody who does not give up.
type stalled struct {
	*keyStore
	asked chan struct{}
}

func (s stalled) SigningKeys(ctx context.Context) ([]auth.SigningKey, error) {
	select {
	case s.asked <- struct{}{}:
		<-ctx.Done()
		return nil, ctx.Err()
	default:
		return s.keyStore.SigningKeys(ctx)
	}
}

func TestCloseEndsAStalledLookAtTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stalled{&keyStore{}, make(chan struct{})}
		n := newNode(t, s, nil)
		<-s.asked // by the first look in the background
		began := time.Now()
		n.Close()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("Close waited %s", waited)
		}
		n.Close() // twice does no harm
		unknown := sign(t, jwt.SigningMethodEdDSA, edKey(t), ticketHeader("unknown", nil), ticketClaims(nil))
		if _, err := n.Verify(t.Context(), unknown); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("after Close: %v", err)
		}
	})
}
