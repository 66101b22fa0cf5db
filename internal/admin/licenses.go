package admin

import (
	"context"
	"encoding/json"
	"time"

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
		Expires: r.Body.Expires,
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
	acting, err := s.creating(ctx, r.Params.IdempotencyKey, "license", r.Body)
	if err != nil {
		return nil, err
	}
	l, ts, is, err := acting.CreateLicenseInviting(ctx, n, invite)
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
	f := directory.LicenseFilter{Text: value(r.Params.Q), Status: directory.Status(value(r.Params.Status))}
	page, err := s.directory.Licenses(ctx, callerOf(ctx).partner.ID, f, value(r.Params.Cursor), value(r.Params.Limit))
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
	if callerOf(ctx).partner == nil && (r.Body.PriceCents != nil || r.Body.Currency != nil || r.Body.Status != nil || len(r.Body.Expires) > 0) {
		return nil, problem(codeForbidden, "price_cents, currency, status and expires need a partner's API key")
	}
	demanded, err := demandedRevisions(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	expires, err := changedMoment(r.Body.Expires)
	if err != nil {
		return nil, err
	}
	l, err := s.acting(ctx).ChangeLicense(ctx, r.License, demanded, directory.LicenseChange{
		Name: r.Body.Name, Cap: r.Body.Cap, PriceCents: r.Body.PriceCents, Currency: r.Body.Currency,
		Policy: r.Body.Policy, Status: (*directory.Status)(r.Body.Status), Expires: expires,
	})
	if err != nil {
		return nil, err
	}
	applied := s.configure(ctx, l.ID)
	return ChangeLicense200JSONResponse{oneLicense(l, &applied)}, nil
}

// changedMoment is a moment that a change sets, or the zero time for null; nil: it does not say.
func changedMoment(raw json.RawMessage) (*time.Time, error) {
	if len(raw) == 0 {
		return nil, nil //nolint:nilnil // nothing is said
	}
	var t time.Time // which null leaves as it is
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, &requestError{code: codeBadRequest, detail: "expires: must be a time as RFC 3339 has it, or null", field: "expires", cause: err}
	}
	return &t, nil
}

// GetSummary implements [StrictServerInterface].
func (s *Server) GetSummary(ctx context.Context, r GetSummaryRequestObject) (GetSummaryResponseObject, error) {
	l := callerOf(ctx).license
	n, err := s.directory.Numbers(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	board, err := s.floors.Board(ctx, seats.LicenseID(r.License))
	if err != nil {
		return nil, err
	}
	return GetSummary200JSONResponse{
		Id: l.ID, Name: l.Name, Status: Status(l.Status), Expires: shownMoment(l.Expires), Cap: l.Cap, Total: shownTotal(board.Total), Used: board.Used,
		Waiting: board.Waiting, Teammates: n.Teammates, Operators: n.Operators, Administrators: n.Administrators, OpenInvitations: n.OpenInvitations,
		Cost: LicenseCost{
			Currency: l.Currency, MonthCents: l.PriceCents * int64(l.Cap), OneMoreSeatCents: l.PriceCents, OneMoreTeammateCents: 0,
		},
	}, nil
}

// RestoreLicense implements [StrictServerInterface].
func (s *Server) RestoreLicense(ctx context.Context, r RestoreLicenseRequestObject) (RestoreLicenseResponseObject, error) {
	l, err := s.acting(ctx).RestoreLicense(ctx, r.License)
	if err != nil {
		return nil, err
	}
	applied := s.configure(ctx, l.ID)
	return RestoreLicense200JSONResponse{oneLicense(l, &applied)}, nil
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
