package layout

import (
	"slices"
	"strings"
	"testing"
)

// TestCheckFindsTurnedArrows shows that the check fails when it should, on packages that are not there.
func TestCheckFindsTurnedArrows(t *testing.T) {
	t.Parallel()
	const gin = "github.com/gin-gonic/gin"
	cases := []struct {
		name string
		pkg  pkg
		want []string // in the one fault; nil: no fault
	}{
		{
			name: "arrows of the table",
			pkg:  pkg{ImportPath: "usher/gateway", Imports: []string{"usher/seats", "usher/presence", "usher/gateway/wire", "net/http"}},
		},
		{
			name: "seats imports one of ours",
			pkg:  pkg{ImportPath: "usher/seats", Imports: []string{"usher/internal/lease"}},
			want: []string{"seats may not import internal/lease", "someone else's server", "Redis is a matter of the engines", "of ours: nothing"},
		},
		{
			name: "the gateway imports records",
			pkg:  pkg{ImportPath: "usher/gateway", Imports: []string{"usher/internal/directory"}},
			want: []string{"gateway may not import internal/directory", "declares the small interfaces", "wired in cmd/usher"},
		},
		{
			name: "an engine is chosen outside cmd",
			pkg:  pkg{ImportPath: "usher/internal/admin", Imports: []string{"usher/seats/seatsmem"}},
			want: []string{"internal/admin may not import seats/seatsmem", "engines are chosen in cmd/usher alone"},
		},
		{
			name: "the in-process engine imports what Redis engines share",
			pkg:  pkg{ImportPath: "usher/seats/seatsmem", Imports: []string{"usher/internal/lease"}},
			want: []string{"seats/seatsmem may not import internal/lease", "It may import of ours: seats"},
		},
		{
			name: "the suite in code",
			pkg:  pkg{ImportPath: "usher/seats/seatsmem", Imports: []string{"usher/seats/seatstest"}},
			want: []string{"which is for tests alone", "test libraries"},
		},
		{
			name: "the suite in tests",
			pkg:  pkg{ImportPath: "usher/seats/seatsmem", XTestImports: []string{"usher/seats/seatstest", "usher/seats/seatsredis"}},
		},
		{
			name: "test servers in the program",
			pkg:  pkg{ImportPath: "usher/cmd/usher", Imports: []string{"usher/seats/seatsredis", "usher/internal/redistest"}},
			want: []string{"cmd/usher may not import internal/redistest", "which is for tests alone"},
		},
		{
			name: "everything else in the program",
			pkg:  pkg{ImportPath: "usher/cmd/usher", Imports: []string{"usher/seats/seatsredis", "usher/internal/admin", "usher/loadtest"}},
		},
		{
			name: "presence in the tests of seats",
			pkg:  pkg{ImportPath: "usher/seats/seatsmem", TestImports: []string{"usher/presence/presencemem"}},
			want: []string{"seats/seatsmem may not import presence/presencemem, not in its tests either", "joins them"},
		},
		{
			name: "Gin beside the HTTP API",
			pkg:  pkg{ImportPath: "usher/gateway", TestImports: []string{gin}},
			want: []string{"gateway may not import " + gin, "only internal/admin"},
		},
		{
			name: "a wrapper of Gin",
			pkg:  pkg{ImportPath: "usher/cmd/usher", Imports: []string{"example.com/instrumentation/" + gin + "/otelgin"}},
			want: []string{"cmd/usher may not import", "only internal/admin"},
		},
		{
			name: "Gin in the HTTP API",
			pkg:  pkg{ImportPath: "usher/internal/admin", Imports: []string{gin}},
		},
		{
			name: "an unknown package",
			pkg:  pkg{ImportPath: "usher/internal/util", Imports: []string{"usher/seats"}},
			want: []string{"internal/util is not in the table", "add a row"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			faults := check([]pkg{c.pkg})
			if len(c.want) == 0 {
				if len(faults) != 0 {
					t.Errorf("faults where none are: %q", faults)
				}
				return
			}
			if len(faults) != 1 {
				t.Fatalf("%d faults, want 1: %q", len(faults), faults)
			}
			for _, want := range c.want {
				if !strings.Contains(faults[0], want) {
					t.Errorf("fault is %q, which does not say %q", faults[0], want)
				}
			}
		})
	}
}

// TestTable holds the table to itself: reasons everywhere, each package once, and no arrow to nowhere or in a circle.
func TestTable(t *testing.T) {
	t.Parallel()
	for i, r := range table {
		if r.why == "" {
			t.Errorf("%s: the row gives no reason why it may import no more", r.pkg)
		}
		if slices.ContainsFunc(table[:i], func(earlier row) bool { return earlier.pkg == r.pkg }) {
			t.Errorf("%s stands in the table twice", r.pkg)
		}
		for _, to := range r.may {
			if _, ok := find(to); !ok && to != everything {
				t.Errorf("%s may import %s, which is not in the table", r.pkg, to)
			}
			if reaches(to, r.pkg, nil) {
				t.Errorf("%s may import %s, which may import %s in turn", r.pkg, to, r.pkg)
			}
		}
	}
}

// reaches tells whether the table lets from import to, over others or not. Passed is the way so far.
func reaches(from, to string, passed []string) bool {
	if slices.Contains(passed, from) {
		return false
	}
	r, _ := find(from)
	passed = append(slices.Clone(passed), from)
	return slices.ContainsFunc(r.may, func(next string) bool { return next == to || reaches(next, to, passed) })
}
