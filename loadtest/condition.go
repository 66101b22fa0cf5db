package loadtest

import (
	"errors"
	"fmt"
	"regexp"
)

// Condition is something that has to hold of a run, as --fail gives it: the name of a figure, a comparison and a bound with its
// unit, like login_p99<200ms, errors=0, login_rate>500 or server_memory_per_agent<=12kB. The zero Condition holds of nothing.
type Condition struct {
	text   string
	figure figure
	holds  func(value, bound float64) bool
	bound  float64
}

var conditionForm = regexp.MustCompile(`^\s*([a-zA-Z0-9_]+)\s*(<=|>=|==|!=|<|>|=)\s*(\S(?:.*\S)?)\s*$`)

var comparisons = map[string]func(value, bound float64) bool{
	"<":  func(value, bound float64) bool { return value < bound },
	"<=": func(value, bound float64) bool { return value <= bound },
	">":  func(value, bound float64) bool { return value > bound },
	">=": func(value, bound float64) bool { return value >= bound },
	"=":  func(value, bound float64) bool { return value == bound },
	"==": func(value, bound float64) bool { return value == bound },
	"!=": func(value, bound float64) bool { return value != bound },
}

// ParseCondition reads a condition. Its errors say what would be right, and list the names there are where one is unknown.
func ParseCondition(s string) (Condition, error) {
	parts := conditionForm.FindStringSubmatch(s)
	if parts == nil {
		return Condition{}, fmt.Errorf("condition %q: give a name, one of < <= > >= = != and a bound, like login_p99<200ms or errors=0", s)
	}
	f, known := figureNamed(parts[1])
	if !known {
		return Condition{}, fmt.Errorf("condition %q: nothing is called %s: the names are %s", s, parts[1], figureNames())
	}
	bound, err := f.unit.parse(parts[3])
	if err != nil {
		return Condition{}, fmt.Errorf("condition %q: %w", s, err)
	}
	return Condition{text: parts[1] + parts[2] + parts[3], figure: f, holds: comparisons[parts[2]], bound: bound}, nil
}

// String is the condition as it was given, without spaces.
func (c Condition) String() string { return c.text }

// Holds tells whether a run meets the condition, and in a few words what the figure was. It is an error when the run has not
// measured it: then nobody knows.
func (c Condition) Holds(r Result) (ok bool, said string, err error) {
	if c.holds == nil {
		return false, "", errors.New("an empty condition holds of nothing: make one with ParseCondition")
	}
	m, known := c.figure.of(r)
	if !known {
		return false, "", fmt.Errorf("condition %s: the run has not measured it: leave the condition out, or choose a scenario and servers with which it is measured", c.text)
	}
	said = fmt.Sprintf("%s: it is %s", c.text, c.figure.unit.show(m.value))
	return c.holds(m.value, c.bound), said, nil
}
