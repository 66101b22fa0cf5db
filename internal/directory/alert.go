package directory

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"usher/internal/alerts"
	"usher/internal/audit"
)

// AcknowledgeAlert notes that an alert of a license was seen, and returns it. Who said so before is who has. Errors: [NotFound].
func (d Acting) AcknowledgeAlert(ctx context.Context, license string, number int64) (a alerts.Alert, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		var first bool
		a, first, err = alerts.Acknowledge(ctx, tx, license, number, d.by.ID, d.now())
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("alert")
		}
		if err != nil || !first {
			return err
		}
		return d.tell(ctx, tx, license, audit.Deed{Action: audit.AlertAcknowledged, Subject: strconv.FormatInt(number, 10), Detail: map[string]any{"kind": string(a.Kind)}})
	})
	return a, err
}
