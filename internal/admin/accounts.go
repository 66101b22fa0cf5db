package admin

import (
	"context"
	"encoding/hex"
	"time"

	"usher/internal/auth"
	"usher/internal/directory"
)

// accessTTL is how long the access token of a login lasts: who has a refresh token gets another.
const accessTTL = 15 * time.Minute

// hashed is a token as it is kept.
func hashed(token string) string { return hex.EncodeToString(auth.HashToken(token)) }

// LogIn implements [StrictServerInterface]. Whatever is wrong takes as long, and is answered alike.
func (s *Server) LogIn(ctx context.Context, r LogInRequestObject) (LogInResponseObject, error) {
	email, address := r.Body.Email, addressOf(ctx)
	wait, err := s.directory.TryLogin(ctx, email, address)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, &requestError{code: codeRateLimited, detail: "too many tries failed: wait, or have a mail sent to choose another password", retryAfter: wait}
	}
	account, err := s.whoHas(ctx, value(r.Body.License), email, r.Body.Password)
	if err != nil {
		return nil, err
	}
	refresh, err := auth.NewRefreshToken(s.rand)
	if err != nil {
		return nil, err
	}
	expires, err := s.directory.LogIn(ctx, account.Teammate, hashed(refresh), address)
	if err != nil {
		return nil, err
	}
	answer, err := s.loggedIn(account, refresh, expires)
	return LogIn200JSONResponse(answer), err
}

// whoHas finds the account whose password it is.
func (s *Server) whoHas(ctx context.Context, license, email, password string) (directory.Account, error) {
	accounts, err := s.directory.Accounts(ctx, license, email)
	if err != nil {
		return directory.Account{}, err
	}
	if len(accounts) == 0 {
		accounts = []directory.Account{{}} // nobody, whose password it never is
	}
	var matching []directory.Account
	for _, a := range accounts {
		is, err := s.passwords.Check(ctx, password, a.Password)
		if err != nil {
			return directory.Account{}, err
		}
		if is {
			matching = append(matching, a)
		}
	}
	switch len(matching) {
	case 0:
		return directory.Account{}, problem(codeUnauthorized, "the mail address or the password is wrong")
	case 1:
		return matching[0], nil
	}
	return directory.Account{}, &requestError{
		code: codeLicenseNeeded, detail: "there are several licenses with this account: name one", field: "license",
		licenses: shownAll(matching, func(a directory.Account) MyLicense { return myLicense(a.License) }),
	}
}

// loggedIn is the answer to a login.
func (s *Server) loggedIn(a directory.Account, refresh string, refreshExpires time.Time) (LoggedIn, error) {
	access, expires, err := s.tokens.Issue(a.License.ID, a.Teammate.ID, accessTTL)
	if err != nil {
		return LoggedIn{}, err
	}
	return LoggedIn{
		Teammate: shownTeammate(a.Teammate), License: myLicense(a.License), Token: access, Expires: expires.UTC(),
		RefreshToken: refresh, RefreshExpires: shownTime(refreshExpires),
	}, nil
}

// RefreshToken implements [StrictServerInterface].
func (s *Server) RefreshToken(ctx context.Context, r RefreshTokenRequestObject) (RefreshTokenResponseObject, error) {
	next, err := auth.NewRefreshToken(s.rand)
	if err != nil {
		return nil, err
	}
	account, expires, err := s.directory.Refresh(ctx, hashed(r.Body.RefreshToken), hashed(next))
	if directory.CodeOf(err) == directory.NotFound {
		return nil, &requestError{code: codeUnauthorized, detail: "the refresh token is not good any more: log in", cause: err}
	}
	if err != nil {
		return nil, err
	}
	answer, err := s.loggedIn(account, next, expires)
	return RefreshToken200JSONResponse(answer), err
}

// LogOut implements [StrictServerInterface].
func (s *Server) LogOut(ctx context.Context, r LogOutRequestObject) (LogOutResponseObject, error) {
	return LogOut204Response{}, s.directory.LogOut(ctx, hashed(r.Body.RefreshToken))
}

// ForgotPassword implements [StrictServerInterface].
func (s *Server) ForgotPassword(ctx context.Context, r ForgotPasswordRequestObject) (ForgotPasswordResponseObject, error) {
	if err := s.directory.ForgotPassword(ctx, value(r.Body.License), r.Body.Email); err != nil {
		return nil, err
	}
	s.mail()
	return ForgotPassword202Response{}, nil
}

// ResetPassword implements [StrictServerInterface]. The password is hashed, which takes time, only once the token is known to be good.
func (s *Server) ResetPassword(ctx context.Context, r ResetPasswordRequestObject) (ResetPasswordResponseObject, error) {
	if err := checkPassword(r.Body.Password); err != nil {
		return nil, err
	}
	token := hashed(r.Body.Token)
	if err := s.directory.ResetFor(ctx, token); err != nil {
		return nil, noReset(err)
	}
	hash, err := s.passwords.Hash(ctx, r.Body.Password)
	if err != nil {
		return nil, err
	}
	a, err := s.directory.ResetPassword(ctx, token, hash, addressOf(ctx))
	if err != nil {
		return nil, noReset(err)
	}
	teammate, license := shownTeammate(a.Teammate), myLicense(a.License)
	return ResetPassword200JSONResponse{Teammate: &teammate, License: &license}, nil
}

// noReset says no more of a token that is not good than that.
func noReset(err error) error {
	if directory.CodeOf(err) == directory.NotFound {
		return &requestError{code: codeNotFound, detail: "the link is not good any more: have another mail sent", field: "token", cause: err}
	}
	return err
}
