package admin

import (
	"context"
	"fmt"
	"slices"

	"usher/internal/auth"
	"usher/internal/directory"
)

// ListAPIKeys implements [StrictServerInterface].
func (s *Server) ListAPIKeys(ctx context.Context, _ ListAPIKeysRequestObject) (ListAPIKeysResponseObject, error) {
	keys, err := s.directory.APIKeys(ctx, callerOf(ctx).partner.ID)
	if err != nil {
		return nil, err
	}
	return ListAPIKeys200JSONResponse{Items: shownAll(keys, shownAPIKey)}, nil
}

// CreateAPIKey implements [StrictServerInterface]. A key makes none that may do more than itself.
func (s *Server) CreateAPIKey(ctx context.Context, r CreateAPIKeyRequestObject) (CreateAPIKeyResponseObject, error) {
	who := callerOf(ctx)
	scopes := shownAll(value(r.Body.Scopes), func(s Scope) directory.Scope { return directory.Scope(s) })
	if len(scopes) == 0 {
		scopes = who.key.Scopes
	}
	for _, scope := range scopes {
		if !slices.Contains(who.key.Scopes, scope) {
			return nil, &requestError{code: codeForbidden, detail: fmt.Sprintf("scopes: this API key lacks the scope %s itself", scope), field: "scopes"}
		}
	}
	key, err := auth.NewAPIKey(s.rand)
	if err != nil {
		return nil, err
	}
	k, err := s.acting(ctx).AddAPIKey(ctx, who.partner.ID, directory.NewAPIKey{
		Prefix: key.Prefix, Hash: key.Hash, Name: value(r.Body.Name), Scopes: scopes,
	})
	if err != nil {
		return nil, err
	}
	shown := shownAPIKey(k)
	shown.Key = &key.Key
	return CreateAPIKey201JSONResponse(shown), nil
}

// RevokeAPIKey implements [StrictServerInterface].
func (s *Server) RevokeAPIKey(ctx context.Context, r RevokeAPIKeyRequestObject) (RevokeAPIKeyResponseObject, error) {
	k, err := s.acting(ctx).RevokeAPIKey(ctx, callerOf(ctx).partner.ID, r.ApiKey)
	if err != nil {
		return nil, err
	}
	return RevokeAPIKey200JSONResponse(shownAPIKey(k)), nil
}

func shownAPIKey(k directory.APIKey) APIKey {
	return APIKey{
		Id: k.ID, Name: k.Name, Prefix: k.Prefix, Scopes: shownAll(k.Scopes, func(s directory.Scope) Scope { return Scope(s) }),
		Created: shownTime(k.Created), LastUsed: shownMoment(k.LastUsed), Revoked: shownMoment(k.Revoked),
	}
}
