package seats

import (
	"fmt"
	"time"
)

// Status of a license.
type Status string

const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Expired   Status = "expired"
)

// Overage is how far above its cap a license may be used.
type Overage string

const (
	OverageNone   Overage = "none"
	Overage1_25   Overage = "1.25x"
	Overage1_5    Overage = "1.5x"
	Overage2      Overage = "2x"
	OverageAlways Overage = "always"
)

// Unlimited is the total of a license whose overage is [OverageAlways].
const Unlimited = -1

// MaxCap bounds the cap of a license.
const MaxCap = 1_000_000

// Total is the number of seats that may be granted: cap times the overage policy, rounded down, or [Unlimited].
func (o Overage) Total(seatCap int) int {
	switch o {
	case Overage1_25:
		return seatCap * 5 / 4
	case Overage1_5:
		return seatCap * 3 / 2
	case Overage2:
		return seatCap * 2
	case OverageAlways:
		return Unlimited
	default: // an unknown policy never admits more than the cap
		return seatCap
	}
}

// Config is what an engine has to know of a license, as true in the database at one revision.
type Config struct {
	Revision Revision
	Status   Status
	Cap      int           // ≥ 0
	Overage  Overage       // "" is OverageNone
	Grace    time.Duration // how long a dropped teammate keeps the seat; > 0
}

// Total is the number of seats that may be granted, or [Unlimited].
func (c Config) Total() int { return c.Overage.Total(c.Cap) }

// Validate tells what is wrong with c, or nil.
func (c Config) Validate() error {
	switch {
	case c.Revision < 1:
		return fmt.Errorf("revision is %d, want 1 or more", c.Revision)
	case c.Status != Active && c.Status != Suspended && c.Status != Expired:
		return fmt.Errorf("status is %q, want active, suspended or expired", c.Status)
	case c.Cap < 0 || c.Cap > MaxCap:
		return fmt.Errorf("cap is %d, want 0 to %d", c.Cap, MaxCap)
	case c.Grace <= 0:
		return fmt.Errorf("grace is %s, want more than 0", c.Grace)
	}
	switch c.Overage {
	case "", OverageNone, Overage1_25, Overage1_5, Overage2, OverageAlways:
		return nil
	}
	return fmt.Errorf("overage is %q, want none, 1.25x, 1.5x, 2x or always", c.Overage)
}

// Member is what an engine has to know of a teammate.
type Member struct {
	Teammate      TeammateID
	Name          string
	Operator      bool
	Administrator bool
}

// Cooldown keeps a freed teammate from coming straight back.
type Cooldown struct {
	Teammate TeammateID
	Until    time.Time
}
