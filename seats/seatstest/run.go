package seatstest

import "testing"

// promise is one thing that the suite checks, under the name by which mutants and reports know it.
type promise struct {
	name  string
	check func(*testing.T, Factory)
}

// Run checks an engine against every rule of package seats, each in a subtest of its own, in parallel.
func Run(t *testing.T, f Factory) {
	for _, group := range [][]promise{
		takes, endings, replays, frees, configs, leases, batches, watches, counts, waitlist,
		handovers, asks, administratorsAsks, idle, reservations, shrink, routing, sessions, cooldowns, explains, silence,
		recovery, kept, moments,
	} {
		for _, p := range group {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				p.check(t, f)
			})
		}
	}
}
