package admin

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Rates are how many requests a second a node lets in for long; [RateWindow]'s worth may come at once. 0: any number.
type Rates struct {
	Address  float64 // from one address (an IPv6 /64), of those that have no good token: logging in, accepting an invitation, guessing
	Teammate float64 // of one teammate
	APIKey   float64 // with one API key
}

// RateWindow is the time whose requests may come at once.
const RateWindow = 10 * time.Second

// limitedCallers bounds how many callers of a kind are counted. The one that was seen least lately is forgotten for another.
const limitedCallers = 100_000

// limit bounds how often each caller of a kind may call.
type limit struct {
	name    string
	rate    rate.Limit
	burst   int
	callers *lru.Cache[string, *rate.Limiter]
}

// newLimit returns a limit, or nil for none.
func newLimit(name string, perSecond float64) (*limit, error) {
	if perSecond == 0 {
		return nil, nil //nolint:nilnil // no limit is what was asked for
	}
	if !(perSecond > 0 && perSecond <= 1e6) {
		return nil, fmt.Errorf("admin: a rate of %v requests a second, want 0 to 1000000", perSecond)
	}
	callers, err := lru.New[string, *rate.Limiter](limitedCallers)
	if err != nil {
		return nil, err
	}
	return &limit{
		name: name, rate: rate.Limit(perSecond), burst: max(int(perSecond*RateWindow.Seconds()), 1), callers: callers,
	}, nil
}

// take counts a request of a caller, and says in the answer's headers how many more there may be. Errors: a [*requestError] that tells
// when the next one may come.
func (l *limit) take(c *gin.Context, caller string, now time.Time) error {
	if l == nil {
		return nil
	}
	counted := rate.NewLimiter(l.rate, l.burst)
	if before, known, _ := l.callers.PeekOrAdd(caller, counted); known {
		l.callers.Get(caller) // it was seen
		counted = before
	}
	in := counted.AllowN(now, 1)
	left := max(counted.TokensAt(now), 0)
	whole := l.after(float64(l.burst) - left)
	// As draft-ietf-httpapi-ratelimit-headers has it.
	c.Header("RateLimit-Policy", strconv.Quote(l.name)+";q="+strconv.Itoa(l.burst)+";w="+strconv.Itoa(seconds(l.after(float64(l.burst)))))
	c.Header("RateLimit", strconv.Quote(l.name)+";r="+strconv.Itoa(int(left))+";t="+strconv.Itoa(seconds(whole)))
	if in {
		return nil
	}
	return &requestError{code: codeRateLimited, detail: "too many requests: wait, and send fewer", retryAfter: max(l.after(1-left), time.Millisecond)}
}

// after is how long it takes until there may be so many requests more.
func (l *limit) after(requests float64) time.Duration {
	return time.Duration(requests / float64(l.rate) * float64(time.Second))
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// whereFrom is an address as it is counted: who has one of IPv6 has 2⁶⁴ of them.
func whereFrom(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String() // a proxy may write it as one of IPv6, too
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// limits are those of a server.
type limits struct{ address, teammate, apiKey *limit }

func newLimits(r Rates) (all limits, err error) {
	for _, l := range []struct {
		to   **limit
		name string
		rate float64
	}{{&all.address, "address", r.Address}, {&all.teammate, "teammate", r.Teammate}, {&all.apiKey, "api_key", r.APIKey}} {
		if *l.to, err = newLimit(l.name, l.rate); err != nil {
			return limits{}, err
		}
	}
	return all, nil
}

// unknown counts a request of nobody who is known.
func (s *Server) unknown(c *gin.Context) error {
	return s.limits.address.take(c, whereFrom(c.ClientIP()), s.now())
}

// known counts a request of somebody.
func (s *Server) known(c *gin.Context, who *caller) error {
	if who.partner != nil {
		return s.limits.apiKey.take(c, who.key.Prefix, s.now())
	}
	return s.limits.teammate.take(c, who.own.ID+"/"+who.teammateID(), s.now())
}
