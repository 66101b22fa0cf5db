package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"usher/loadtest"
)

// bug is one that is planted in a server.
type bug struct {
	name     string
	file     string // of the module
	old, new string // a piece of it that is there once, and what stands in its place
	promise  loadtest.Promise
}

var bugs = []bug{
	{
		name: "one seat more than the total", promise: loadtest.PromiseTotal,
		file: "seats/decide.go", old: "o.Used < o.Total-", new: "o.Used <= o.Total-",
	},
	{
		name: "a fence is given out again", promise: loadtest.PromiseFences,
		file: "seats/seatsmem/release.go", old: "seats.FencesPerGeneration + s.granted", new: "seats.FencesPerGeneration + int64(s.used())",
	},
	{
		name: "the last who came is first", promise: loadtest.PromiseOrder,
		file: "seats/seatsmem/turns.go", old: "for _, p := range b.places {\n\t\t\tif p.ready", new: "for _, p := range slices.Backward(b.places) {\n\t\t\tif p.ready",
	},
	{
		name: "those no longer seated are not shown as gone", promise: loadtest.PromiseShown,
		file: "gateway/floor_board.go", old: "delta.Gone = append(delta.Gone, string(t))", new: "_ = t",
	},
}

// A load test of a server with a bug ends with exit code 2, says which promise it broke, and shows what agents were told in a few lines;
// and it leaves nothing behind. Of the server as it is it finds nothing, which all other tests of load tests see.
func TestLoadtestFindsABug(t *testing.T) {
	t.Parallel()
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			demo := exec.Command(b.build(t), "demo", "--json", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir())
			demo.Env, demo.Dir = []string{"HOME=" + t.TempDir()}, t.TempDir()
			p := startDemoOf(t, demo)
			r, stderr, code := loaded(t, []*process{p}, "churn", "--licenses", "6", "--agents", "12", "--cap", "3", "--duration", "20s")
			if code != 2 {
				t.Fatalf("exit %d\n%s", code, stderr)
			}
			shown := false
			for _, v := range r.Verdict.Violations {
				if len(v.Evidence) < 2 || len(v.Evidence) > 12 {
					t.Errorf("%d lines show that %s", len(v.Evidence), v.What)
				}
				if v.Promise != b.promise {
					continue
				}
				shown = true
				for _, line := range append([]string{fmt.Sprintf("promise %d on license %s", v.Promise, v.License)}, v.Evidence...) {
					if !strings.Contains(stderr, line) {
						t.Errorf("%q is not printed:\n%s", line, stderr)
					}
				}
			}
			if !shown {
				t.Errorf("not found:\n%s", stderr)
			}
			if !p.purged() {
				t.Error("licenses are left")
			}
		})
	}
}

// build makes an usher that has the bug, from an overlay: nothing in the checkout is written to.
func (b bug) build(t *testing.T) (binary string) {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", filepath.FromSlash(b.file)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), b.old); n != 1 {
		t.Fatalf("%q is there %d times in %s", b.old, n, b.file)
	}
	dir := t.TempDir()
	mutated, overlay, binary := filepath.Join(dir, "mutated.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "usher")
	if err := os.WriteFile(mutated, []byte(strings.Replace(string(text), b.old, b.new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	description, _ := json.Marshal(map[string]map[string]string{"Replace": {file: mutated}})
	if err := os.WriteFile(overlay, description, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return binary
}
