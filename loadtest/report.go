package loadtest

import (
	"bytes"
	_ "embed" // the template
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"
	"unicode"
)

//go:embed report.html
var reportHTML string

var reportTemplate = template.Must(template.New("report").Parse(reportHTML))

// The bounds of what the report shows of a result.
const (
	reportedViolations = 50
	reportedEvidence   = 200 // lines of each violation
	reportedCodes      = 20  // of each kind
)

// WriteReport writes what came of a run as one HTML page that needs nothing else: no network and no scripts. A long run is
// thinned out, with its peaks kept: the page stays below two megabytes.
func WriteReport(w io.Writer, r Result) error {
	var page bytes.Buffer
	if err := reportTemplate.Execute(&page, reported(r)); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	_, err := w.Write(bytes.Map(visible, page.Bytes()))
	return err
}

// visible is a character as a page may have it: what steers a terminal, or turns the direction of the text, becomes a mark.
func visible(c rune) rune {
	switch {
	case c == '\n' || unicode.IsPrint(c):
		return c
	case c == '\t':
		return ' '
	default:
		return unicode.ReplacementChar
	}
}

// report is what the template shows.
type report struct {
	Title, Plan, Began, Measured, Missing string
	Outcome                               outcome
	Verdict                               string
	Violations                            []reportedViolation
	MoreViolations                        string
	Stretch                               string // what a point of a line is the mean of; of a short run nothing
	Highlights                            []highlight
	Groups                                []chartGroup
	Bars                                  []bars
	Sheets                                []sheet
}

type reportedViolation struct{ Headline, Evidence string }

// highlight is a figure that stands at the top.
type highlight struct{ Says, Value, Name string }

// bars are counts by code.
type bars struct {
	Title, Note string
	Rows        []bar
}

type bar struct {
	Code, Count string
	Share       float64 // of the longest bar, in percent
}

func reported(r Result) report {
	p := report{
		Title: "Load test: " + string(r.Plan.Scenario), Plan: strings.TrimPrefix(planLine(r.Plan), string(r.Plan.Scenario)+": "), Began: moment(r.Began), Measured: showSeconds(r.Seconds), Missing: saidMissing(r),
		Outcome: r.Verdict.outcome(), Verdict: r.Verdict.line(),
		Highlights: highlights(r), Groups: chartGroups(r), Bars: allBars(r), Sheets: filled(promiseSheet(r.Verdict), countSheet(r)),
	}
	if n := len(r.Timeline); n > drawnStretches {
		length := float64(r.Timeline[n-1].At-r.Timeline[0].At) / drawnStretches
		p.Stretch = shortDuration(time.Duration(math.Ceil(length)) * time.Second)
	}
	for i, v := range r.Verdict.Violations {
		if i == reportedViolations {
			p.MoreViolations = howMany(int64(len(r.Verdict.Violations)-i), "more violation")
			break
		}
		lines := v.Evidence[:min(len(v.Evidence), reportedEvidence)]
		p.Violations = append(p.Violations, reportedViolation{v.headline(), strings.Join(lines, "\n")})
	}
	return p
}

func highlights(r Result) []highlight {
	var found []highlight
	for _, h := range []struct{ figure, says string }{
		{"login_rate", "logins"},
		{"login_p99", "login, 99 of 100 at most"},
		{"take_p99", "take, 99 of 100 at most"},
		{"release_p99", "release to next grant, 99 of 100 at most"},
		{"server_cpu_per_login", "of server CPU for a login"},
		{"server_memory_per_agent", "of server memory for an agent"},
		{"refusals", "refusals"},
		{"errors", "errors"},
	} {
		f, _ := figureNamed(h.figure)
		if m, known := f.of(r); known {
			found = append(found, highlight{h.says, f.unit.show(m.value), h.figure})
		}
	}
	return found
}

func allBars(r Result) []bars {
	var all []bars
	for _, kind := range r.codes() {
		b := bars{Title: kind.title, Note: kind.by}
		codes := mostFirst(kind.counts)
		for i, code := range codes {
			if i == reportedCodes {
				b.Rows = append(b.Rows, bar{Code: fmt.Sprintf("and %d more codes", len(codes)-i)})
				break
			}
			n := kind.counts[code]
			b.Rows = append(b.Rows, bar{code, thousands(n), tenth(max(100*float64(n)/float64(kind.counts[codes[0]]), 0))})
		}
		if len(b.Rows) > 0 {
			all = append(all, b)
		}
	}
	return all
}
