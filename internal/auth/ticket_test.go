package auth_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/clocktest"
)

// keyStore keeps signing keys in memory, for several nodes at once.
type keyStore struct {
	mu       sync.Mutex
	keys     []auth.SigningKey
	reads    int
	down     bool // nothing is answered
	readOnly bool // nothing is changed
}

var errStore = errors.New("the store is down")

func (s *keyStore) SigningKeys(context.Context) ([]auth.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.down {
		return nil, errStore
	}
	return slices.Clone(s.keys), nil
}

func (s *keyStore) ChangeSigningKeys(_ context.Context, decide func([]auth.SigningKey) ([]auth.SigningKey, []string, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down || s.readOnly {
		return errStore
	}
	add, remove, err := decide(slices.Clone(s.keys))
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(s.keys, func(k auth.SigningKey) bool { return slices.Contains(remove, k.ID) })
	s.keys = slices.Concat(add, kept) // the newest first: nobody may rely on an order
	return nil
}

func (s *keyStore) set(change func(*keyStore)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// ids are those of the keys, oldest first.
func (s *keyStore) ids() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range slices.Backward(s.keys) {
		ids = append(ids, k.ID)
	}
	return ids
}

// counting is randomness that is known: 0, 1, 2, …
type counting struct{ next byte }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = c.next
		c.next++
	}
	return len(p), nil
}

// knownKey is the first key that is made of counting.
func knownKey() ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = new(counting).Read(seed)
	return ed25519.NewKeyFromSeed(seed)
}

// ticketSettings are those of the keys and of the tickets on them. Life is TTL unless set.
type ticketSettings struct {
	auth.KeysOptions

	Issuer string
	TTL    time.Duration
}

// signing is what a node signs with.
type signing struct {
	*auth.Tickets
	*auth.Keys
}

// startSigning makes both, or neither.
func startSigning(ctx context.Context, o ticketSettings) (signing, error) {
	o.Life = cmp.Or(o.Life, o.TTL)
	keys, err := auth.NewKeys(ctx, o.KeysOptions)
	if err != nil {
		return signing{}, err
	}
	tickets, err := auth.NewTickets(auth.TicketOptions{Keys: keys, Issuer: o.Issuer, TTL: o.TTL, Now: o.Now})
	if err != nil {
		keys.Close()
	}
	return signing{tickets, keys}, err
}

func newTickets(t testing.TB, store auth.KeyStore, change func(*ticketSettings)) signing {
	t.Helper()
	o := ticketSettings{
		KeysOptions: auth.KeysOptions{Secret: secret, Store: store, Now: fixedNow, Rand: new(counting)}, TTL: 20 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	s, err := startSigning(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func aTicket(issued time.Time) auth.Ticket {
	return auth.Ticket{
		License: "lic_demo", Teammate: "tm_ann", Number: 2, Fence: 1_000_000_017, Issued: issued, Expires: issued.Add(20 * time.Second),
	}
}

func mustSign(t testing.TB, ts signing, k auth.Ticket) string {
	t.Helper()
	s, err := ts.Sign(k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// part decodes one of a JWT's parts.
func part(t testing.TB, token string, n int) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func same(a, b map[string]any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

func TestSignedTicketVerifies(t *testing.T) {
	t.Parallel()
	ts := newTickets(t, &keyStore{}, nil)
	ticket := mustSign(t, ts, aTicket(now))
	got, err := ts.Verify(t.Context(), ticket)
	want := aTicket(now)
	want.Issued, want.Expires = want.Issued.Truncate(time.Second), want.Expires.Truncate(time.Second)
	if err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// What backends read, byte for byte but for the order.
func TestShapeOfATicket(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	ts := newTickets(t, store, func(o *ticketSettings) { o.Issuer = "https://usher.example.com" })
	ticket := mustSign(t, ts, aTicket(now))
	if got, want := part(t, ticket, 0), (map[string]any{"alg": "EdDSA", "typ": "usher-ticket+jwt", "kid": store.ids()[0]}); !same(got, want) {
		t.Errorf("header %v, want %v", got, want)
	}
	want := map[string]any{
		"iss": "https://usher.example.com", "aud": "usher-inbox", "sub": "tm_ann", "license": "lic_demo",
		"number": 2, "fence": 1_000_000_017, "iat": now.Unix(), "exp": now.Unix() + 20,
	}
	if got := part(t, ticket, 1); !same(got, want) {
		t.Errorf("claims %v, want %v", got, want)
	}
}

// A backend that has nothing but the JWKS, and a library that is not ours.
func TestTicketVerifiesByTheJWKSAlone(t *testing.T) {
	t.Parallel()
	ts := newTickets(t, &keyStore{}, nil)
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(ts.JWKS(), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%s (%v)", ts.JWKS(), err)
	}
	k := set.Keys[0]
	x, err := base64.RawURLEncoding.DecodeString(k["x"])
	if err != nil || !ed25519.PublicKey(x).Equal(knownKey().Public()) {
		t.Errorf("x is %q", k["x"])
	}
	if len(k) != 6 || k["kty"] != "OKP" || k["crv"] != "Ed25519" || k["alg"] != "EdDSA" || k["use"] != "sig" {
		t.Errorf("key %v", k)
	}
	ticket := mustSign(t, ts, aTicket(now))
	if kid := part(t, ticket, 0)["kid"]; kid != k["kid"] {
		t.Errorf("signed by %v, published is %v", kid, k["kid"])
	}
	dot := strings.LastIndexByte(ticket, '.')
	signature, err := base64.RawURLEncoding.DecodeString(ticket[dot+1:])
	if err != nil || !ed25519.Verify(x, []byte(ticket[:dot]), signature) {
		t.Errorf("the published key does not verify it (%v)", err)
	}
}

// The example of RFC 8037, appendix A.3.
func TestKeyIDIsTheThumbprint(t *testing.T) {
	t.Parallel()
	seed, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	if err != nil {
		t.Fatal(err)
	}
	store := &keyStore{}
	newTickets(t, store, func(o *ticketSettings) { o.Rand = strings.NewReader(string(seed) + strings.Repeat("n", 12)) })
	if ids := store.ids(); !slices.Equal(ids, []string{"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}) {
		t.Errorf("kid %q", ids)
	}
}

// Moments are cut to whole seconds, and never to a later end than the caller said.
func TestTicketsNeverLiveLongerThanTold(t *testing.T) {
	t.Parallel()
	c := clocktest.At(now)
	ts := newTickets(t, &keyStore{}, func(o *ticketSettings) { o.Now, o.TTL = c.Now, 2*time.Second })
	second := now.Truncate(time.Second)
	for _, tc := range []struct{ issued, life, end time.Duration }{
		{0, 2 * time.Second, 2 * time.Second},
		{999_999_999, 2 * time.Second, 2 * time.Second},
		{600 * time.Millisecond, 1500 * time.Millisecond, 2 * time.Second},
		{600 * time.Millisecond, time.Second, time.Second},
		{0, time.Second, time.Second},
	} {
		k := aTicket(second.Add(tc.issued))
		k.Expires = k.Issued.Add(tc.life)
		c.Advance(second.Sub(c.Now()))
		got, err := ts.Verify(t.Context(), mustSign(t, ts, k))
		if err != nil || !got.Issued.Equal(second) || !got.Expires.Equal(second.Add(tc.end)) || got.Expires.After(k.Expires) {
			t.Errorf("issued at %s for %s: %+v, %v", tc.issued, tc.life, got, err)
		}
	}
}

func TestTicketExpiryIsExact(t *testing.T) {
	t.Parallel()
	c := clocktest.At(now)
	ts := newTickets(t, &keyStore{}, func(o *ticketSettings) { o.Now = c.Now })
	ticket := mustSign(t, ts, aTicket(now))
	end := now.Add(20 * time.Second).Truncate(time.Second)
	c.Advance(end.Sub(now) - 1)
	if _, err := ts.Verify(t.Context(), ticket); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	c.Advance(1)
	if got, err := ts.Verify(t.Context(), ticket); !errors.Is(err, auth.ErrExpired) || errors.Is(err, auth.ErrInvalid) || got != (auth.Ticket{}) {
		t.Errorf("at its end: %+v, %v, want ErrExpired alone", got, err)
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	ts := newTickets(t, &keyStore{}, nil)
	for name, spoil := range map[string]func(*auth.Ticket){
		"no license":            func(k *auth.Ticket) { k.License = "" },
		"no teammate":           func(k *auth.Ticket) { k.Teammate = "" },
		"odd license":           func(k *auth.Ticket) { k.License = `lic","fence":"` },
		"long teammate":         func(k *auth.Ticket) { k.Teammate = strings.Repeat("t", 65) },
		"no number":             func(k *auth.Ticket) { k.Number = 0 },
		"no fence":              func(k *auth.Ticket) { k.Fence = 0 },
		"negative fence":        func(k *auth.Ticket) { k.Fence = -1 },
		"no life":               func(k *auth.Ticket) { k.Expires = k.Issued },
		"ends before it begins": func(k *auth.Ticket) { k.Expires = k.Issued.Add(-time.Second) },
		"nothing left when cut": func(k *auth.Ticket) { k.Expires = k.Issued.Add(300 * time.Millisecond) },
		"longer than TTL":       func(k *auth.Ticket) { k.Expires = k.Issued.Add(20*time.Second + 1) },
		"no moments":            func(k *auth.Ticket) { k.Issued, k.Expires = time.Time{}, time.Time{} },
	} {
		k := aTicket(now)
		spoil(&k)
		if ticket, err := ts.Sign(k); err == nil || ticket != "" || errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s: signed, or %v", name, err)
		}
	}
}

func ticketClaims(change func(jwt.MapClaims)) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": "usher", "aud": "usher-inbox", "sub": "tm_ann", "license": "lic_demo", "number": 2, "fence": 1_000_000_017,
		"iat": now.Unix(), "exp": now.Unix() + 20,
	}
	if change != nil {
		change(c)
	}
	return c
}

func ticketHeader(kid string, change func(map[string]any)) map[string]any {
	h := map[string]any{"typ": auth.TicketType, "kid": kid}
	if change != nil {
		change(h)
	}
	return h
}

// signedTicket is signed with the right key, whatever it says.
func signedTicket(t testing.TB, kid string, header func(map[string]any), claims func(jwt.MapClaims)) string {
	return sign(t, jwt.SigningMethodEdDSA, knownKey(), ticketHeader(kid, header), ticketClaims(claims))
}

func badTicketClaims(t *testing.T, kid string) map[string]badToken {
	with := func(k string, v any) string {
		return signedTicket(t, kid, nil, func(c jwt.MapClaims) { c[k] = v })
	}
	without := func(k string) string {
		return signedTicket(t, kid, nil, func(c jwt.MapClaims) { delete(c, k) })
	}
	inv := auth.ErrInvalid
	return map[string]badToken{
		"another audience":     {with("aud", "usher"), inv, "aud"},
		"no audience":          {without("aud"), inv, "required"},
		"another issuer":       {with("iss", "somebody"), inv, "iss"},
		"no issuer":            {without("iss"), inv, "required"},
		"expired":              {with("exp", now.Unix()), auth.ErrExpired, "expired"},
		"expired and foreign":  {signedTicket(t, kid, nil, func(c jwt.MapClaims) { c["exp"], c["iss"] = 1, "x" }), inv, "iss"},
		"no exp":               {without("exp"), inv, "required"},
		"exp as text":          {with("exp", "tomorrow-4711"), inv, "malformed"},
		"exp out of range":     {with("exp", 1e15), inv, "exp"},
		"no iat":               {without("iat"), inv, "iat"},
		"iat out of range":     {with("iat", 1e15), inv, "iat"},
		"not yet valid":        {with("nbf", now.Add(time.Minute).Unix()), inv, "nbf"},
		"no sub":               {without("sub"), inv, "sub"},
		"sub is no id":         {with("sub", "tm_ann}{*"), inv, "sub"},
		"no license":           {without("license"), inv, "license"},
		"license is no id":     {with("license", "lic demo"), inv, "license"},
		"license is a number":  {with("license", 5), inv, "malformed"},
		"no number":            {without("number"), inv, "number"},
		"number 0":             {with("number", 0), inv, "number"},
		"number -1":            {with("number", -1), inv, "number"},
		"number 1.5":           {with("number", 1.5), inv, "malformed"},
		"number as text":       {with("number", "2"), inv, "malformed"},
		"no fence":             {without("fence"), inv, "fence"},
		"fence 0":              {with("fence", 0), inv, "fence"},
		"fence -1":             {with("fence", -1), inv, "fence"},
		"fence is null":        {with("fence", nil), inv, "fence"},
		"fence beyond 64 bits": {with("fence", json.Number("9223372036854775808")), inv, "malformed"},
	}
}

func badTicketHeaders(t *testing.T, kid string) map[string]badToken {
	with := func(k string, v any) string {
		return signedTicket(t, kid, func(h map[string]any) { h[k] = v }, nil)
	}
	inv := auth.ErrInvalid
	return map[string]badToken{
		"no typ":                {with("typ", nil), inv, "typ"},
		"an access token's typ": {with("typ", "JWT"), inv, "typ"},
		"typ is a number":       {with("typ", 7), inv, "typ"},
		"typ in capitals":       {with("typ", strings.ToUpper(auth.TicketType)), inv, "typ"},
		"crit":                  {with("crit", []string{"exp"}), inv, "crit"},
		"no kid":                {with("kid", nil), inv, "kid is missing"},
		"kid is a number":       {with("kid", 5), inv, "kid is missing"},
		"empty kid":             {with("kid", ""), inv, "kid is missing"},
		"another kid":           {with("kid", "somebody-elses"), inv, "kid is not known"},
	}
}

func badTicketSignatures(t *testing.T, kid string) map[string]badToken {
	inv := auth.ErrInvalid
	good := signedTicket(t, kid, nil, nil)
	parts := strings.Split(good, ".")
	other := strings.Split(signedTicket(t, kid, nil, func(c jwt.MapClaims) { c["number"] = 3 }), ".")
	public := []byte(knownKey().Public().(ed25519.PublicKey))
	header := ticketHeader(kid, nil)
	return map[string]badToken{
		"another key":           {sign(t, jwt.SigningMethodEdDSA, edKey(t), header, ticketClaims(nil)), inv, "signature"},
		"public key as secret":  {sign(t, jwt.SigningMethodHS256, public, header, ticketClaims(nil)), inv, "algorithm"},
		"the servers' secret":   {sign(t, jwt.SigningMethodHS256, secret, header, ticketClaims(nil)), inv, "algorithm"},
		"RS256":                 {sign(t, jwt.SigningMethodRS256, rsaKey(t), header, ticketClaims(nil)), inv, "algorithm"},
		"alg none":              {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header, ticketClaims(nil)), inv, "algorithm"},
		"alg unknown":           {segment(`{"alg":"Ed448"}`) + "." + parts[1] + "." + parts[2], inv, "algorithm"},
		"another seat":          {other[0] + "." + other[1] + "." + parts[2], inv, "signature"},
		"no signature":          {parts[0] + "." + parts[1] + ".", inv, "signature"},
		"cut signature":         {good[:len(good)-2], inv, "signature"},
		"another spelling":      {good[:len(good)-1] + string(good[len(good)-1]+1), inv, "malformed"},
		"padded":                {good + "=", inv, "malformed"},
		"line break":            {good + "\n", inv, "malformed"},
		"line break inside":     {good[:10] + "\r\n" + good[10:], inv, "malformed"},
		"two parts":             {parts[0] + "." + parts[1], inv, "malformed"},
		"four parts":            {good + ".x", inv, "malformed"},
		"empty":                 {"", inv, "malformed"},
		"garbage":               {"\x00\xff not a ticket", inv, "malformed"},
		"oversized":             {good + strings.Repeat("A", auth.MaxTicketBytes), inv, "4096"},
		"oversized, and signed": {signedTicket(t, kid, nil, func(c jwt.MapClaims) { c["x"] = strings.Repeat("x", auth.MaxTicketBytes) }), inv, "4096"},
	}
}

func TestBadTickets(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	ts := newTickets(t, store, nil)
	kid := store.ids()[0]
	if got, err := ts.Verify(t.Context(), signedTicket(t, kid, nil, nil)); err != nil || got.Teammate != "tm_ann" {
		t.Fatalf("the ticket that is spoilt below: %+v, %v", got, err)
	}
	for _, group := range []map[string]badToken{badTicketClaims(t, kid), badTicketHeaders(t, kid), badTicketSignatures(t, kid)} {
		for name, tc := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got, err := ts.Verify(t.Context(), tc.token)
				if !errors.Is(err, tc.err) || errors.Is(err, auth.ErrUnavailable) {
					t.Fatalf("%v, want %v", err, tc.err)
				}
				if got != (auth.Ticket{}) {
					t.Errorf("a bad ticket says %+v", got)
				}
				if !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%q does not say %q", err, tc.says)
				}
				for _, piece := range append(strings.Split(tc.token, "."), "tomorrow-4711", "lic demo", "somebody") {
					if len(piece) > 3 && strings.Contains(err.Error(), piece) {
						t.Errorf("%q quotes the ticket", err)
					}
				}
			})
		}
	}
}

func TestTicketOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*ticketSettings)
		says   string
		keys   int // that were made
	}{
		"weak secret":          {func(o *ticketSettings) { o.Secret = []byte("short") }, "5 bytes", 0},
		"no TTL":               {func(o *ticketSettings) { o.TTL = 0 }, "want 2s", 1},
		"TTL of one second":    {func(o *ticketSettings) { o.TTL = time.Second }, "want 2s", 1},
		"long issuer":          {func(o *ticketSettings) { o.Issuer = strings.Repeat("i", 257) }, "257 bytes", 1},
		"rotation is too fast": {func(o *ticketSettings) { o.Rotation = 19 * time.Minute }, "want 20m", 0},
		"negative rotation":    {func(o *ticketSettings) { o.Rotation = -time.Hour }, "want 20m", 0},
		"TTL above the keys'":  {func(o *ticketSettings) { o.Life = 19 * time.Second }, "to 19s", 1},
		"no life":              {func(o *ticketSettings) { o.Life = time.Millisecond }, "want 1s", 0},
		"ahead too short":      {func(o *ticketSettings) { o.Ahead = 5 * time.Minute }, "want 6m", 0},
	} {
		store := &keyStore{}
		o := ticketSettings{KeysOptions: auth.KeysOptions{Secret: secret, Store: store}, TTL: 20 * time.Second}
		tc.change(&o)
		ts, err := startSigning(t.Context(), o)
		if err == nil {
			ts.Close()
			t.Errorf("%s: accepted", name)
			continue
		}
		if !errors.Is(err, auth.ErrWeak) || !strings.Contains(err.Error(), tc.says) || len(store.ids()) != tc.keys {
			t.Errorf("%s: %v with %d keys, want ErrWeak with %q and %d", name, err, len(store.ids()), tc.says, tc.keys)
		}
	}
}

// The longest issuer that is let pass, each byte of which takes six in JSON, and the longest of all else.
func TestLongestTicketIsLookedAt(t *testing.T) {
	t.Parallel()
	ts := newTickets(t, &keyStore{}, func(o *ticketSettings) { o.Issuer = strings.Repeat("\x01", 256) })
	k := aTicket(now)
	k.License, k.Teammate, k.Number, k.Fence = strings.Repeat("l", 64), strings.Repeat("t", 64), math.MaxInt, math.MaxInt64
	got, err := ts.Verify(t.Context(), mustSign(t, ts, k))
	if err != nil || got.Fence != math.MaxInt64 || got.License != k.License {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzVerifyTicket(f *testing.F) {
	store := &keyStore{}
	ts := newTickets(f, store, nil)
	good := mustSign(f, ts, aTicket(now)) // the same one in each of the fuzzer's processes
	f.Add(good)
	f.Add("")
	f.Add("a.b.c")
	f.Add(signedTicket(f, "unknown", nil, nil))
	f.Add(segment(`{"alg":"EdDSA","typ":"usher-ticket+jwt","kid":null}`) + "." + segment(`{"exp":1e999}`) + ".")
	f.Fuzz(func(t *testing.T, ticket string) {
		k, err := ts.Verify(t.Context(), ticket)
		if err == nil && ticket != good {
			t.Fatalf("a ticket nobody signed is good: %+v", k)
		}
		if err != nil && !errors.Is(err, auth.ErrInvalid) && !errors.Is(err, auth.ErrExpired) {
			t.Fatalf("error of another kind: %v", err)
		}
	})
}

func BenchmarkSignTicket(b *testing.B) {
	ts := newTickets(b, &keyStore{}, nil)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := ts.Sign(aTicket(now)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifyTicket(b *testing.B) {
	ts := newTickets(b, &keyStore{}, nil)
	ticket := mustSign(b, ts, aTicket(now))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := ts.Verify(b.Context(), ticket); err != nil {
				b.Fatal(err)
			}
		}
	})
}
