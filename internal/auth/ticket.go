package auth

import (
	"cmp"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// TicketType is a ticket's typ, by which it can't be taken for an access token.
	TicketType = "usher-ticket+jwt"
	// TicketAudience is a ticket's aud: the backend that lets operators serve customers.
	TicketAudience = "usher-inbox"
	// MinTicketTTL is the shortest life that tickets may be given: cut to whole seconds, more than one is left.
	MinTicketTTL = 2 * time.Second
)

const maxTicketIssuerBytes = 256 // so that every ticket is within MaxTicketBytes

// Ticket is what a ticket says: who holds which seat, and until when that can be relied on.
type Ticket struct {
	License  string    // license id
	Teammate string    // teammate id: sub
	Number   int       // of the seat, from 1
	Fence    int64     // of the seat, from 1
	Issued   time.Time // iat
	Expires  time.Time // exp; the ticket is good before this moment
}

// TicketOptions configure [Tickets]. Keys and TTL are required.
type TicketOptions struct {
	// Keys sign and verify. Their owner closes them.
	Keys *Keys
	// Issuer is what a ticket's iss is and must be; it defaults to [DefaultName].
	Issuer string
	// TTL is the longest life of a ticket: [MinTicketTTL] or more, and at most as long as what Keys sign may live.
	TTL time.Duration
	// Now tells whether a ticket has ended. It defaults to time.Now.
	Now func() time.Time
}

func (o TicketOptions) check() error {
	switch {
	case o.Keys == nil:
		return fmt.Errorf("%w: there are no keys to sign tickets with", ErrWeak)
	case len(o.Issuer) > maxTicketIssuerBytes:
		return fmt.Errorf("%w: the issuer has %d bytes, want at most %d", ErrWeak, len(o.Issuer), maxTicketIssuerBytes)
	case o.TTL < MinTicketTTL || o.TTL > o.Keys.life:
		return fmt.Errorf("%w: the life of a ticket is %s, want %s to %s", ErrWeak, o.TTL, MinTicketTTL, o.Keys.life)
	}
	return nil
}

// Tickets signs and verifies tickets. It is safe for concurrent use.
type Tickets struct {
	issuer string
	ttl    time.Duration
	keys   *Keys
	parser *jwt.Parser
}

// NewTickets makes what signs tickets. Errors: [ErrWeak], with what to change.
func NewTickets(o TicketOptions) (*Tickets, error) {
	o.Issuer = cmp.Or(o.Issuer, DefaultName)
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Tickets{issuer: o.Issuer, ttl: o.TTL, keys: o.Keys, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{algEdDSA}),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(o.Now),
		jwt.WithExpirationRequired(),
		jwt.WithIssuer(o.Issuer),
		jwt.WithAudience(TicketAudience),
	)}, nil
}

// Sign makes a ticket. Its moments are the caller's, in whatever clock rules the seat, cut to whole seconds as every
// library for JWTs understands them: so a ticket ends up to a second before k.Expires, and never after it. Who
// tells others how long it lives cuts k.Expires themselves, before. Errors: what k says may not be said, or it has
// nothing left to live, or lives longer than TTL; [ErrUnavailable], when there is no key to sign with.
func (t *Tickets) Sign(k Ticket) (string, error) {
	if !validID(k.License) || !validID(k.Teammate) {
		return "", fmt.Errorf("auth: license %q or teammate %q is no id", k.License, k.Teammate)
	}
	if k.Number < 1 || k.Fence < 1 {
		return "", fmt.Errorf("auth: no seat has number %d and fence %d", k.Number, k.Fence)
	}
	expires := k.Expires.Truncate(time.Second)
	if life := k.Expires.Sub(k.Issued); !expires.After(k.Issued) || life > t.ttl {
		return "", fmt.Errorf("auth: a ticket can't live for %s", life)
	}
	return t.keys.sign(TicketType, jwt.MapClaims{
		"iss":     t.issuer,
		"aud":     TicketAudience,
		"sub":     k.Teammate,
		"license": k.License,
		"number":  k.Number,
		"fence":   k.Fence,
		"iat":     k.Issued.Unix(),
		"exp":     expires.Unix(),
	})
}
