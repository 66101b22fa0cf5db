package main

import (
	"os"

	"usher/loadtest"
)

type loadtestMerge struct {
	conclusion

	Results []string `arg:"" help:"What --json wrote in each part." placeholder:"FILE" type:"existingfile"`
}

func (c *loadtestMerge) Run(io streams) error {
	parts := make([]loadtest.Result, len(c.Results))
	for i, file := range c.Results {
		var err error
		if parts[i], err = readResult(file); err != nil {
			return err
		}
	}
	whole, err := loadtest.Merge(parts...)
	if err != nil {
		return err
	}
	return c.conclude(io, whole)
}

type loadtestCompare struct {
	Before string `arg:"" help:"What --json wrote." placeholder:"FILE" type:"existingfile"`
	After  string `arg:"" help:"What --json wrote in another run." placeholder:"FILE" type:"existingfile"`
}

func (c *loadtestCompare) Run(io streams) error {
	before, err := readResult(c.Before)
	if err != nil {
		return err
	}
	after, err := readResult(c.After)
	if err != nil {
		return err
	}
	_, err = loadtest.Compare(before, after).WriteTo(io.out)
	return err
}

func readResult(file string) (loadtest.Result, error) {
	f, err := os.Open(file)
	if err != nil {
		return loadtest.Result{}, err
	}
	defer f.Close()
	return loadtest.ReadResult(f, file)
}
