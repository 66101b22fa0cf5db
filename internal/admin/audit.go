package admin

import (
	"context"
	"strconv"

	"usher/internal/audit"
)

// Audit shows who did what; *audit.Log does.
type Audit interface {
	// Entries returns entries of a chain, newest first, at most so many. Errors: [directory.ErrUnavailable].
	Entries(ctx context.Context, chain audit.Chain, f audit.Filter, limit int) ([]audit.Entry, error)
}

// ListAudit implements [StrictServerInterface].
func (s *Server) ListAudit(ctx context.Context, r ListAuditRequestObject) (ListAuditResponseObject, error) {
	before, err := decodeNumber(value(r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	list := list[audit.Entry, AuditEntry]{
		show:   shownAudit,
		cursor: func(e audit.Entry) string { return strconv.FormatInt(e.Number, 10) },
		read: func(ctx context.Context, limit int) ([]audit.Entry, error) {
			return s.audit.Entries(ctx, audit.OfLicense(r.License), audit.Filter{
				Before: before, Action: audit.Action(value(r.Params.Action)), Subject: value(r.Params.Subject),
			}, limit)
		},
	}
	items, next, err := list.page(ctx, value(r.Params.Limit))
	return ListAudit200JSONResponse{Items: items, NextCursor: next}, err
}

// decodeNumber reads a cursor of a list that is sorted by numbers; 0 for none.
func decodeNumber(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	text, err := decodeCursor(cursor)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, badCursor(err)
	}
	return n, nil
}

func shownAudit(e audit.Entry) AuditEntry {
	return AuditEntry{
		Number: e.Number, At: shownTime(e.At), Action: string(e.Action), Subject: e.Subject, Ref: e.Ref, Detail: e.Detail, Hash: e.Hash,
		Actor: Actor{Kind: ActorKind(e.By.Kind), Id: e.By.ID, Key: e.By.Key, From: e.By.From},
	}
}
