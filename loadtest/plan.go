package loadtest

import "time"

// Plan is what a run does.
type Plan struct {
	Scenario Scenario `json:"scenario"`
	Seed     uint64   `json:"seed"` // of all that is drawn

	Licenses  int     `json:"licenses"`
	Agents    int     `json:"agents"` // teammates of each license who log in
	Cap       int     `json:"cap"`    // seats of each license
	Devices   int     `json:"devices"`
	Operators float64 `json:"operators"` // share of the teammates, 0 to 1

	Warmup   time.Duration `json:"warmup_ns"`   // after all licenses are there; not measured
	Ramp     time.Duration `json:"ramp_ns"`     // over which agents log in
	Duration time.Duration `json:"duration_ns"` // of what is measured
	Rate     float64       `json:"rate"`        // open loop: what is done a second, however long it takes. 0: closed loop

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
