package admin

import (
	"bytes"
	"context"

	"usher/internal/directory"
	"usher/seats"
)

// GetMe implements [StrictServerInterface].
func (s *Server) GetMe(ctx context.Context, _ GetMeRequestObject) (GetMeResponseObject, error) {
	who := callerOf(ctx)
	if who.partner != nil {
		return GetMe200JSONResponse{Partner: &Partner{Id: who.partner.ID, Name: who.partner.Name, Email: who.partner.Email}}, nil
	}
	teammate, license := shownTeammate(*who.teammate), myLicense(who.own)
	return GetMe200JSONResponse{Teammate: &teammate, License: &license}, nil
}

// myLicense is what every teammate may know of their license; the price is not in it.
func myLicense(l directory.License) MyLicense {
	total := seats.Overage(l.Policy.Rules().Overage).Total(l.Cap)
	return MyLicense{Id: l.ID, Name: l.Name, Status: Status(l.Status), Cap: l.Cap, Total: shownTotal(total)}
}

// GetOpenAPI implements [StrictServerInterface].
func (s *Server) GetOpenAPI(context.Context, GetOpenAPIRequestObject) (GetOpenAPIResponseObject, error) {
	return GetOpenAPI200ApplicationyamlResponse{Body: bytes.NewReader(document), ContentLength: int64(len(document))}, nil
}
