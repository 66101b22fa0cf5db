package loadtest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var reports = flag.String("reports", "", "directory to leave the reports of the samples in, to be looked at")

// pages are reports of what runs may be like.
var pages = map[string]func() Result{
	"ordinary":    func() Result { return sampleRun(90, 2000) },
	"broken":      broken,
	"nothing":     func() Result { return Result{} },
	"one second":  func() Result { return sampleRun(1, 1) },
	"one agent":   func() Result { return sampleRun(30, 1) },
	"three hours": func() Result { return sampleRun(3*60*60, 19_000) },
	"huge":        huge,
	"hostile":     hostile,
}

const hostileText = `"><script>alert('1')</script><img src=x onerror=alert(1)>`

// hostile is a result of which all that is a string would be code, and some numbers are none.
func hostile() Result {
	r := sampleRun(20, 100)
	r.Plan.Scenario = hostileText
	r.Servers[0].URL = "javascript:alert(1)" + hostileText
	for _, counts := range []map[string]int64{r.Errors, r.Refusals, r.Grants, r.Losses} {
		counts[hostileText] = 1 << 40
		counts["less than none"] = -5
	}
	r.Timings[hostileText] = r.Timings[Login]
	r.Timeline[3].P50[hostileText] = math.NaN()
	r.Timeline[4].P50[hostileText] = math.Inf(1)
	r.Timeline[5].Held = -3
	r.Verdict.Violations = []Violation{{Promise: -1, License: hostileText, At: -7, What: hostileText, Evidence: []string{hostileText, "</pre></svg>"}}}
	return r
}

func page(t *testing.T, name string) string {
	t.Helper()
	var w bytes.Buffer
	if err := WriteReport(&w, pages[name]()); err != nil {
		t.Fatal(err)
	}
	if *reports != "" {
		if err := os.WriteFile(filepath.Join(*reports, strings.ReplaceAll(name, " ", "-")+".html"), w.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w.String()
}

// A report is XML as well as HTML, so that a tag that is left open, or text that is taken for one, shows.
func TestReportsAreWellFormedAndNeedNothingElse(t *testing.T) {
	t.Parallel()
	for name := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := page(t, name)
			if len(said) > 1<<20 {
				t.Errorf("it has %d bytes", len(said))
			}
			if strings.Contains(said, "ZgotmplZ") {
				t.Error("the template has refused a value")
			}
			ids := map[string]bool{}
			var refers []string
			for decoder := xml.NewDecoder(strings.NewReader(said)); ; {
				token, err := decoder.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				element, is := token.(xml.StartElement)
				if !is {
					continue
				}
				refers = append(refers, checkElement(t, element, ids)...)
			}
			for _, id := range refers {
				if !ids[id] {
					t.Errorf("something is described by %s, which is nothing", id)
				}
			}
			if regexp.MustCompile(`url\(|@import|expression\(`).MatchString(said) {
				t.Error("its styles are not in it")
			}
		})
	}
}

// numeric are attributes that place something.
var numeric = regexp.MustCompile(`^(x|y|x1|x2|y1|y2|width|height|d|viewBox)$`)

// checkElement looks at one element: what it loads, where it stands, what it is called. It returns the ids that it refers to.
func checkElement(t *testing.T, e xml.StartElement, ids map[string]bool) (refers []string) {
	t.Helper()
	switch e.Name.Local {
	case "script", "img", "iframe", "object", "use", "foreignObject", "a":
		t.Errorf("there is <%s>", e.Name.Local)
	}
	described := false
	for _, a := range e.Attr {
		switch name := a.Name.Local; {
		case strings.HasPrefix(name, "on"), name == "style":
			t.Errorf("<%s> has %s", e.Name.Local, name)
		case (name == "href" || name == "src") && a.Value != "data:,":
			t.Errorf("<%s> loads %s", e.Name.Local, a.Value)
		case numeric.MatchString(name) && strings.ContainsAny(a.Value, "NIe%") && !strings.HasSuffix(a.Value, "%"):
			t.Errorf("<%s> stands at %s %s", e.Name.Local, name, a.Value)
		case name == "id":
			if ids[a.Value] {
				t.Errorf("the id %s is there twice", a.Value)
			}
			ids[a.Value] = true
		case name == "aria-labelledby":
			refers = append(refers, strings.Fields(a.Value)...)
			described = true
		case name == "aria-hidden":
			described = true
		}
	}
	if e.Name.Local == "svg" && !described {
		t.Error("a picture is described by nothing")
	}
	return refers
}

func TestReportsShowTheVerdictAndItsEvidence(t *testing.T) {
	t.Parallel()
	said := page(t, "broken")
	for _, want := range []string{
		`<p class="verdict broken">Promises were broken: 2 violations.</p>`,
		"Promise 1 was broken on license lic_load_017 after 41.2 s: 13 seats were held at once, and the total is 12",
		"41.207 s  tm_11/0  held number 12, fence 1000000032",
		`<line class="mark"`,
		"2030-01-02 09:00:00 UTC",
		"40 licenses × 50 agents on 30 seats",
		"<td>298 ms</td>",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not there", want)
		}
	}
	if said := page(t, "ordinary"); !strings.Contains(said, `<p class="verdict kept">`) {
		t.Error("the promises were kept, and it does not say so")
	}
	if said := page(t, "nothing"); !strings.Contains(said, "Nothing was measured") || !strings.Contains(said, `<p class="verdict unchecked">`) {
		t.Error("there was nothing, and it does not say so")
	}
}

// However many violations there are, and however long their evidence is, the page stays one that can be read.
func TestReportsOfManyViolationsAreBounded(t *testing.T) {
	t.Parallel()
	r := sampleRun(10, 100)
	for range 5000 {
		r.Verdict.Violations = append(r.Verdict.Violations, Violation{Promise: 1, At: 3, Evidence: make([]string, 1000)})
	}
	var w bytes.Buffer
	if err := WriteReport(&w, r); err != nil {
		t.Fatal(err)
	}
	if w.Len() > 1<<20 || !strings.Contains(w.String(), "4,950 more violations") {
		t.Errorf("%d bytes", w.Len())
	}
}
