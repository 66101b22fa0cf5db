package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// lab builds the tests of packages, and runs them where bugs were planted.
type lab struct {
	root  string            // of the module
	dir   string            // for what is temporary
	sound map[string]string // package → the binary of its tests without a bug
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	return strings.TrimSpace(string(out)), err
}

// healthy fails unless every named test passes where nothing was planted; a test that fails anyway kills nothing.
func (l lab) healthy(ctx context.Context, chosen []mutant) error {
	tests := map[string][]string{}
	for _, m := range chosen {
		if _, err := m.text(l.root); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		tests[m.pkg] = append(append(tests[m.pkg], m.control), m.tests...)
	}
	for pkg, names := range tests {
		l.sound[pkg] = filepath.Join(l.dir, filepath.Base(pkg)+".test")
		if err := l.build(ctx, pkg, l.sound[pkg]); err != nil {
			return err
		}
		ends, output, err := l.test(ctx, pkg, l.sound[pkg], names)
		if err != nil {
			return err
		}
		for _, name := range names {
			if ends[name] != "PASS" {
				return fmt.Errorf("%s of %s does not pass where no bug was planted:\n%s", name, pkg, output)
			}
		}
	}
	return nil
}

// fate is what became of a mutant: which of its tests failed, or why nothing is known.
type fate struct {
	failed []string
	err    error
}

// tryAll tries mutants, as many at once as there are cores. The fate of each comes by a channel of its own.
func (l lab) tryAll(ctx context.Context, chosen []mutant) []chan fate {
	fates := make([]chan fate, len(chosen))
	for i := range fates {
		fates[i] = make(chan fate, 1)
	}
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	go func() {
		for i, m := range chosen {
			places <- struct{}{}
			go func() {
				defer func() { <-places }()
				failed, err := l.try(ctx, m)
				fates[i] <- fate{failed, err}
			}()
		}
	}()
	return fates
}

// try plants a mutant and returns those of its tests that failed.
func (l lab) try(ctx context.Context, m mutant) (failed []string, err error) {
	dir, err := os.MkdirTemp(l.dir, "mutant")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, env, err := l.plant(ctx, m, dir)
	if err != nil {
		return nil, err
	}
	ends, output, err := l.test(ctx, m.pkg, binary, append([]string{m.control}, m.tests...), env...)
	if err != nil {
		return nil, err
	}
	if ends[m.control] != "PASS" {
		return nil, fmt.Errorf("%s does not pass either, so nothing is shown:\n%s", m.control, output)
	}
	for _, name := range m.tests {
		switch ends[name] {
		case "FAIL":
			failed = append(failed, name)
		case "PASS": // the mutant lives
		default:
			return nil, fmt.Errorf("%s did not run:\n%s", name, output)
		}
	}
	return failed, nil
}

// plant returns a binary of tests that has the bug when it is run in that environment. A script's file is read by the tests
// themselves, so that only a bug in Go has to be compiled: from an overlay, as nothing in the checkout is written to.
func (l lab) plant(ctx context.Context, m mutant, dir string) (binary string, env []string, err error) {
	text, err := m.text(l.root)
	if err != nil {
		return "", nil, err
	}
	mutated := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
		return "", nil, err
	}
	if filepath.Ext(m.file) == ".lua" {
		return l.sound[m.pkg], []string{"USHER_TEST_LUA=" + mutated}, nil
	}
	description, err := json.Marshal(map[string]any{
		"Replace": map[string]string{filepath.Join(l.root, filepath.FromSlash(m.file)): mutated},
	})
	if err != nil {
		return "", nil, err
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, description, 0o600); err != nil {
		return "", nil, err
	}
	binary = filepath.Join(dir, "mutated.test")
	return binary, nil, l.build(ctx, m.pkg, binary, "-overlay", overlay)
}

// build compiles the tests of a package, as fast as can be: most binaries run for less time than that takes.
func (l lab) build(ctx context.Context, pkg, binary string, flags ...string) error {
	args := append([]string{"test", "-c", "-vet=off", "-gcflags=-N -l", "-ldflags=-s -w", "-o", binary}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Dir = l.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the tests of %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// test runs the named tests of a package and returns how each ended: PASS, FAIL, SKIP, or nothing for one that did not run.
func (l lab) test(ctx context.Context, pkg, binary string, names []string, env ...string) (map[string]string, string, error) {
	cmd := exec.CommandContext(ctx, binary, "-test.v", "-test.timeout=5m", "-test.run="+pattern(names),
		"-rapid.nofailfile", "-rapid.shrinktime=1s")
	cmd.Dir = filepath.Join(l.root, filepath.FromSlash(pkg))
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	// A failing test is what we hope for; that they could not run is another matter.
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, "", err
	}
	return ends(string(out)), string(out), ctx.Err()
}

var end = regexp.MustCompile(`(?m)^ *--- (PASS|FAIL|SKIP): (\S+) \(`)

// ends finds in the output of tests how each ended.
func ends(output string) map[string]string {
	found := map[string]string{}
	for _, m := range end.FindAllStringSubmatch(output, -1) {
		found[m[2]] = m[1]
	}
	return found
}

// pattern is what -test.run takes to run the named tests, with all subtests of each, and no others.
func pattern(names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = "^" + strings.ReplaceAll(name, "/", "$/^") + "$"
	}
	return strings.Join(parts, "|")
}
