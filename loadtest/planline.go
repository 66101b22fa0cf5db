package loadtest

import (
	"fmt"
	"strings"
)

// planLine is a plan in a line: what is done, by whom, for how long.
func planLine(p Plan) string {
	loop := "closed loop"
	if p.Rate > 0 {
		loop = "open loop at " + aSecond.show(p.Rate)
	}
	said := []string{
		fmt.Sprintf("%s: %s × %s on %s", p.Scenario, howMany(int64(p.Licenses), "license"), howMany(int64(p.Agents), "agent"), howMany(int64(p.Cap), "seat")),
		howMany(int64(p.Devices), "device") + " each",
		digits3(100*p.Operators) + " % operators",
		loop,
	}
	if p.Ramp > 0 {
		said = append(said, "ramp "+shortDuration(p.Ramp))
	}
	return strings.Join(append(said, "for "+shortDuration(p.Duration)), ", ")
}
