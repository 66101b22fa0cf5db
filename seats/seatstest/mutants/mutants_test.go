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
	for want, names := range map[string][]string{
		"^(TestA)$":               {"TestA"},
		"^(TestA)$/^(b|c)$":       {"TestA/b", "TestA/c"},
		"^(TestA|TestD)$/^(b|c)$": {"TestA/b", "TestD", "TestA/c"},
	} {
		if diff := cmp.Diff(want, pattern(names)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", names, diff)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	events, output := parse([]byte(`# usher/seats
{"Action":"run","Test":"TestA"}
{"Action":"output","Test":"TestA","Output":"oh\n"}
{"Action":"fail","Test":"TestA"}
{"Action":"pass","Test":"TestB/c"}
{"Action":"fail","Package":"usher/seats"}
`))
	if diff := cmp.Diff(map[string]string{"TestA": "fail", "TestB/c": "pass"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("# usher/seats\noh\n", output); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}
