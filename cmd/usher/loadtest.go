package main

// loadtestCommand has what there is to do with load tests.
type loadtestCommand struct {
	Run     loadtestRun     `cmd:"" default:"withargs" help:"Log simulated agents in, and say how fast the deployment is and whether it keeps its promises."`
	Merge   loadtestMerge   `cmd:"" help:"Put the results of a run's parts together."`
	Compare loadtestCompare `cmd:"" help:"Show what is different between two results."`
}
