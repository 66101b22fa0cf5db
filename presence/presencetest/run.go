package presencetest

import "testing"

// promise is one thing that the suite checks, under the name by which mutants and reports know it.
type promise struct {
	name  string
	check func(*testing.T, Factory)
}

// Run checks an engine against every rule of package presence, each in a subtest of its own, in parallel.
func Run(t *testing.T, f Factory) {
	for _, group := range [][]promise{
		arrivals, resumes, endings, expulsions, graces, idles, choices, colleagues, configs, generations,
		leases, silences, batches, reads, watches,
	} {
		for _, p := range group {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				p.check(t, f)
			})
		}
	}
}
