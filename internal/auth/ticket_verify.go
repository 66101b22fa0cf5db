package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// MaxTicketBytes is the longest ticket that is looked at.
const MaxTicketBytes = 4 << 10

var (
	errTicketOversized = fmt.Errorf("ticket has more than %d bytes", MaxTicketBytes)
	errNoTicket        = errors.New("typ is not " + TicketType)
	errSeat            = errors.New("number or fence is missing or no seat's")
	errTicketLife      = errors.New("exp or iat can't be meant")
)

type ticketClaims struct {
	jwt.RegisteredClaims
	License string `json:"license"`
	Number  int    `json:"number"`
	Fence   int64  `json:"fence"`
}

// Verify tells what a ticket proves; only the engine knows whether it is still so. It may wait up to two seconds for
// the store when the ticket's key is not known: another node may have made it a moment ago. Errors: [ErrInvalid] with
// a reason, [ErrExpired], [ErrUnavailable].
func (t *Tickets) Verify(ctx context.Context, ticket string) (Ticket, error) {
	if len(ticket) > MaxTicketBytes {
		return Ticket{}, invalid(errTicketOversized)
	}
	if hasLineBreak(ticket) {
		return Ticket{}, invalid(errMalformed)
	}
	var claims ticketClaims
	parsed, err := t.parser.ParseWithClaims(ticket, &claims, func(p *jwt.Token) (any, error) { return t.keyFor(ctx, p) })
	if err != nil {
		if parsed != nil && parsed.Method != nil && parsed.Method.Alg() != algEdDSA {
			return Ticket{}, invalid(errAlgorithm)
		}
		return Ticket{}, translate(err)
	}
	return claims.ticket()
}

// keyFor finds the key that a ticket says it is signed with, after its header is found to be in order.
func (t *Tickets) keyFor(ctx context.Context, p *jwt.Token) (any, error) {
	if _, ok := p.Header["crit"]; ok {
		return nil, errCritical
	}
	if p.Header["typ"] != TicketType {
		return nil, errNoTicket
	}
	return t.keys.verifying(ctx, p)
}

func (c *ticketClaims) ticket() (Ticket, error) {
	switch {
	case !validID(c.Subject):
		return Ticket{}, invalid(errSubject)
	case !validID(c.License):
		return Ticket{}, invalid(errLicense)
	case c.Number < 1 || c.Fence < 1:
		return Ticket{}, invalid(errSeat)
	case c.IssuedAt == nil || !sane(c.IssuedAt.Time) || !sane(c.ExpiresAt.Time):
		return Ticket{}, invalid(errTicketLife)
	}
	return Ticket{
		License: c.License, Teammate: c.Subject, Number: c.Number, Fence: c.Fence,
		Issued: c.IssuedAt.UTC(), Expires: c.ExpiresAt.UTC(),
	}, nil
}
