package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/gateway"
	"usher/internal/auth"
	"usher/seats"
)

// tokens is the authority as the gateway asks it.
type tokens struct{ authority newcomers }

var _ gateway.Authenticator = tokens{}

func (t tokens) Verify(ctx context.Context, token string) (gateway.Claims, error) {
	c, err := t.authority.Verify(ctx, token)
	if errors.Is(err, auth.ErrInvalid) || errors.Is(err, auth.ErrExpired) {
		return gateway.Claims{}, fmt.Errorf("%w: %w", gateway.ErrUnauthorized, err)
	}
	if err != nil {
		return gateway.Claims{}, err
	}
	return gateway.Claims{
		License: seats.LicenseID(c.License), Teammate: seats.TeammateID(c.Teammate), Expires: c.Expires,
	}, nil
}

func (t tokens) SealResume(r gateway.Resume) string {
	return t.authority.SealResume(auth.Resume{
		License: string(r.License), Teammate: string(r.Teammate), Session: string(r.Session), Issued: time.Now(),
	})
}

func (t tokens) OpenResume(key string) (gateway.Resume, error) {
	r, err := t.authority.OpenResume(key)
	return gateway.Resume{
		License: seats.LicenseID(r.License), Teammate: seats.TeammateID(r.Teammate), Session: seats.SessionID(r.Session),
	}, err
}

// tickets signs for the gateway.
type tickets struct{ signer *auth.Tickets }

var _ gateway.Tickets = tickets{}

func (t tickets) Sign(of gateway.Ticket) (string, error) {
	return t.signer.Sign(auth.Ticket{
		License: string(of.License), Teammate: string(of.Teammate), Number: of.Number, Fence: int64(of.Fence),
		Issued: of.Issued, Expires: of.Expires,
	})
}
