package seats

// Rule is what decides a take: a [RefusalCode], or one of the two that grant.
type Rule string

const (
	AlreadySeated Rule = "already_seated"
	SeatOpen      Rule = "seat_open"
)

// Grants tells whether the rule admits.
func (r Rule) Grants() bool { return r == AlreadySeated || r == SeatOpen }

// Standing is all that a take is decided on.
type Standing struct {
	Status   Status
	Operator bool
	Seated   bool
	Cooldown bool // still running
	Total    int  // or Unlimited
	Used     int
}

// Decide applies the rules of a take in their order. The Redis engine has the same in Lua; the conformance
// suite holds the two together.
func Decide(s Standing) Rule {
	switch {
	case s.Status == Suspended:
		return Rule(LicenseSuspended)
	case s.Status != Active:
		return Rule(LicenseExpired)
	case !s.Operator:
		return Rule(NotOperator)
	case s.Seated:
		return AlreadySeated
	case s.Cooldown:
		return Rule(InCooldown)
	case s.Total == Unlimited || s.Used < s.Total:
		return SeatOpen
	}
	return Rule(SeatsFull)
}
