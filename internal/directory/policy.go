package directory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Policy is what a license sets of its policy; a nil field is not set, and its default holds. It is stored as
// its JSON.
type Policy struct {
	GraceMS    *int64  `json:"grace_ms,omitempty"`    // how long a dropped teammate keeps the seat
	CooldownMS *int64  `json:"cooldown_ms,omitempty"` // how long a freed teammate stays out
	Overage    *string `json:"overage,omitempty"`     // none, 1.25x, 1.5x, 2x or always
}

const (
	// MaxGrace is the longest grace.
	MaxGrace = 24 * time.Hour
	// MaxCooldown is the longest cooldown.
	MaxCooldown = 7 * 24 * time.Hour
	// DefaultCooldown holds where a policy sets none.
	DefaultCooldown = time.Minute
)

// Overages are the values of Policy.Overage.
func Overages() []string { return []string{"none", "1.25x", "1.5x", "2x", "always"} }

// Grace is how long a dropped teammate keeps the seat, or fallback where the policy does not say.
func (p Policy) Grace(fallback time.Duration) time.Duration {
	if p.GraceMS == nil {
		return fallback
	}
	return time.Duration(*p.GraceMS) * time.Millisecond
}

// Cooldown is how long a freed teammate stays out.
func (p Policy) Cooldown() time.Duration {
	if p.CooldownMS == nil {
		return DefaultCooldown
	}
	return time.Duration(*p.CooldownMS) * time.Millisecond
}

// merge applies a change, a JSON object, field by field: null unsets a field, and unknown fields are ignored.
func (p Policy) merge(change json.RawMessage, minGrace time.Duration) (Policy, error) {
	if len(change) == 0 {
		return p, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(change, &fields); err != nil || fields == nil {
		return p, invalid("policy", "must be an object")
	}
	lowest := max(minGrace.Milliseconds(), 1)
	var err error
	if raw, ok := fields["grace_ms"]; ok {
		if p.GraceMS, err = milliseconds("policy.grace_ms", raw, lowest, MaxGrace.Milliseconds()); err != nil {
			return p, err
		}
	}
	if raw, ok := fields["cooldown_ms"]; ok {
		if p.CooldownMS, err = milliseconds("policy.cooldown_ms", raw, 0, MaxCooldown.Milliseconds()); err != nil {
			return p, err
		}
	}
	if raw, ok := fields["overage"]; ok {
		if p.Overage, err = overage(raw); err != nil {
			return p, err
		}
	}
	return p, nil
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

func milliseconds(field string, raw json.RawMessage, lowest, highest int64) (*int64, error) {
	if isNull(raw) {
		return nil, nil
	}
	var ms int64
	if err := json.Unmarshal(raw, &ms); err != nil || ms < lowest || ms > highest {
		return nil, invalid(field, "must be a whole number from %d to %d, or null", lowest, highest)
	}
	return &ms, nil
}

func overage(raw json.RawMessage) (*string, error) {
	if isNull(raw) {
		return nil, nil
	}
	var o string
	if err := json.Unmarshal(raw, &o); err != nil || !slices.Contains(Overages(), o) {
		return nil, invalid("policy.overage", "must be none, 1.25x, 1.5x, 2x, always, or null")
	}
	return &o, nil
}

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
