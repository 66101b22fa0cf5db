package admin_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/admin"
)

// limited is a house where one address may call twice a second, a teammate once, an API key four times; ten times as many at once.
func limited(h *house, change ...func(*admin.Options)) *admin.Server {
	h.t.Helper()
	return h.server(func(o *admin.Options) {
		o.Rates = admin.Rates{Address: 2, Teammate: 1, APIKey: 4}
		for _, f := range change {
			f(o)
		}
	})
}

// until429 calls until it is refused, and returns how many calls were not.
func (h *house) until429(s *admin.Server, method, path, bearer, body, from string) (let int, refused answer) {
	h.t.Helper()
	for ; let < 1000; let++ {
		if refused = h.send(s, method, path, bearer, body, nil, from); refused.status == http.StatusTooManyRequests {
			return let, refused
		}
	}
	h.t.Fatal("it was never refused")
	return 0, answer{}
}

func TestEachCallerHasALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := limited(h)
	ann, eve := h.token("lic", "tm_ann"), h.token("lic", "tm_eve")
	for _, c := range []struct {
		name, method, path, bearer, body, from string
		policy                                 string
		let                                    int
	}{
		{"a teammate", "GET", "/v1/me", ann, "", "", `"teammate";q=10;w=10`, 10},
		{"another, from the same address", "GET", "/v1/me", eve, "", "", `"teammate";q=10;w=10`, 10},
		{"an API key", "GET", "/v1/me", h.key, "", "", `"api_key";q=40;w=10`, 40},
		{"another", "GET", "/v1/me", h.farKey, "", "", `"api_key";q=40;w=10`, 40},
		{"a bad token", "GET", "/v1/me", "garbage", "", "192.0.2.7", `"address";q=20;w=10`, 20},
		{"one who logs in", "POST", "/v1/password/forgot", "", `{"email":"nobody@example.com"}`, "192.0.2.8", `"address";q=20;w=10`, 20},
	} {
		let, refused := h.until429(s, c.method, c.path, c.bearer, c.body, c.from)
		refused.want(t, c.name, 429, "rate_limited")
		if let != c.let || refused.header.Get("Ratelimit-Policy") != c.policy || refused.header.Get("Retry-After") != "1" {
			t.Errorf("%s: %d were let in, want %d; %v", c.name, let, c.let, refused.header)
		}
	}
	// Who has a good token is not kept out by those at the same address who have none.
	if got := h.send(s, "GET", "/v1/me", h.token("lic", "tm_bob"), "", nil, "192.0.2.7"); got.status != 200 {
		t.Errorf("from where guesses come: %d %s", got.status, got.raw)
	}
	if got := h.send(s, "GET", "/v1/me", "garbage", "", nil, "192.0.2.8"); got.status != 429 {
		t.Errorf("guessing by another way: %d %s", got.status, got.raw)
	}
}

// Whoever waits for as long as they are told is let in again, once for each time.
func TestWhoWaitsIsLetInAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := limited(h)
	ann := h.token("lic", "tm_ann")
	for left := 9; left >= 0; left-- {
		got := h.callWith(s, "GET", "/v1/me", ann, "", nil)
		if want := fmt.Sprintf(`"teammate";r=%d;t=%d`, left, 10-left); got.status != 200 || got.header.Get("Ratelimit") != want {
			t.Errorf("got %d %q, want %q", got.status, got.header.Get("Ratelimit"), want)
		}
	}
	for range 3 {
		refused := h.callWith(s, "GET", "/v1/me", ann, "", nil)
		refused.want(t, "at once", 429, "rate_limited")
		wait, err := strconv.Atoi(refused.header.Get("Retry-After"))
		h.must(err)
		h.clock.Advance(time.Duration(wait) * time.Second)
		if got := h.callWith(s, "GET", "/v1/me", ann, "", nil); got.status != 200 {
			t.Errorf("after %d s: %d", wait, got.status)
		}
	}
}

// What is refused changes nothing and costs nothing: no password is looked at.
func TestWhatIsRefusedIsNotDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := limited(h)
	h.until429(s, "PATCH", "/v1/licenses/lic", h.token("lic", "tm_eve"), `{"cap":3}`, "")
	before, err := h.dir.License(t.Context(), "lic")
	h.must(err)
	h.callWith(s, "PATCH", "/v1/licenses/lic", h.token("lic", "tm_eve"), `{"cap":4}`, nil).want(t, "a change", 429, "rate_limited")
	if after, err := h.dir.License(t.Context(), "lic"); err != nil || after.Revision != before.Revision {
		t.Errorf("a refused change was made: %+v %v", after, err)
	}
	checked := &countedPasswords{}
	s = limited(h, func(o *admin.Options) { checked.Passwords, o.Passwords = o.Passwords, checked })
	let := 0
	for i := range 25 { // each for somebody else: failures of one have a limit too
		if h.send(s, "POST", "/v1/login", "", fmt.Sprintf(`{"email":"a%d@example.com","password":"not the password"}`, i), nil, "192.0.2.9").status != 429 {
			let++
		}
	}
	if let != 20 || checked.n > let {
		t.Errorf("%d passwords were checked for %d requests, want 20", checked.n, let)
	}
}

// Addresses of IPv6 are counted by network, and X-Forwarded-For is believed of trusted proxies alone.
func TestWhoseAddressCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := limited(h, func(o *admin.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:f::1/128")}
	})
	bad := func(from, forwarded string) int {
		headers := map[string]string{}
		if forwarded != "" {
			headers["X-Forwarded-For"] = forwarded
		}
		return h.send(s, "GET", "/v1/me", "garbage", "", headers, from).status
	}
	spend := func(from, forwarded string) {
		for range 20 {
			bad(from, forwarded)
		}
	}
	spend("[2001:db8::1]", "")
	spend("10.1.1.1", "203.0.113.5")
	spend("192.0.2.3", "198.51.100.1")
	for _, c := range []struct {
		from, forwarded string
		want            int
	}{
		{"[2001:db8::ffff:1]", "", 429},
		{"[2001:db8:0:1::1]", "", 401},
		{"10.2.2.2", "203.0.113.5", 429},
		{"10.2.2.2", "198.51.100.9, 203.0.113.5", 429},       // what the client put there itself
		{"10.2.2.2", "203.0.113.5, 10.7.7.7", 429},           // through two proxies
		{"[2001:db8:f::1]", "203.0.113.5", 429},              // the other proxy
		{"10.2.2.2", "::ffff:203.0.113.5", 429},              // written another way
		{"10.2.2.2", "203.0.113.6", 401},                     // somebody else behind it
		{"10.2.2.2", "198.51.100.1", 401},                    // was not believed of 192.0.2.3
		{"192.0.2.3", "198.51.100.2", 429},                   // is not, either
		{"192.0.2.4", "203.0.113.5", 401},                    // nor of this one
		{"10.2.2.2", "", 401}, {"10.2.2.2", "nonsense", 401}, // the proxy itself
	} {
		if got := bad(c.from, c.forwarded); got != c.want {
			t.Errorf("from %s for %q: %d, want %d", c.from, c.forwarded, got, c.want)
		}
	}
	// A proxy may add what it knows in a line of its own, after that of the client.
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/me", http.NoBody)
	r.RemoteAddr = "10.2.2.2:1234"
	r.Header["X-Forwarded-For"] = []string{"198.51.100.10", "203.0.113.5"}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("with two lines: %d, want 429", w.Code)
	}
	seatCap := 5
	for header, address := range map[string]string{"X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "10.1.1.1"} {
		seatCap++
		got := h.send(s, "PATCH", "/v1/licenses/lic", h.token("lic", "tm_eve"), fmt.Sprintf(`{"cap":%d}`, seatCap), map[string]string{header: "203.0.113.9"}, "10.1.1.1")
		got.want(t, "a change", 200, "")
		lines, _ := h.deeds(0)
		if last := lines[len(lines)-1]; !strings.Contains(last, " "+address+":") {
			t.Errorf("with %s the audit log has %q, want %s", header, last, address)
		}
	}
}

func TestRatesThatAreNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 100 {
		if got := h.call("GET", "/v1/me", h.token("lic", "tm_ann"), ""); got.status != 200 || got.header.Get("Ratelimit") != "" {
			t.Fatalf("without a limit: %d %v", got.status, got.header)
		}
	}
	for _, r := range []float64{-1, 1e7, math.NaN()} {
		o := h.options()
		o.Rates.Address = r
		if _, err := admin.New(o); err == nil || !strings.Contains(err.Error(), "requests a second") {
			t.Errorf("a rate of %v: %v", r, err)
		}
	}
}

// Only so many callers are counted; who was seen lately is among them.
func TestCountedCallersAreBounded(t *testing.T) {
	t.Parallel()
	const many = 100_000
	take, counted := admin.NewLimit(1)
	for range 10 {
		if take("regular") != nil {
			t.Fatal("ten at once were refused")
		}
	}
	for i := range 2 * many {
		if take(strconv.Itoa(i)) != nil {
			t.Fatal("a newcomer was refused")
		}
		if i%(many/2) == 0 && take("regular") == nil {
			t.Fatal("a regular was forgotten")
		}
	}
	if n := counted(); n != many {
		t.Errorf("%d are counted, want %d", n, many)
	}
}

// countedPasswords counts how many are checked.
type countedPasswords struct {
	admin.Passwords
	n int
}

func (p *countedPasswords) Check(ctx context.Context, password, hash string) (bool, error) {
	p.n++
	return p.Passwords.Check(ctx, password, hash)
}
