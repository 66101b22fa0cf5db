package main

// loadtestCommand has what there is to do with load tests.
type loadtestCommand struct {
	Run     loadtestRun     `cmd:"" default:"withargs" help:"Log simulated agents in, and say how fast the deployment is and whether it keeps its promises."`
	Merge   loadtestMerge   `cmd:"" help:"Put the results of a run's parts together."`
	Compare loadtestCompare `cmd:"" help:"Show what is different between two results."`
}

// Help is shown by usher loadtest --help.
func (loadtestCommand) Help() string {
	return `To begin with, against a demo server (usher demo --json tells its API key):

    usher loadtest mixed --licenses 5 --agents 20 --cap 8 --api-key KEY --report mixed.html

What scenarios there are, and all flags: usher loadtest run --help`
}
