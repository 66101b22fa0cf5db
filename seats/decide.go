package seats

// Rule is what decides a take: a [RefusalCode], or one of those that do not refuse.
type Rule string

const (
	AlreadySeated  Rule = "already_seated"
	AlreadyWaiting Rule = "already_waiting"
	SeatOpen       Rule = "seat_open"
)

// Grants tells whether the rule admits.
func (r Rule) Grants() bool { return r == AlreadySeated || r == SeatOpen }

// Waits tells whether who asks for a place besides has one after this rule decided.
func (r Rule) Waits() bool {
	return r == AlreadyWaiting || r == Rule(SeatsFull) || r == Rule(InCooldown) || r == Rule(Recovering)
}

// Standing is all that a take is decided on.
type Standing struct {
	Status   Status
	Operator bool
	Seated   bool
	Cooldown bool // still running
	Waiting  bool
	Halted   bool // nothing is granted now, see the package comment
	Open     bool // a seat is open to the teammate, see [Occupancy.Open]
}

// Decide applies the rules of a take in their order. The Redis engine has the same in Lua; the conformance
// suite holds the two together.
//
// That no live eligible waiter to whom a seat is open stands before the teammate need not be asked: whenever
// one is open to a waiter, the step that opened it has given it to them.
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
	case s.Waiting:
		return AlreadyWaiting
	case s.Halted:
		return Rule(Recovering)
	case s.Open:
		return SeatOpen
	}
	return Rule(SeatsFull)
}

// Occupancy is how many seats there are, and how many are used by whom.
type Occupancy struct {
	Total          int // or Unlimited
	Used           int // by anybody, in grace or not
	Reserved       int // for administrators
	Administrators int // seated
}

// ReservedForOthers is how many seats a teammate who may or may not use the administrators' has to leave free.
func (o Occupancy) ReservedForOthers(administrator bool) int {
	if administrator {
		return 0
	}
	return max(0, o.Reserved-o.Administrators)
}

// Open tells whether a seat is open to a teammate.
func (o Occupancy) Open(administrator bool) bool {
	return o.Total == Unlimited || o.Used < o.Total-o.ReservedForOthers(administrator)
}

// Without is the occupancy after a seat was given back.
func (o Occupancy) Without(administrator bool) Occupancy {
	o.Used--
	if administrator {
		o.Administrators--
	}
	return o
}
