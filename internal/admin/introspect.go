package admin

import (
	"context"
	"errors"

	"usher/internal/auth"
	"usher/seats"
)

// IntrospectTicket implements [StrictServerInterface]. Whatever is wrong with a ticket is answered alike: who presents
// one learns nothing of other licenses.
func (s *Server) IntrospectTicket(ctx context.Context, r IntrospectTicketRequestObject) (IntrospectTicketResponseObject, error) {
	ticket, err := s.tickets.Verify(ctx, r.Body.Ticket)
	if err == nil {
		who := callerOf(ctx)
		err = s.find(ctx, &who, ticket.License)
	}
	var held seats.Holder
	if err == nil {
		held, err = s.seatOf(ctx, ticket.License, ticket.Teammate)
	}
	switch {
	case err == nil && held.Number == ticket.Number && int64(held.Fence) == ticket.Fence:
		return IntrospectTicket200JSONResponse{
			Active: true, License: &ticket.License, Teammate: &ticket.Teammate, Number: &ticket.Number, Fence: &ticket.Fence,
		}, nil
	case err == nil || disproves(err):
		return IntrospectTicket200JSONResponse{Active: false}, nil
	}
	return nil, err
}

// disproves tells whether an error says that a ticket is worth nothing, as against that nothing can be said of it now.
func disproves(err error) bool {
	if errors.Is(err, auth.ErrInvalid) || errors.Is(err, auth.ErrExpired) {
		return true
	}
	c := translate(err).code
	return c == codeNotFound || c == codeNotSeated
}
