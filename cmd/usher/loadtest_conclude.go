package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"usher/loadtest"
)

// conclusion is what is made of a result.
type conclusion struct {
	JSON   string      `name:"json" help:"Write the result there, for merge and compare." placeholder:"FILE"`
	Report string      `help:"Write a report with charts there: one page that needs no network." placeholder:"FILE"`
	Fail   []condition `sep:"none" help:"Exit with 1 unless this holds, like 'login_p99<200ms'. May be given again." placeholder:"CONDITION"`
}

// condition is one that a result has to meet.
type condition struct{ loadtest.Condition }

// UnmarshalText is called by kong.
func (c *condition) UnmarshalText(text []byte) (err error) {
	c.Condition, err = loadtest.ParseCondition(string(text))
	return err
}

// conclude shows a result, writes it, and holds it against the conditions. Errors: those that do not hold, after all was written;
// [loadtest.ErrBroken].
func (c *conclusion) conclude(io streams, r loadtest.Result) error {
	errs := []error{loadtest.WriteTable(io.out, r)}
	if c.JSON != "" {
		errs = append(errs, writeFile(c.JSON, func(w writer) error { return loadtest.WriteResult(w, r) }))
	}
	if c.Report != "" {
		errs = append(errs, writeFile(c.Report, func(w writer) error { return loadtest.WriteReport(w, r) }))
	}
	for _, condition := range c.Fail {
		ok, said, err := condition.Holds(r)
		if err == nil && !ok {
			err = errors.New(said)
		}
		errs = append(errs, err)
	}
	for _, v := range r.Verdict.Violations {
		errs = append(errs, fmt.Errorf("%w: promise %d on license %s after %.3f s: %s%s",
			loadtest.ErrBroken, v.Promise, v.License, v.At, v.What, excerpt(v.Evidence)))
	}
	return errors.Join(errs...)
}

func excerpt(lines []string) (text string) {
	for _, line := range lines {
		text += "\n    " + line
	}
	return text
}

type writer = io.Writer

// writeFile writes a file when all that goes into it is there.
func writeFile(file string, write func(writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o600)
}
