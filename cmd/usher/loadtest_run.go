package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"usher/loadtest"
)

type loadtestRun struct {
	secrecy

	Scenario    string   `arg:"" enum:"storm,shift,churn,reconnect,steady,mixed" help:"What agents do: storm, shift, churn, reconnect, steady or mixed."`
	URL         []string `name:"url" default:"http://127.0.0.1:8080" help:"A node to test. May be given again for each; agents spread over them." placeholder:"URL"`
	APIKey      string   `name:"api-key" env:"USHER_API_KEY" help:"Makes the licenses, and removes them afterwards." placeholder:"KEY"`
	JWTIssuer   string   `default:"usher" help:"The iss of tokens that are signed with the secret."`
	JWTAudience string   `default:"usher" help:"The aud of tokens that are signed with the secret."`

	Licenses  int     `default:"10" help:"Licenses."`
	Agents    int     `default:"25" help:"Teammates of each, who all log in."`
	Cap       int     `default:"10" help:"Seats of each."`
	Devices   int     `default:"1" help:"Devices of each teammate, all of which log in."`
	Operators float64 `default:"1" help:"Share of the teammates who are operators, and want a seat: 0 to 1."`
	Roster    bool    `default:"true" negatable:"" help:"Agents ask for the roster."`

	Warmup   time.Duration `default:"2s" help:"Time before anything is measured."`
	Ramp     time.Duration `default:"0s" help:"Time over which agents log in. 0: all at once."`
	Duration time.Duration `default:"20s" help:"Time that is measured."`
	Rate     float64       `default:"0" help:"What agents do each second, whether or not what they did before is answered. 0: as fast as it is answered."`
	Workers  int           `default:"32" help:"Without a rate: how many things are under way at a time."`
	Seed     uint64        `default:"1" help:"Of all that is drawn at random."`
	Part     part          `default:"1/1" help:"Which part of the run this process is: its share of the licenses." placeholder:"1/3"`

	conclusion
}

// part is like 1/3.
type part struct{ part, parts int }

// UnmarshalText is called by kong.
func (p *part) UnmarshalText(text []byte) error {
	before, after, ok := strings.Cut(string(text), "/")
	part, err := strconv.Atoi(before)
	parts, err2 := strconv.Atoi(after)
	if !ok || err != nil || err2 != nil || part < 1 || part > parts {
		return fmt.Errorf("%q is no part of a whole, like 1/3", text)
	}
	p.part, p.parts = part, parts
	return nil
}

// Help is shown by usher loadtest --help.
func (loadtestRun) Help() string {
	return `Agents log in on licenses of their own, which are made over the HTTP API and removed afterwards, also after an interrupt. All
that they are told is held against what Usher promises: never more seats than there are, one for each teammate, waiters served in
order, everybody shown the same.

  storm      all agents log in, over --ramp
  shift      one half gives its seats up to the other: by leaving, logging out and handing over
  churn      agents log in and out
  reconnect  all connections drop at once, and again when all are back
  steady     agents stay, choose statuses, are idle and active
  mixed      of everything something

  usher demo &                                            # prints its API key
  usher loadtest storm --api-key $KEY                     # 250 agents on 10 licenses
  usher loadtest churn --rate 500 --duration 1m --fail 'login_p99<200ms' --report churn.html
  usher loadtest mixed --url http://127.0.0.1:8080 --url http://127.0.0.1:8081
  usher loadtest storm --licenses 600 --part 1/3 --json 1.json     # and 2/3, 3/3, at the same time
  usher loadtest merge 1.json 2.json 3.json --report all.html

Tokens are asked for over the API, one for each teammate, or signed here where the secret is given, and the servers run with
--jwt-shared.

Exit codes: 0; 1 for a failure, an interrupt or a --fail that does not hold; 2 for a promise that was broken, or a command line
that can't be meant.`
}

func (c *loadtestRun) plan() loadtest.Plan {
	return loadtest.Plan{
		Scenario: loadtest.Scenario(c.Scenario), Seed: c.Seed,
		Licenses: c.Licenses, Agents: c.Agents, Cap: c.Cap, Devices: c.Devices, Operators: c.Operators, Roster: c.Roster,
		Warmup: c.Warmup, Ramp: c.Ramp, Duration: c.Duration, Rate: c.Rate, Workers: c.Workers,
		Part: c.Part.part, Parts: c.Part.parts,
	}
}

func (c *loadtestRun) target() (loadtest.Target, error) {
	t := loadtest.Target{URLs: c.URL, APIKey: c.APIKey, Issuer: c.JWTIssuer, Audience: c.JWTAudience}
	if c.JWTSecret == "" && c.JWTSecretFile == "" {
		return t, nil
	}
	var err error
	t.Secret, err = c.secret("")
	return t, err
}

// Validate is called by kong.
func (c *loadtestRun) Validate() error {
	if c.JWTSecret != "" && c.JWTSecretFile != "" {
		return errors.New("give --jwt-secret (USHER_JWT_SECRET) or --jwt-secret-file (USHER_JWT_SECRET_FILE), not both")
	}
	return c.plan().Validate()
}

// Run runs a load test.
func (c *loadtestRun) Run(ctx context.Context, io streams) error {
	target, err := c.target()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // a load test has memory, and shares processors with what it measures
	}
	show := newProgress(io.err, c.plan())
	result, err := loadtest.Run(ctx, loadtest.Options{Plan: c.plan(), Target: target, Progress: show.second, Stage: show.stage})
	show.finish()
	if result.Format == 0 { // nothing was measured
		return err
	}
	return errors.Join(err, c.conclude(io, result))
}
