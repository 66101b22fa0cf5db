package loadtest

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Comparison sets what came of one run, b, against that of an earlier one, a.
type Comparison struct {
	// Plans says in which fields the plans differ, each as "agents 25 and 50"; none: the same was done.
	Plans []string
	Rows  []ComparisonRow

	beganA, beganB time.Time
	partsA, partsB string
}

// ComparisonRow is one figure in both runs.
type ComparisonRow struct {
	Name   string // as --fail has it
	A, B   string // with their units; "–": that run did not measure it
	Ratio  float64
	Change Change
}

// Change is what became of a figure.
type Change string

// What can become of a figure.
const (
	Same       Change = "same"
	Noise      Change = "within noise" // it differs by as much as it would when nothing had changed
	Better     Change = "better"
	Worse      Change = "worse"
	Differs    Change = "differs"      // of a figure of which neither more nor less is better
	Unmeasured Change = "not measured" // by one of the runs
)

// noise is the share by which two runs of the same differ, on a machine that does other things as well.
const noise = 0.05

// Compare sets b against a. A difference counts as noise within a twentieth, or where chance alone may make it: the ranges overlap in
// which each figure would be found again.
func Compare(a, b Result) Comparison {
	c := Comparison{
		Plans:  differences(a.Plan, b.Plan),
		beganA: a.Began, beganB: b.Began, partsA: saidMissing(a), partsB: saidMissing(b),
	}
	for _, f := range figures {
		one, knowsA := f.of(a)
		other, knowsB := f.of(b)
		if !f.headline || !knowsA && !knowsB || f.unit == aSecond && one.value == 0 && other.value == 0 {
			continue
		}
		row := ComparisonRow{Name: f.name, A: "–", B: "–", Change: Unmeasured}
		if knowsA {
			row.A = f.unit.show(one.value)
		}
		if knowsB {
			row.B = f.unit.show(other.value)
		}
		if knowsA && knowsB {
			row.Change = f.change(one, other)
			if one.value != 0 {
				row.Ratio = other.value / one.value
			}
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func (f figure) change(a, b measure) Change {
	switch {
	case a.value == b.value:
		return Same
	case f.name == "violations": // no chance excuses them
	case b.value >= a.value*(1-noise) && b.value <= a.value*(1+noise), a.low <= b.high && b.low <= a.high:
		return Noise
	}
	switch {
	case f.better == neither:
		return Differs
	case (b.value < a.value) == (f.better == lower):
		return Better
	default:
		return Worse
	}
}

// WriteTo writes the comparison as lines for a terminal.
func (c Comparison) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, c.String())
	return int64(n), err
}

// String is the comparison as lines for a terminal.
func (c Comparison) String() string {
	var said strings.Builder
	fmt.Fprintf(&said, "a: the run of %s%s\nb: the run of %s%s\n", moment(c.beganA), c.partsA, moment(c.beganB), c.partsB)
	if len(c.Plans) == 0 {
		said.WriteString("Their plans are the same.\n\n")
	} else {
		said.WriteString("Their plans differ, and so may what came of them:\n")
		for _, line := range c.Plans {
			said.WriteString("  " + line + "\n")
		}
		said.WriteString("\n")
	}
	table := grid{left: map[int]bool{4: true}}
	table.row("", "a", "b", "b/a", "")
	for _, row := range c.Rows {
		ratio := ""
		if row.Ratio > 0 {
			ratio = fmt.Sprintf("%.2f", row.Ratio)
		}
		table.row(row.Name, row.A, row.B, ratio, string(row.Change))
	}
	said.WriteString(table.lines(""))
	return said.String()
}

// differences says in which fields two plans differ, Part apart, in the words of their JSON: "agents 25 and 50".
func differences(a, b Plan) []string {
	a.Part, b.Part = 0, 0
	var said []string
	one, other := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range one.NumField() {
		if one.Field(i).Equal(other.Field(i)) {
			continue
		}
		name, _, _ := strings.Cut(one.Type().Field(i).Tag.Get("json"), ",")
		said = append(said, plain(fmt.Sprintf("%s %v and %v", strings.TrimSuffix(name, "_ns"), one.Field(i), other.Field(i)), 90))
	}
	return said
}

// moment is when a run began, in a line.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// saidMissing names the parts that a result lacks, as something to put behind its name; nothing of a whole one.
func saidMissing(r Result) string {
	missing := r.Missing()
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf(" (without %s of %d)", parts(missing), r.Plan.Parts)
}

// parts names parts: part 2, parts 1, 3 and 4.
func parts(numbers []int) string {
	if len(numbers) == 1 {
		return fmt.Sprintf("part %d", numbers[0])
	}
	said := make([]string, len(numbers))
	for i, number := range numbers {
		said[i] = strconv.Itoa(number)
	}
	last := len(said) - 1
	return "parts " + strings.Join(said[:last], ", ") + " and " + said[last]
}
