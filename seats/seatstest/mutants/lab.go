package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// lab runs tests on sources that exist only in an overlay.
type lab struct {
	root string // of the module
	dir  string // for what is temporary
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
		events, output, err := l.test(ctx, pkg, "", names)
		if err != nil {
			return err
		}
		for _, name := range names {
			if events[name] != "pass" {
				return fmt.Errorf("%s of %s does not pass where no bug was planted:\n%s", name, pkg, output)
			}
		}
	}
	return nil
}

// try plants a mutant and returns those of its tests that failed.
func (l lab) try(ctx context.Context, m mutant) ([]string, error) {
	text, err := m.text(l.root)
	if err != nil {
		return nil, err
	}
	overlay, err := l.overlay(m.file, text)
	if err != nil {
		return nil, err
	}
	events, output, err := l.test(ctx, m.pkg, overlay, append([]string{m.control}, m.tests...))
	if err != nil {
		return nil, err
	}
	if events[m.control] != "pass" {
		return nil, fmt.Errorf("%s does not pass either, so nothing is shown (does the mutant compile?):\n%s", m.control, output)
	}
	var failed []string
	for _, name := range m.tests {
		switch events[name] {
		case "fail":
			failed = append(failed, name)
		case "pass": // the mutant lives
		default:
			return nil, fmt.Errorf("%s did not run:\n%s", name, output)
		}
	}
	return failed, nil
}

// overlay writes the mutated text beside a description of what it stands for, and returns the latter's path.
func (l lab) overlay(file, text string) (string, error) {
	mutated := filepath.Join(l.dir, "mutated"+filepath.Ext(file))
	if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
		return "", err
	}
	description, err := json.Marshal(map[string]any{
		"Replace": map[string]string{filepath.Join(l.root, filepath.FromSlash(file)): mutated},
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(l.dir, "overlay.json")
	return path, os.WriteFile(path, description, 0o600)
}

// test runs the named tests and returns how each ended: pass, fail, skip, or nothing for one that did not run.
func (l lab) test(ctx context.Context, pkg, overlay string, names []string) (map[string]string, string, error) {
	args := []string{"test", "-json", "-count=1", "-vet=off", "-timeout=5m", "-run", pattern(names)}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, pkg, "-rapid.nofailfile", "-rapid.shrinktime=1s")...)
	cmd.Dir = l.root
	out, err := cmd.CombinedOutput()
	// A failing test is what we hope for; that go itself could not run is another matter.
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, "", err
	}
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	events, output := parse(out)
	return events, output, nil
}

// parse reads the lines of go test -json; what is no such line belongs to the output.
func parse(out []byte) (map[string]string, string) {
	events := map[string]string{}
	var output strings.Builder
	for line := range bytes.Lines(out) {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(line, &e) != nil {
			output.Write(line)
			continue
		}
		output.WriteString(e.Output)
		if e.Test != "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip") {
			events[e.Test] = e.Action
		}
	}
	return events, output.String()
}

// pattern is what go test -run takes to run the named tests, level by level.
func pattern(names []string) string {
	var levels [][]string
	for _, name := range names {
		for i, part := range strings.Split(name, "/") {
			if i == len(levels) {
				levels = append(levels, nil)
			}
			if !slices.Contains(levels[i], part) {
				levels[i] = append(levels[i], part)
			}
		}
	}
	parts := make([]string, len(levels))
	for i, level := range levels {
		parts[i] = "^(" + strings.Join(level, "|") + ")$"
	}
	return strings.Join(parts, "/")
}
