package loadtest

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"
)

// width is that of a terminal for which tables are made.
const width = 100

// shownViolations is how many violations are shown with their evidence.
const shownViolations = 3

// WriteTable writes what came of a run as lines for a terminal, a hundred columns wide: the plan, what was timed and counted, what the
// servers used up, refusals and errors by code, and the verdict with what it rests on.
func WriteTable(w io.Writer, r Result) error {
	sections := []string{
		saidPlan(r),
		timingSheet(r).lines(12), countSheet(r).lines(20),
		usedSheet(r).lines(36), eachSheet(r).lines(40),
		saidCodes(r),
		paragraph(r.Verdict.line()) + promiseSheet(r.Verdict).lines(60), saidViolations(r.Verdict),
	}
	sections = slices.DeleteFunc(sections, func(section string) bool { return section == "" })
	_, err := io.WriteString(w, strings.Join(sections, "\n"))
	return err
}

func saidPlan(r Result) string {
	return paragraph(planLine(r.Plan)) + "began " + moment(r.Began) + ", measured for " + showSeconds(r.Seconds) + saidMissing(r) + "\n"
}

// paragraph is a text in as many lines as it takes, all but the first with an indent.
func paragraph(s string) string {
	return strings.Join(fold(plain(s, 10*width), width-2), "\n  ") + "\n"
}

func saidCodes(r Result) string {
	var said strings.Builder
	for _, kind := range r.codes() {
		if len(kind.counts) == 0 {
			continue
		}
		var codes []string
		for _, code := range mostFirst(kind.counts) {
			codes = append(codes, strings.ReplaceAll(plain(code, 40), " ", "_")+" "+thousands(kind.counts[code]))
		}
		said.WriteString(kind.title + " " + kind.by + "\n  " + paragraph(strings.Join(codes, ", ")))
	}
	return said.String()
}

// codes are the counts that a result has by code, each with what it counts.
func (r Result) codes() []codeCounts {
	return []codeCounts{
		{"Grants", "by cause", r.Grants},
		{"Losses", "by reason", r.Losses},
		{"Refusals", "by code", r.Refusals},
		{"Errors", "by code", r.Errors},
	}
}

type codeCounts struct {
	title, by string
	counts    map[string]int64
}

// mostFirst are the keys of what was counted at least once, the most frequent first.
func mostFirst(counts map[string]int64) []string {
	keys := slices.DeleteFunc(slices.Collect(maps.Keys(counts)), func(key string) bool { return counts[key] == 0 })
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys
}

func saidViolations(v Verdict) string {
	var said []string
	for i, violation := range v.Violations {
		if i == shownViolations {
			said = append(said, howMany(int64(len(v.Violations)-i), "more violation")+": see the report\n")
			break
		}
		lines := []string{paragraph(violation.headline())}
		for _, line := range violation.Evidence {
			lines = append(lines, "  "+plain(line, width-2)+"\n")
		}
		said = append(said, strings.Join(lines, ""))
	}
	return strings.Join(said, "\n")
}
