package admin

import (
	"context"
	"time"

	"usher/internal/directory"
)

func newTeammate(n NewTeammate) directory.NewTeammate {
	return directory.NewTeammate{
		ID: value(n.Id), Email: n.Email, Name: value(n.Name), Operator: value(n.Operator), Administrator: value(n.Administrator),
	}
}

// ListTeammates implements [StrictServerInterface].
func (s *Server) ListTeammates(ctx context.Context, r ListTeammatesRequestObject) (ListTeammatesResponseObject, error) {
	page, err := s.directory.Teammates(ctx, r.License, value(r.Params.Cursor), value(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListTeammates200JSONResponse{Items: shownAll(page.Items, shownTeammate), NextCursor: nextCursor(page.Next)}, nil
}

// AddTeammate implements [StrictServerInterface].
func (s *Server) AddTeammate(ctx context.Context, r AddTeammateRequestObject) (AddTeammateResponseObject, error) {
	if value(r.Body.Invite) {
		return nil, &requestError{code: codeBadRequest, detail: "invite: is for new licenses; send POST /licenses/{license}/invitations", field: "invite"}
	}
	acting, err := s.creating(ctx, r.Params.IdempotencyKey, "teammate of "+r.License, r.Body)
	if err != nil {
		return nil, err
	}
	l, t, err := acting.AddTeammate(ctx, r.License, newTeammate(*r.Body))
	if err != nil {
		return nil, err
	}
	return AddTeammate201JSONResponse(changedTeammate(l, t, s.configure(ctx, l.ID))), nil
}

// GetTeammate implements [StrictServerInterface].
func (s *Server) GetTeammate(ctx context.Context, r GetTeammateRequestObject) (GetTeammateResponseObject, error) {
	t, err := s.directory.Teammate(ctx, r.License, r.Teammate)
	if err != nil {
		return nil, err
	}
	return GetTeammate200JSONResponse{OneTeammateJSONResponse(shownTeammate(t))}, nil
}

// ChangeTeammate implements [StrictServerInterface].
func (s *Server) ChangeTeammate(ctx context.Context, r ChangeTeammateRequestObject) (ChangeTeammateResponseObject, error) {
	l, t, err := s.acting(ctx).ChangeTeammate(ctx, r.License, r.Teammate, directory.TeammateChange{
		Email: r.Body.Email, Name: r.Body.Name, Operator: r.Body.Operator, Administrator: r.Body.Administrator,
	})
	if err != nil {
		return nil, err
	}
	return ChangeTeammate200JSONResponse{OneTeammateJSONResponse(changedTeammate(l, t, s.configure(ctx, l.ID)))}, nil
}

// RemoveTeammate implements [StrictServerInterface].
func (s *Server) RemoveTeammate(ctx context.Context, r RemoveTeammateRequestObject) (RemoveTeammateResponseObject, error) {
	l, t, err := s.acting(ctx).RemoveTeammate(ctx, r.License, r.Teammate)
	if err != nil {
		return nil, err
	}
	return RemoveTeammate200JSONResponse{OneTeammateJSONResponse(changedTeammate(l, t, s.configure(ctx, l.ID)))}, nil
}

// defaultTokenTTL is how long a token lasts when the request does not say.
const defaultTokenTTL = time.Hour

// IssueToken implements [StrictServerInterface].
func (s *Server) IssueToken(ctx context.Context, r IssueTokenRequestObject) (IssueTokenResponseObject, error) {
	t, err := s.directory.Teammate(ctx, r.License, r.Teammate)
	if err != nil {
		return nil, err
	}
	ttl := defaultTokenTTL
	if r.Body != nil && r.Body.TtlS != nil {
		ttl = time.Duration(*r.Body.TtlS) * time.Second
	}
	token, expires, err := s.tokens.Issue(t.License, t.ID, ttl)
	if err != nil {
		return nil, err
	}
	return IssueToken201JSONResponse{Token: token, Expires: expires.UTC()}, nil
}
