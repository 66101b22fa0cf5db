package admin

import (
	"context"

	"usher/internal/auth"
	"usher/internal/directory"
)

// Passwords hashes passwords; *auth.Passwords does.
type Passwords interface {
	// Hash makes what is kept of a password. Errors: that of ctx, or of the randomness.
	Hash(ctx context.Context, password string) (string, error)
	// Check tells whether a password is the one that is kept; of "", nobody's, after as long a time. Errors: that of ctx.
	Check(ctx context.Context, password, kept string) (bool, error)
}

// ListInvitations implements [StrictServerInterface].
func (s *Server) ListInvitations(ctx context.Context, r ListInvitationsRequestObject) (ListInvitationsResponseObject, error) {
	page, err := s.directory.Invitations(ctx, r.License, directory.InvitationState(value(r.Params.State)), value(r.Params.Cursor), value(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListInvitations200JSONResponse{Items: shownAll(page.Items, shownInvitation), NextCursor: nextCursor(page.Next)}, nil
}

// Invite implements [StrictServerInterface].
func (s *Server) Invite(ctx context.Context, r InviteRequestObject) (InviteResponseObject, error) {
	all := shownAll(r.Body.Invitations, func(n NewInvitation) directory.NewInvitation {
		return directory.NewInvitation{Email: n.Email, Name: value(n.Name), Operator: n.Operator, Administrator: n.Administrator}
	})
	seats := value(r.Body.AddSeats)
	l, invited, err := s.acting(ctx).Invite(ctx, r.License, all, seats)
	if err != nil {
		return nil, err
	}
	s.mail()
	answer := Invite200JSONResponse{Currency: l.Currency, Cap: l.Cap, Results: []InvitationResult{}}
	for i, one := range invited {
		result := InvitationResult{Email: all[i].Email, Result: Invited}
		if one.Err != nil {
			why := translate(one.Err).detail
			result.Result, result.Detail = notInvited(one.Err), &why
		} else {
			shown := shownInvitation(one.Invitation)
			result.Invitation = &shown
			if seats && all[i].Operator {
				result.AddedCostCents = l.PriceCents
			}
		}
		answer.AddedCostCents += result.AddedCostCents
		answer.Results = append(answer.Results, result)
	}
	if seats {
		applied := s.configure(ctx, l.ID)
		answer.Applied = &applied
	}
	return answer, nil
}

// notInvited is why somebody was not invited.
func notInvited(err error) InvitationResultResult {
	switch directory.CodeOf(err) {
	case directory.AlreadyInvited:
		return AlreadyInvited
	case directory.EmailTaken:
		return AlreadyTeammate
	case directory.TooMany:
		return TooManyTeammates
	}
	return Invalid
}

// ResendInvitation implements [StrictServerInterface].
func (s *Server) ResendInvitation(ctx context.Context, r ResendInvitationRequestObject) (ResendInvitationResponseObject, error) {
	i, early, err := s.acting(ctx).ResendInvitation(ctx, r.License, r.Invitation)
	if err != nil {
		return nil, err
	}
	if early > 0 {
		return nil, &requestError{code: codeRateLimited, detail: "the invitation was sent just now: wait before it is sent again", retryAfter: early}
	}
	s.mail()
	return ResendInvitation200JSONResponse(shownInvitation(i)), nil
}

// RevokeInvitation implements [StrictServerInterface].
func (s *Server) RevokeInvitation(ctx context.Context, r RevokeInvitationRequestObject) (RevokeInvitationResponseObject, error) {
	i, err := s.acting(ctx).RevokeInvitation(ctx, r.License, r.Invitation)
	if err != nil {
		return nil, err
	}
	return RevokeInvitation200JSONResponse(shownInvitation(i)), nil
}

// AcceptInvitation implements [StrictServerInterface]. The password is hashed, which takes time, only once the token is known to be good.
func (s *Server) AcceptInvitation(ctx context.Context, r AcceptInvitationRequestObject) (AcceptInvitationResponseObject, error) {
	if err := checkPassword(r.Body.Password); err != nil {
		return nil, err
	}
	token := hashed(r.Body.Token)
	if _, err := s.directory.FindInvitation(ctx, token); err != nil {
		return nil, noInvitation(err)
	}
	hash, err := s.passwords.Hash(ctx, r.Body.Password)
	if err != nil {
		return nil, err
	}
	l, t, err := s.directory.AcceptInvitation(ctx, token, r.Body.Name, hash, addressOf(ctx))
	if err != nil {
		return nil, noInvitation(err)
	}
	s.mail()
	shown := changedTeammate(l, t, s.configure(ctx, l.ID))
	access, expires, err := s.tokens.Issue(l.ID, t.ID, defaultTokenTTL)
	if err != nil {
		return nil, err
	}
	return AcceptInvitation201JSONResponse{Teammate: shown, License: myLicense(l), Token: access, Expires: expires.UTC()}, nil
}

func checkPassword(password string) error {
	if why := auth.CheckPassword(password); why != "" {
		return &requestError{code: codeBadRequest, detail: "password: " + why, field: "password"}
	}
	return nil
}

// noInvitation says no more of a token that is not good than that.
func noInvitation(err error) error {
	if directory.CodeOf(err) == directory.NotFound || directory.CodeOf(err) == directory.Deleted {
		return &requestError{code: codeNotFound, detail: "the link is not good any more: ask for another invitation", field: "token", cause: err}
	}
	return err
}

func shownInvitation(i directory.Invitation) Invitation {
	shown := Invitation{
		Id: i.ID, Email: i.Email, Name: i.Name, Operator: i.Operator, Administrator: i.Administrator, State: InvitationState(i.State), Sends: i.Number,
		Inviter: Inviter{Kind: InviterKind(i.Inviter.Kind), Id: i.Inviter.ID},
		Created: shownTime(i.Created), Sent: shownTime(i.Sent), Expires: shownTime(i.Expires), Ended: shownMoment(i.Ended),
	}
	if i.Teammate != "" {
		shown.Teammate = &i.Teammate
	}
	return shown
}
