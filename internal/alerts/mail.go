package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"usher/internal/outbox"
)

// Settings are what a license's policy says of alerts. Their JSON is part of the policy's.
type Settings struct {
	NearPercent *int64 `json:"near_percent,omitempty"` // of the cap, from which SeatsNear is raised; 0: never
	WaitingMS   *int64 `json:"waiting_ms,omitempty"`   // in line, from which Waiting is raised; 0: never
	Mail        *bool  `json:"mail,omitempty"`         // whether administrators get mail
}

// Rules are settings with the defaults of what they do not say.
type Rules struct {
	NearPercent int64
	Waiting     time.Duration
	Mail        bool
}

// Rules returns what holds.
func (s Settings) Rules() Rules {
	r := Rules{NearPercent: 80, Waiting: 10 * time.Minute, Mail: true}
	if s.NearPercent != nil {
		r.NearPercent = *s.NearPercent
	}
	if s.WaitingMS != nil {
		r.Waiting = time.Duration(*s.WaitingMS) * time.Millisecond
	}
	if s.Mail != nil {
		r.Mail = *s.Mail
	}
	return r
}

// RulesOf are those of a policy as it is stored.
func RulesOf(policy string) (Rules, error) {
	var p struct {
		Alerts Settings `json:"alerts"`
	}
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		return Rules{}, fmt.Errorf("alerts: stored policy: %w", err)
	}
	return p.Alerts.Rules(), nil
}

// mail has an alert sent to all administrators of its license, once each, where they want that.
func mail(ctx context.Context, tx *sql.Tx, license string, a Alert) error {
	var policy string
	if err := tx.QueryRowContext(ctx, `SELECT policy FROM licenses WHERE id = $1`, a.License).Scan(&policy); err != nil {
		return err
	}
	rules, err := RulesOf(policy)
	if err != nil || !rules.Mail {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, email FROM teammates WHERE license = $1 AND administrator AND removed_at IS NULL ORDER BY id`, a.License)
	if err != nil {
		return err
	}
	defer rows.Close()
	var all []outbox.Message
	for rows.Next() {
		var id, to string
		if err := rows.Scan(&id, &to); err != nil {
			return err
		}
		all = append(all, outbox.Message{
			ID: fmt.Sprintf("alert.%s.%d.%s", a.License, a.Number, id), To: to, Kind: "alert",
			Content: outbox.Content{Fields: map[string]string{
				"license": license, "text": a.Text, "raised": a.Raised.UTC().Format("2 January 2006, 15:04:05 UTC"),
			}},
		})
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return outbox.Put(ctx, tx, a.Raised, all...)
}
