package loadtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Plan is what a run does.
type Plan struct {
	Scenario Scenario `json:"scenario"`
	Seed     uint64   `json:"seed"` // of all that is drawn

	Licenses  int     `json:"licenses"`
	Agents    int     `json:"agents"` // teammates of each license who log in
	Cap       int     `json:"cap"`    // seats of each license
	Devices   int     `json:"devices"`
	Operators float64 `json:"operators"` // share of the teammates, 0 to 1
	Roster    bool    `json:"roster"`    // agents ask for it, and see their colleagues' changes

	Warmup   time.Duration `json:"warmup_ns"`   // after all licenses are there; not measured
	Ramp     time.Duration `json:"ramp_ns"`     // over which agents log in
	Duration time.Duration `json:"duration_ns"` // of what is measured
	Rate     float64       `json:"rate"`        // open loop: what is done a second, however long it takes. 0: closed loop
	Workers  int           `json:"workers"`     // closed loop: how many do one thing after another

	Part  int `json:"part"` // 1 … Parts: which share of the licenses this process has
	Parts int `json:"parts"`
}

// Scenario is what agents do.
type Scenario string

// The scenarios.
const (
	Storm          Scenario = "storm"     // all log in at once
	Shift          Scenario = "shift"     // a shift ends while the next begins: logouts, waiters, hand-overs
	Churn          Scenario = "churn"     // steady logins and logouts
	ReconnectStorm Scenario = "reconnect" // all sockets drop at once
	Steady         Scenario = "steady"    // agents stay, some idle, statuses change
	Mixed          Scenario = "mixed"     // of everything something
)

// Scenarios are all of them.
func Scenarios() []Scenario { return []Scenario{Storm, Shift, Churn, ReconnectStorm, Steady, Mixed} }

// Bounds of a plan. A license takes no more teammates, and a run no more agents than a machine has ports.
const (
	maxTeammates = 10_000
	maxDevices   = 100
	maxAgents    = 1_000_000
	maxDuration  = 12 * time.Hour // tokens live for a day
)

// Validate tells what is wrong with a plan, or nil. Errors name the flag.
func (p Plan) Validate() error {
	switch {
	case !slices.Contains(Scenarios(), p.Scenario):
		return fmt.Errorf("scenario is %q, want one of %v", p.Scenario, Scenarios())
	case p.Licenses < 1 || p.Agents < 1 || p.Devices < 1:
		return errors.New("--licenses, --agents and --devices must be 1 or more")
	case p.Agents > maxTeammates:
		return fmt.Errorf("--agents is %d, want at most %d: a license takes no more teammates", p.Agents, maxTeammates)
	case p.Devices > maxDevices:
		return fmt.Errorf("--devices is %d, want at most %d", p.Devices, maxDevices)
	case p.Licenses > maxAgents/(p.Agents*p.Devices):
		return fmt.Errorf("--licenses × --agents × --devices is more than %d", maxAgents)
	case p.Cap < 0 || p.Cap > 1_000_000:
		return fmt.Errorf("--cap is %d, want 0 to 1000000", p.Cap)
	case !(p.Operators >= 0 && p.Operators <= 1):
		return fmt.Errorf("--operators is %g, want 0 to 1", p.Operators)
	case p.Warmup < 0 || p.Ramp < 0 || p.Duration < time.Second || p.Warmup+p.Ramp+p.Duration > maxDuration:
		return fmt.Errorf("--duration is %s, want 1s or more, and with --warmup and --ramp %s at most", p.Duration, maxDuration)
	case !(p.Rate >= 0) || math.IsInf(p.Rate, 0):
		return fmt.Errorf("--rate is %g, want 0 or more", p.Rate)
	case p.Rate == 0 && p.Workers < 1:
		return errors.New("--workers must be 1 or more where there is no --rate")
	case p.Parts < 1 || p.Part < 1 || p.Part > p.Parts:
		return fmt.Errorf("--part is %d/%d, want 1/%d to %d/%d", p.Part, p.Parts, p.Parts, p.Parts, p.Parts)
	case len(p.licenses()) == 0:
		return fmt.Errorf("part %d of %d licenses in %d parts has none", p.Part, p.Licenses, p.Parts)
	}
	return nil
}

// licenses are the numbers of this part's licenses, of all of the run.
func (p Plan) licenses() []int {
	var mine []int
	for i := p.Part - 1; i < p.Licenses; i += p.Parts {
		mine = append(mine, i)
	}
	return mine
}

// rate is this part's share of the rate.
func (p Plan) rate() float64 { return p.Rate * float64(len(p.licenses())) / float64(p.Licenses) }

// operators is how many of a license's teammates are.
func (p Plan) operators() int { return int(math.Round(p.Operators * float64(p.Agents))) }
