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

// HandOverPolicy tells to whom a holder may give the seat.
type HandOverPolicy string

const (
	HandOverAnyone HandOverPolicy = "anyone"
	HandOverAsked  HandOverPolicy = "asked" // to who asked for it alone
	HandOverOff    HandOverPolicy = "off"
)

// ShrinkPolicy tells what happens to those seated when the total is lowered below their number.
type ShrinkPolicy string

const (
	ShrinkDrain       ShrinkPolicy = "drain"        // nobody is thrown out, and nobody let in until use is below the total
	ShrinkEvictNewest ShrinkPolicy = "evict_newest" // the highest fences lose their seats
)

// Config is what an engine has to know of a license, as true in the database at one revision.
type Config struct {
	Revision Revision
	Status   Status
	Cap      int           // ≥ 0
	Overage  Overage       // "" is OverageNone
	Grace    time.Duration // how long a dropped teammate keeps the seat or the place in line; > 0

	ReservedAdministrators int  // seats that only administrators may take; those that administrators hold count
	AdministratorsFirst    bool // administrators stand before all others in the waitlist
	Waitlist               bool // who is refused may wait in line

	HandOver HandOverPolicy // "" is HandOverOff
	OnShrink ShrinkPolicy   // "" is ShrinkDrain

	IdleAfter   time.Duration // an idle holder is warned after it, while somebody waits whom it would help; 0: never
	IdleWarning time.Duration // how long the warned may answer by being active; > 0 where IdleAfter is

	SessionsPerTeammate int // live attached sessions of one teammate, at most; 0: any number
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
	case c.ReservedAdministrators < 0 || c.ReservedAdministrators > MaxCap:
		return fmt.Errorf("%d seats are reserved, want 0 to %d", c.ReservedAdministrators, MaxCap)
	case c.IdleAfter < 0 || c.IdleAfter > 0 && c.IdleWarning <= 0:
		return fmt.Errorf("idle after %s with a warning of %s, want both above 0, or no idle time", c.IdleAfter, c.IdleWarning)
	case c.SessionsPerTeammate < 0:
		return fmt.Errorf("%d sessions per teammate, want 0 or more", c.SessionsPerTeammate)
	}
	return c.validateNames()
}

func (c Config) validateNames() error {
	switch c.HandOver {
	case "", HandOverAnyone, HandOverAsked, HandOverOff:
	default:
		return fmt.Errorf("hand over is %q, want anyone, asked or off", c.HandOver)
	}
	switch c.OnShrink {
	case "", ShrinkDrain, ShrinkEvictNewest:
	default:
		return fmt.Errorf("on shrink is %q, want drain or evict_newest", c.OnShrink)
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
	Fence    Fence // of the seat that was freed
	Until    time.Time
}
