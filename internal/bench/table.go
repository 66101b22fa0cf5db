package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// missing tells what a row needs and its benchmark did not report.
func (r row) missing(found results) error {
	for _, f := range []figure{r.figure, r.ours, r.theirs} {
		if _, ok := found.median(f); !ok && f.unit != "" {
			return fmt.Errorf("%s %s did not report %s", r.of.pkg, r.of.name, f.unit)
		}
	}
	return nil
}

// target is the bound as the table has it.
func (r row) target() string {
	sign := "≤"
	if r.atLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s %s", sign, number(r.bound), r.beside)
}

// met tells whether a value is within the bound.
func (r row) met(value float64) string {
	if r.atLeast == (value >= r.bound) || value == r.bound {
		return "met"
	}
	return "not met"
}

func writeTable(out io.Writer, chosen []row, found map[benchmark]results) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "what\ttarget\tmeasured\t\tours\tbeside")
	for _, r := range chosen {
		value, ok := found[r.of].median(r.figure)
		if !ok {
			_, _ = fmt.Fprintf(w, "%s\t%s\t-\tfailed\t\t\n", r.what, r.target())
			continue
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.target(), number(value), r.met(value),
			side(found[r.of], r.ours), side(found[r.of], r.theirs))
	}
	return w.Flush()
}

// side is one side of a ratio, with its unit.
func side(found results, f figure) string {
	value, ok := found.median(f)
	if !ok {
		return ""
	}
	return number(value) + " " + f.unit
}

// number has three digits that count.
func number(v float64) string {
	switch size := math.Abs(v); {
	case size >= 1e6:
		return fmt.Sprintf("%.2f M", v/1e6)
	case size >= 1000:
		return fmt.Sprintf("%.1f k", v/1000)
	case size >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
