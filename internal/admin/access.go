package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"usher/internal/audit"
	"usher/internal/auth"
	"usher/internal/directory"
)

// caller is who makes a request, as the directory knows them at that time. Either partner or teammate is set.
type caller struct {
	partner  *directory.Partner
	teammate *directory.Teammate
	own      directory.License // the teammate's
	key      directory.APIKey  // of the partner
	from     string            // address that the request came from
	license  directory.License // the one that the request is about, if it is about one
}

// teammateID is the teammate who calls, or "" for a partner.
func (c caller) teammateID() string {
	if c.teammate == nil {
		return ""
	}
	return c.teammate.ID
}

// actor is who calls as the audit log names them.
func (c caller) actor() audit.Actor {
	if c.partner != nil {
		return audit.Actor{Kind: audit.Partner, ID: c.partner.ID, Key: c.key.Prefix, From: c.from}
	}
	return audit.Actor{Kind: audit.Teammate, ID: c.teammateID(), From: c.from}
}

// acting is the directory for changes that the caller makes.
func (s *Server) acting(ctx context.Context) directory.Acting {
	return s.directory.By(callerOf(ctx).actor())
}

type addressKey struct{}

// addressOf is where the request of a context came from.
func addressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}

type callerKey struct{}

// callerOf is who makes the request of a context. admitted puts them there before any handler runs.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// admitted lets those pass who may call the operation.
func (s *Server) admitted(c *gin.Context) {
	op := s.operations[c.Request.Method+" "+c.FullPath()]
	if op == nil { // a route without an operation must not be open to all
		s.fail(c, problem(codeNotFound, "there is nothing at this path"))
		return
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), addressKey{}, c.ClientIP()))
	if op.access == everybody {
		if err := s.unknown(c); err != nil {
			s.fail(c, err)
		}
		return
	}
	who, err := s.authenticate(c.Request.Context(), c.GetHeader("Authorization"))
	switch {
	case err == nil:
		err = s.known(c, &who)
	case translate(err).code == codeUnauthorized:
		err = cmp.Or(s.unknown(c), err)
	}
	if err == nil {
		err = s.authorize(c.Request.Context(), &who, op, c.Param("license"))
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	who.from = addressOf(c.Request.Context())
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), callerKey{}, who))
}

// authenticate finds out who calls.
func (s *Server) authenticate(ctx context.Context, header string) (caller, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return caller{}, problem(codeUnauthorized, "send Authorization: Bearer with an access token or an API key")
	}
	if strings.HasPrefix(token, "usk_") {
		return s.authenticatePartner(ctx, token)
	}
	return s.authenticateTeammate(ctx, token)
}

func (s *Server) authenticatePartner(ctx context.Context, key string) (caller, error) {
	refused := &requestError{code: codeUnauthorized, detail: "the API key is not known, or was revoked"}
	prefix, ok := auth.APIKeyPrefix(key)
	if !ok {
		refused.cause = errors.New("not the shape of an API key")
		return caller{}, refused
	}
	p, k, err := s.directory.AuthenticateAPIKey(ctx, prefix, auth.HashAPIKey(key))
	if directory.CodeOf(err) == directory.NotFound {
		refused.cause = err
		return caller{}, refused
	}
	if err != nil {
		return caller{}, err
	}
	return caller{partner: &p, key: k}, nil
}

func (s *Server) authenticateTeammate(ctx context.Context, token string) (caller, error) {
	claims, err := s.tokens.Verify(ctx, token)
	switch {
	case errors.Is(err, auth.ErrExpired):
		return caller{}, &requestError{code: codeUnauthorized, detail: "the access token has expired", cause: err}
	case errors.Is(err, auth.ErrInvalid):
		return caller{}, &requestError{code: codeUnauthorized, detail: "the access token is not valid", cause: err}
	case err != nil:
		return caller{}, err
	}
	// Switches are read here, each time, and never from the token.
	own, teammate, err := s.directory.Profile(ctx, claims.License, claims.Teammate)
	if directory.CodeOf(err) == directory.NotFound {
		return caller{}, &requestError{code: codeUnauthorized, detail: "the access token's teammate is no more", cause: err}
	}
	if err != nil {
		return caller{}, err
	}
	return caller{teammate: &teammate, own: own}, nil
}

// authorize decides whether a caller may call an operation, on a license or on none (""). Licenses of others look like ones
// that do not exist.
func (s *Server) authorize(ctx context.Context, who *caller, op *operation, license string) error {
	if who.partner != nil && op.scope != "" && !slices.Contains(who.key.Scopes, op.scope) {
		return problem(codeForbidden, "this API key lacks the scope %s", op.scope)
	}
	if license != "" {
		if err := s.find(ctx, who, license); err != nil {
			return err
		}
	}
	switch op.access {
	case everybody, known:
		return nil
	case administrator:
		if who.partner != nil || who.teammate != nil && who.teammate.Administrator {
			return nil
		}
		return problem(codeForbidden, "this needs the administrator switch")
	case partner:
		if who.partner != nil {
			return nil
		}
		return problem(codeForbidden, "this needs a partner's API key")
	}
	return problem(codeForbidden, "nobody may do this")
}

func (s *Server) find(ctx context.Context, who *caller, license string) error {
	none := &requestError{code: codeNotFound, detail: "no such license", field: "license"}
	if who.partner == nil {
		if who.own.ID != license {
			return none
		}
		who.license = who.own
		return nil
	}
	l, err := s.directory.License(ctx, license)
	if directory.CodeOf(err) == directory.NotFound || err == nil && l.Partner != who.partner.ID {
		return none
	}
	who.license = l
	return err
}
