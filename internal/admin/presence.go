package admin

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"usher/internal/audit"
	"usher/internal/directory"
	"usher/presence"
)

// GetPresence implements [StrictServerInterface].
func (s *Server) GetPresence(ctx context.Context, r GetPresenceRequestObject) (GetPresenceResponseObject, error) {
	roster, err := s.floors.Roster(ctx, presence.LicenseID(r.License))
	if err != nil {
		return nil, err
	}
	return GetPresence200JSONResponse{
		Epoch: roster.Epoch, Version: int64(roster.Version), Roster: shownAll(roster.Entries, shownEntry),
	}, nil
}

// ListSessions implements [StrictServerInterface].
func (s *Server) ListSessions(ctx context.Context, r ListSessionsRequestObject) (ListSessionsResponseObject, error) {
	after, err := decodeCursor(value(r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	roster, err := s.floors.Roster(ctx, presence.LicenseID(r.License))
	if err != nil {
		return nil, err
	}
	found := []Session{}
	for _, e := range roster.Entries {
		if e.InGrace() || r.Params.Teammate != nil && string(e.Teammate) != *r.Params.Teammate {
			continue
		}
		for _, d := range e.Devices {
			if string(d.Session) > after && (r.Params.Node == nil || string(d.Node) == *r.Params.Node) {
				found = append(found, shownSession(string(e.Teammate), e.Name, d))
			}
		}
	}
	slices.SortFunc(found, func(a, b Session) int { return strings.Compare(a.Session, b.Session) })
	page := ListSessions200JSONResponse{Items: found}
	if limit := cmp.Or(value(r.Params.Limit), directory.DefaultPage); len(found) > limit {
		page.Items = found[:limit]
		page.NextCursor = nextCursor(encodeCursor(page.Items[limit-1].Session))
	}
	return page, nil
}

// Cursors are opaque to callers, as the directory's are: what tells the last one of a page, as text.
func encodeCursor(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

func decodeCursor(cursor string) (last string, err error) {
	last, err = decodeText(cursor)
	if err == nil && last != "" && presence.ValidID(presence.SessionID(last)) != nil {
		return "", badCursor(nil)
	}
	return last, err
}

func decodeText(cursor string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", badCursor(err)
	}
	return string(b), nil
}

func badCursor(cause error) error {
	return &requestError{code: codeBadRequest, detail: "cursor: must be a next_cursor of this list", field: "cursor", cause: cause}
}

// EndSession implements [StrictServerInterface]. Whose session it is a replica tells; the engine, whether it was live.
func (s *Server) EndSession(ctx context.Context, r EndSessionRequestObject) (EndSessionResponseObject, error) {
	id := presence.SessionID(r.Session)
	roster, err := s.floors.Roster(ctx, presence.LicenseID(r.License))
	if err != nil {
		return nil, err
	}
	whose := slices.IndexFunc(roster.Entries, func(e presence.Entry) bool {
		return slices.ContainsFunc(e.Devices, func(d presence.Device) bool { return d.Session == id })
	})
	if whose < 0 {
		return nil, noSession(roster)
	}
	e := roster.Entries[whose]
	ended, err := s.expel(ctx, r.License, presence.Expel{Teammate: e.Teammate, Session: id})
	if err != nil {
		return nil, err
	}
	if len(ended) == 0 {
		return nil, noSession(roster)
	}
	return EndSession200JSONResponse(shownSession(string(e.Teammate), e.Name, ended[0])), nil
}

// LogOutTeammate implements [StrictServerInterface].
func (s *Server) LogOutTeammate(ctx context.Context, r LogOutTeammateRequestObject) (LogOutTeammateResponseObject, error) {
	t, err := s.directory.Teammate(ctx, r.License, r.Teammate)
	if err != nil {
		return nil, err
	}
	ended, err := s.expel(ctx, r.License, presence.Expel{Teammate: presence.TeammateID(t.ID)})
	if err != nil {
		return nil, err
	}
	if len(ended) == 0 {
		roster, err := s.floors.Roster(ctx, presence.LicenseID(r.License))
		if err != nil {
			return nil, err
		}
		if findingOut(roster) {
			return nil, noSession(roster)
		}
	}
	return LogOutTeammate200JSONResponse{
		Sessions: shownAll(ended, func(d presence.Device) Session { return shownSession(t.ID, t.Name, d) }),
	}, nil
}

// expel has the caller log sessions out. Once it is begun the caller's going away does not stop it half way.
func (s *Server) expel(ctx context.Context, license string, c presence.Expel) (ended []presence.Device, err error) {
	c.By = presence.TeammateID(callerOf(ctx).teammateID())
	deed := audit.Deed{Action: audit.LoggedOut, Subject: string(c.Teammate)}
	if c.Session != "" {
		deed = audit.Deed{Action: audit.SessionEnded, Subject: string(c.Teammate), Ref: string(c.Session)}
	}
	err = s.deed(ctx, license, deed, func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, engineWait)
		defer cancel()
		expelled, err := s.floors.Expel(ctx, presence.LicenseID(license), c)
		ended = expelled.Devices
		return len(ended) > 0, err
	})
	return ended, err
}

// findingOut tells whether the engine may not know yet who is here.
func findingOut(r presence.Roster) bool { return !r.WindowUntil.IsZero() }

// noSession is the problem of a session that is not live, as far as that can be told.
func noSession(r presence.Roster) error {
	if findingOut(r) {
		return problem(codeUnavailable, "the engine is finding out who is here: try again")
	}
	return &requestError{code: codeNotFound, detail: "no such session is live", field: "session"}
}
