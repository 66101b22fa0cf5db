package directory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/alerts"
)

// Policy is what a license sets of its policy; a nil field is not set, and its default holds. Its JSON is what the
// HTTP API shows, and what is stored. A new field has a line here, one in settings, and its default in
// Rules.
type Policy struct {
	GraceMS             *int64   `json:"grace_ms,omitempty"`    // how long a dropped teammate keeps the seat
	CooldownMS          *int64   `json:"cooldown_ms,omitempty"` // how long a freed teammate stays out
	Overage             *string  `json:"overage,omitempty"`     // how far above the cap the license may be used
	Reserved            Reserved `json:"reserved,omitzero"`
	AdministratorsFirst *bool    `json:"administrators_first,omitempty"` // in the waitlist
	Waitlist            *bool    `json:"waitlist,omitempty"`             // whether who is refused may wait in line
	HandOver            *string  `json:"hand_over,omitempty"`            // to whom a holder may give the seat
	IdleAfterMS         *int64   `json:"idle_after_ms,omitempty"`        // when an idle holder is warned, while it would help who waits
	IdleWarningMS       *int64   `json:"idle_warning_ms,omitempty"`      // how long the warned may answer by being active
	OnShrink            *string  `json:"on_shrink,omitempty"`            // what happens where the total is lowered below use
	SessionsPerTeammate *int64   `json:"sessions_per_teammate,omitempty"`
	FirstSight          *bool    `json:"first_sight,omitempty"` // whether those join for whom an external issuer vouches

	Alerts alerts.Settings `json:"alerts,omitzero"`
}

// Reserved is how many seats only some may take.
type Reserved struct {
	Administrators *int64 `json:"administrators,omitempty"`
}

// Bounds of a policy.
const (
	MaxGrace               = 24 * time.Hour
	MaxCooldown            = 7 * 24 * time.Hour
	MinIdle                = time.Second // of IdleAfterMS and IdleWarningMS
	MaxIdle                = 24 * time.Hour
	MaxWaiting             = 24 * time.Hour // until administrators are told
	MaxSessionsPerTeammate = 1000
)

// settings are the fields by name, each with how a new value gets in.
func (p *Policy) settings(minGrace time.Duration) []setting {
	return []setting{
		{"grace_ms", duration(&p.GraceMS, max(minGrace, time.Millisecond), MaxGrace)},
		{"cooldown_ms", duration(&p.CooldownMS, 0, MaxCooldown)},
		{"overage", oneOf(&p.Overage, "none", "1.25x", "1.5x", "2x", "always")},
		{"reserved", group(setting{"administrators", number(&p.Reserved.Administrators, 0, MaxCap)})},
		{"administrators_first", yesOrNo(&p.AdministratorsFirst)},
		{"waitlist", yesOrNo(&p.Waitlist)},
		{"hand_over", oneOf(&p.HandOver, "anyone", "asked", "off")},
		{"idle_after_ms", duration(&p.IdleAfterMS, MinIdle, MaxIdle)},
		{"idle_warning_ms", duration(&p.IdleWarningMS, MinIdle, MaxIdle)},
		{"on_shrink", oneOf(&p.OnShrink, "drain", "evict_newest")},
		{"sessions_per_teammate", number(&p.SessionsPerTeammate, 1, MaxSessionsPerTeammate)},
		{"first_sight", yesOrNo(&p.FirstSight)},
		{"alerts", group(
			setting{"near_percent", number(&p.Alerts.NearPercent, 0, 100)},
			setting{"waiting_ms", duration(&p.Alerts.WaitingMS, 0, MaxWaiting)},
			setting{"mail", yesOrNo(&p.Alerts.Mail)},
		)},
	}
}

// Rules are a policy with the defaults of what it does not set.
type Rules struct {
	Grace                  time.Duration // 0: as the deployment has it
	Cooldown               time.Duration
	Overage                string
	ReservedAdministrators int
	AdministratorsFirst    bool
	Waitlist               bool
	HandOver               string
	IdleAfter              time.Duration // 0: never
	IdleWarning            time.Duration
	OnShrink               string
	SessionsPerTeammate    int
	FirstSight             bool
}

// Rules returns what holds under the policy.
func (p Policy) Rules() Rules {
	return Rules{
		Grace:                  milliseconds(p.GraceMS, 0),
		Cooldown:               milliseconds(p.CooldownMS, time.Minute),
		Overage:                or(p.Overage, "none"),
		ReservedAdministrators: int(or(p.Reserved.Administrators, 0)),
		AdministratorsFirst:    or(p.AdministratorsFirst, false),
		Waitlist:               or(p.Waitlist, true),
		HandOver:               or(p.HandOver, "anyone"),
		IdleAfter:              milliseconds(p.IdleAfterMS, 0),
		IdleWarning:            milliseconds(p.IdleWarningMS, 30*time.Second),
		OnShrink:               or(p.OnShrink, "drain"),
		SessionsPerTeammate:    int(or(p.SessionsPerTeammate, 10)),
		FirstSight:             or(p.FirstSight, false),
	}
}

func or[T any](set *T, def T) T {
	if set == nil {
		return def
	}
	return *set
}

func milliseconds(set *int64, def time.Duration) time.Duration {
	return time.Duration(or(set, def.Milliseconds())) * time.Millisecond
}

// merge applies a change, a JSON object, field by field: null unsets a field, and unknown fields are ignored.
func (p Policy) merge(change json.RawMessage, minGrace time.Duration) (Policy, error) {
	if len(change) == 0 {
		return p, nil
	}
	if isNull(change) {
		return p, invalid("policy", "must be an object")
	}
	return p, group(p.settings(minGrace)...)("policy", change)
}

// setting is a field of a policy.
type setting struct {
	name string
	set  setter
}

// setter checks a value, sets the field to it, or unsets the field for null. field is its whole name, for errors.
type setter func(field string, raw json.RawMessage) error

// group sets the fields of an object that has some of them, or unsets all of them for null.
func group(settings ...setting) setter {
	return func(field string, raw json.RawMessage) error {
		var values map[string]json.RawMessage
		if err := json.Unmarshal(raw, &values); err != nil {
			return invalid(field, "must be an object")
		}
		for _, s := range settings {
			value, ok := values[s.name]
			if isNull(raw) {
				value, ok = raw, true
			}
			if !ok {
				continue
			}
			if err := s.set(field+"."+s.name, value); err != nil {
				return err
			}
		}
		return nil
	}
}

// value is a setter of what decodes into T and is allowed; want says what that is.
func value[T any](at **T, allowed func(T) bool, want string) setter {
	return func(field string, raw json.RawMessage) error {
		var v *T
		if err := json.Unmarshal(raw, &v); err != nil || v != nil && !allowed(*v) {
			return invalid(field, "must be %s, or null", want)
		}
		*at = v
		return nil
	}
}

func number(at **int64, lowest, highest int64) setter {
	return value(at, func(n int64) bool { return lowest <= n && n <= highest },
		fmt.Sprintf("a whole number from %d to %d", lowest, highest))
}

func duration(at **int64, lowest, highest time.Duration) setter {
	return number(at, lowest.Milliseconds(), highest.Milliseconds())
}

func oneOf(at **string, names ...string) setter {
	return value(at, func(s string) bool { return slices.Contains(names, s) }, strings.Join(names, ", "))
}

func yesOrNo(at **bool) setter {
	return value(at, func(bool) bool { return true }, "true, false")
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// stored is the policy as the database has it.
func (p Policy) stored() (string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("directory: policy: %w", err)
	}
	return string(b), nil
}

func policyFrom(stored string) (Policy, error) {
	var p Policy
	if err := json.Unmarshal([]byte(stored), &p); err != nil {
		return p, fmt.Errorf("directory: stored policy: %w", err)
	}
	return p, nil
}
