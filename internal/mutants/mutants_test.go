package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMutantsApply notices at once when code that a mutant replaces was changed.
func TestMutantsApply(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range engines {
		names := map[string]bool{}
		for _, m := range e.mutants {
			if names[m.name] || len(m.tests) == 0 || m.old == m.new {
				t.Errorf("%s: its name is taken, or nothing is replaced, or no test is to fail", m.name)
			}
			names[m.name] = true
			if _, err := m.text(root); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
		}
	}
}

func TestPattern(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff("^TestA$|^TestB$/^c$/^d$", pattern([]string{"TestA", "TestB/c/d"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	found := ends(`=== RUN   TestA
=== RUN   TestB/c
    b_test.go:7: not --- FAIL: TestD (0.00s)
--- FAIL: TestA (0.00s)
    a_test.go:4: oh
--- PASS: TestB (0.10s)
    --- PASS: TestB/c (0.10s)
    --- SKIP: TestB/d (0.10s)
FAIL
`)
	want := map[string]string{"TestA": "FAIL", "TestB": "PASS", "TestB/c": "PASS", "TestB/d": "SKIP"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}
