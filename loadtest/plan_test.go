package loadtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func aPlan() Plan {
	return Plan{
		Scenario: Storm, Licenses: 7, Agents: 4, Cap: 2, Devices: 1, Operators: 1, Duration: time.Second, Workers: 1, Part: 1, Parts: 1,
	}
}

func TestPlansThatCantBeMeant(t *testing.T) {
	t.Parallel()
	if err := aPlan().Validate(); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*Plan){
		"scenario":    func(p *Plan) { p.Scenario = "rain" },
		"--licenses":  func(p *Plan) { p.Licenses = 0 },
		"--agents":    func(p *Plan) { p.Agents = 10_001 },
		"--devices":   func(p *Plan) { p.Devices = 101 },
		"1000000":     func(p *Plan) { p.Licenses, p.Agents, p.Devices = 1001, 100, 10 },
		"--cap":       func(p *Plan) { p.Cap = -1 },
		"--operators": func(p *Plan) { p.Operators = 1.1 },
		"--duration":  func(p *Plan) { p.Duration = 0 },
		"--ramp":      func(p *Plan) { p.Ramp = 13 * time.Hour },
		"--rate":      func(p *Plan) { p.Rate = -1 },
		"--workers":   func(p *Plan) { p.Workers = 0 },
		"--part":      func(p *Plan) { p.Part = 2 },
		"has none":    func(p *Plan) { p.Part, p.Parts = 8, 8 },
	} {
		p := aPlan()
		change(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// Parts share all licenses, and the rate by how many of them each has.
func TestPartsAreTheWhole(t *testing.T) {
	t.Parallel()
	p := aPlan()
	p.Parts, p.Rate = 3, 70
	var all []int
	rate := 0.0
	for p.Part = 1; p.Part <= p.Parts; p.Part++ {
		all = append(all, p.licenses()...)
		rate += p.rate()
	}
	slices.Sort(all)
	if !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6}) || rate < 69.9 || rate > 70.1 {
		t.Errorf("licenses %v at %g/s", all, rate)
	}
}

func TestTargetsThatCantBeMeant(t *testing.T) {
	t.Parallel()
	good := Target{URLs: []string{"http://127.0.0.1:8080/"}, APIKey: "key", Secret: make([]byte, 32), Issuer: "usher", Audience: "usher"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*Target){
		"no --url":    func(t *Target) { t.URLs = nil },
		"--url must":  func(t *Target) { t.URLs = []string{"ftp://example.com"} },
		"--url":       func(t *Target) { t.URLs = []string{"http://name:secret@example.com"} },
		"API key":     func(t *Target) { t.APIKey = "" },
		"32 or more":  func(t *Target) { t.Secret = t.Secret[:31] },
		"an audience": func(t *Target) { t.Audience = "" },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v", says, err)
		}
	}
}
