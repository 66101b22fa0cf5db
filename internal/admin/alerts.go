package admin

import (
	"context"
	"strconv"

	"usher/internal/alerts"
)

// Alerts shows what administrators should know; *alerts.Feed does.
type Alerts interface {
	// Alerts returns alerts of a license, newest first, at most so many. Errors: [directory.ErrUnavailable].
	Alerts(ctx context.Context, f alerts.Filter, limit int) ([]alerts.Alert, error)
}

// ListAlerts implements [StrictServerInterface].
func (s *Server) ListAlerts(ctx context.Context, r ListAlertsRequestObject) (ListAlertsResponseObject, error) {
	before, err := decodeNumber(value(r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	list := list[alerts.Alert, Alert]{
		show:   shownAlert,
		cursor: func(a alerts.Alert) string { return strconv.FormatInt(a.Number, 10) },
		read: func(ctx context.Context, limit int) ([]alerts.Alert, error) {
			return s.alerts.Alerts(ctx, alerts.Filter{
				License: r.License, Open: value(r.Params.Open), Kind: alerts.Kind(value(r.Params.Kind)), Before: before,
			}, limit)
		},
	}
	items, next, err := list.page(ctx, value(r.Params.Limit))
	return ListAlerts200JSONResponse{Items: items, NextCursor: next}, err
}

// AcknowledgeAlert implements [StrictServerInterface].
func (s *Server) AcknowledgeAlert(ctx context.Context, r AcknowledgeAlertRequestObject) (AcknowledgeAlertResponseObject, error) {
	a, err := s.acting(ctx).AcknowledgeAlert(ctx, r.License, r.Alert)
	return AcknowledgeAlert200JSONResponse(shownAlert(a)), err
}

func shownAlert(a alerts.Alert) Alert {
	return Alert{
		Number: a.Number, Kind: AlertKind(a.Kind), Subject: a.Subject, Text: a.Text, Detail: a.Detail, Raised: a.Raised, Last: a.Last,
		Acknowledged: shownMoment(a.Acknowledged), AcknowledgedBy: a.AcknowledgedBy,
	}
}
