package admin

import (
	"context"

	"usher/internal/directory"
	"usher/seats"
)

// value is what a pointer points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// configure brings the engine to what was committed, and tells whether it is there. The caller may be gone: what
// is committed has to act all the same.
func (s *Server) configure(ctx context.Context, license string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), engineWait)
	defer cancel()
	if _, err := s.admission.Configure(ctx, seats.LicenseID(license)); err != nil {
		s.log.WarnContext(ctx, "change is committed but not applied yet", "license", license, "error", err)
		return false
	}
	return true
}

// CreateLicense implements [StrictServerInterface].
func (s *Server) CreateLicense(ctx context.Context, r CreateLicenseRequestObject) (CreateLicenseResponseObject, error) {
	n := directory.NewLicense{
		ID: value(r.Body.Id), Partner: callerOf(ctx).partner.ID, Name: r.Body.Name, Cap: r.Body.Cap,
		PriceCents: value(r.Body.PriceCents), Currency: value(r.Body.Currency), Policy: r.Body.Policy,
	}
	var invite []directory.NewInvitation
	for _, t := range value(r.Body.Teammates) {
		if value(t.Invite) {
			invite = append(invite, directory.NewInvitation{
				Email: t.Email, Name: value(t.Name), Operator: value(t.Operator), Administrator: value(t.Administrator),
			})
		} else {
			n.Teammates = append(n.Teammates, newTeammate(t))
		}
	}
	l, ts, is, err := s.acting(ctx).CreateLicenseInviting(ctx, n, invite)
	if err != nil {
		return nil, err
	}
	s.mail()
	// The engine learns of it when somebody first asks for a seat.
	answer := oneLicense(l, nil)
	teammates := shownAll(ts, shownTeammate)
	answer.Body.Teammates = &teammates
	if len(is) > 0 {
		invitations := shownAll(is, shownInvitation)
		answer.Body.Invitations = &invitations
	}
	return CreateLicense201JSONResponse{answer}, nil
}

// ListLicenses implements [StrictServerInterface].
func (s *Server) ListLicenses(ctx context.Context, r ListLicensesRequestObject) (ListLicensesResponseObject, error) {
	page, err := s.directory.Licenses(ctx, callerOf(ctx).partner.ID, value(r.Params.Cursor), value(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListLicenses200JSONResponse{Items: shownAll(page.Items, shownLicense), NextCursor: nextCursor(page.Next)}, nil
}

// GetLicense implements [StrictServerInterface].
func (s *Server) GetLicense(ctx context.Context, _ GetLicenseRequestObject) (GetLicenseResponseObject, error) {
	return GetLicense200JSONResponse{oneLicense(callerOf(ctx).license, nil)}, nil
}

// ChangeLicense implements [StrictServerInterface].
func (s *Server) ChangeLicense(ctx context.Context, r ChangeLicenseRequestObject) (ChangeLicenseResponseObject, error) {
	// Who pays may not lift the suspension for not having paid.
	if callerOf(ctx).partner == nil && (r.Body.PriceCents != nil || r.Body.Currency != nil || r.Body.Status != nil) {
		return nil, problem(codeForbidden, "price_cents, currency and status need a partner's API key")
	}
	demanded, err := demandedRevisions(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	l, err := s.acting(ctx).ChangeLicense(ctx, r.License, demanded, directory.LicenseChange{
		Name: r.Body.Name, Cap: r.Body.Cap, PriceCents: r.Body.PriceCents, Currency: r.Body.Currency,
		Policy: r.Body.Policy, Status: (*directory.Status)(r.Body.Status),
	})
	if err != nil {
		return nil, err
	}
	applied := s.configure(ctx, l.ID)
	return ChangeLicense200JSONResponse{oneLicense(l, &applied)}, nil
}

// DeleteLicense implements [StrictServerInterface]. The engine is told of the end before the records go, so that
// it ends the seats.
func (s *Server) DeleteLicense(ctx context.Context, r DeleteLicenseRequestObject) (DeleteLicenseResponseObject, error) {
	demanded, err := demandedRevisions(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	l, err := s.acting(ctx).DeleteLicense(ctx, r.License, demanded)
	if err != nil {
		return nil, err
	}
	applied := s.configure(ctx, l.ID)
	if value(r.Params.Purge) {
		if err := s.acting(ctx).PurgeLicense(ctx, l.ID); err != nil {
			return nil, err
		}
	}
	return DeleteLicense200JSONResponse{oneLicense(l, &applied)}, nil
}
