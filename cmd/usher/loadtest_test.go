package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"usher/internal/redistest"
	"usher/loadtest"
)

// loaded runs a load test to its end, and returns its result.
func loaded(t *testing.T, nodes []*process, args ...string) (r loadtest.Result, stderr string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "result.json")
	_, stderr, code = usher(t, nil, append(loadArgs(nodes, args...), "--json", file)...)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v, after exit %d\n%s", err, code, stderr)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r, stderr, code
}

func loadArgs(nodes []*process, args ...string) []string {
	all := append([]string{"loadtest"}, args...)
	for _, p := range nodes {
		all = append(all, "--url", p.url)
	}
	return append(all, "--api-key", nodes[0].demo.APIKey, "--warmup", "0s")
}

// small is a run of a few seconds.
var small = []string{"--licenses", "3", "--agents", "8", "--cap", "3", "--duration", "2s"}

// purged tells whether no license but the demo's is left.
func (p *process) purged() bool {
	status, body := p.call(p.demo.APIKey, http.MethodGet, "/v1/licenses", nil)
	items, _ := body["items"].([]any)
	return status == http.StatusOK && len(items) == 1
}

// Every scenario runs on one process, and on two with Redis; does what it is for; sees no error and no broken promise; and leaves
// nothing behind.
func TestLoadtestScenarios(t *testing.T) {
	t.Parallel()
	does := map[string][]string{
		"storm":     {"logins", "grants", "refusals"},
		"shift":     {"logins", "grants", "logouts"},
		"churn":     {"logins", "grants", "logouts"},
		"reconnect": {"logins", "reconnects"},
		"steady":    {"statuses"},
		"mixed":     {"logins", "takes", "statuses", "reconnects"},
	}
	run := func(t *testing.T, nodes ...*process) {
		t.Helper()
		for _, scenario := range loadtest.Scenarios() {
			r, stderr, code := loaded(t, nodes, append(small, string(scenario))...)
			if code != 0 || len(r.Verdict.Violations) > 0 {
				t.Errorf("%s: exit %d\n%s", scenario, code, stderr)
			}
			if len(r.Errors) > 0 {
				t.Errorf("%s: errors %v", scenario, r.Errors)
			}
			for _, what := range does[string(scenario)] {
				if r.Counts[what] == 0 {
					t.Errorf("%s: no %s in %v", scenario, what, r.Counts)
				}
			}
			timed(t, r, len(nodes))
			if !nodes[0].purged() {
				t.Errorf("%s: licenses are left", scenario)
			}
		}
	}
	t.Run("one process", func(t *testing.T) {
		t.Parallel()
		run(t, startDemo(t, t.TempDir()))
	})
	t.Run("two processes with Redis", func(t *testing.T) {
		t.Parallel()
		one, two := startTwo(t, redistest.Start(t).URL())
		run(t, one, two)
	})
}

// timed looks whether a scenario measured what it is for.
func timed(t *testing.T, r loadtest.Result, nodes int) {
	t.Helper()
	want := map[loadtest.Scenario][]loadtest.Metric{
		loadtest.Storm: {loadtest.Login}, loadtest.Churn: {loadtest.Login, loadtest.Release}, loadtest.ReconnectStorm: {loadtest.Login, loadtest.Reconnect},
		loadtest.Steady: {loadtest.SeenHere}, loadtest.Mixed: {loadtest.Login, loadtest.Take, loadtest.SeenHere},
	}[r.Plan.Scenario]
	if nodes > 1 && r.Plan.Scenario == loadtest.Steady {
		want = append(want, loadtest.SeenAcross)
	}
	for _, what := range want {
		if r.Timings[what].Count() == 0 || r.Timings[what].Quantile(0.5) <= 0 {
			t.Errorf("%s: %s was not timed", r.Plan.Scenario, what)
		}
	}
	if len(r.Servers) != nodes || len(r.Timeline) == 0 || r.Client.CPUSeconds <= 0 || r.Client.MemoryBytes <= 0 {
		t.Errorf("%s: servers %v, %d seconds, client %v", r.Plan.Scenario, r.Servers, len(r.Timeline), r.Client)
	}
	for _, s := range r.Servers {
		if s.CPUSeconds <= 0 || s.MemoryBytes <= 0 || nodes > 1 && s.RedisCommands <= 0 {
			t.Errorf("%s: %+v", r.Plan.Scenario, s)
		}
	}
}

// An open loop does what it is told to, and the tokens are signed with the secret.
func TestLoadtestAtARate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, secret := startDemo(t, dir, "--jwt-shared"), filepath.Join(dir, secretFile)
	r, stderr, code := loaded(t, []*process{p}, append(small, "churn", "--rate", "40", "--devices", "2", "--operators", "0.5", "--no-roster",
		"--jwt-secret-file", secret)...)
	if code != 0 || len(r.Errors) > 0 {
		t.Fatalf("exit %d, errors %v\n%s", code, r.Errors, stderr)
	}
	if did := r.Counts["logins"] + r.Counts["logouts"]; did < 40 || did > 140 {
		t.Errorf("%d logins and logouts in %.1f s at 40/s", did, r.Seconds)
	}
	if r.Timings[loadtest.SeenHere].Count() > 0 {
		t.Error("colleagues were seen without a roster")
	}
}

// Two processes share a run, and their results are put together.
func TestLoadtestInParts(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	one, stderr, code := loaded(t, []*process{p}, append(small, "storm", "--part", "1/2")...)
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	two, stderr, code := loaded(t, []*process{p}, append(small, "storm", "--part", "2/2")...)
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	if one.Counts["logins"] != 16 || two.Counts["logins"] != 8 {
		t.Errorf("%d and %d logins, want two licenses of 8 agents and one", one.Counts["logins"], two.Counts["logins"])
	}
}

// An interrupt ends a run early: it tells what there is, and removes what it made.
func TestLoadtestInterrupted(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "result.json")
	cmd := command(t, nil, loadArgs([]*process{p}, append(small, "steady", "--duration", "10m", "--json", file)...)...)
	var said safeBuffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its exit code says it too
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	until(t, "it measures", func() bool { return strings.Contains(said.String(), "measuring") })
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(said.String(), "interrupted") {
		t.Errorf("exit %d\n%s", code, said.String())
	}
	if !p.purged() {
		t.Error("licenses are left")
	}
	if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), `"logins"`) {
		t.Errorf("the result is %s, %v", b, err)
	}
}

func TestLoadtestRefuses(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"loadtest", "rain"}, 2, "storm"},
		{[]string{"loadtest", "storm", "--agents", "0"}, 2, "--agents"},
		{[]string{"loadtest", "storm", "--part", "3/2"}, 2, "1/3"},
		{[]string{"loadtest", "storm", "--licenses", "1", "--part", "2/2"}, 2, "has none"},
		{[]string{"loadtest", "storm", "--url", p.url}, 1, "USHER_API_KEY"},
		{[]string{"loadtest", "storm", "--url", p.url, "--api-key", "wrong"}, 1, "unauthorized"},
		{[]string{"loadtest", "storm", "--url", "http://" + freeAddr(t), "--api-key", p.demo.APIKey}, 1, "connection refused"},
		{[]string{"loadtest", "storm", "--url", p.url, "--api-key", p.demo.APIKey, "--jwt-secret", "short"}, 1, "32"},
		{[]string{"loadtest", "merge", "none.json"}, 2, "none.json"},
		{[]string{"loadtest", "compare", "none.json", "none.json"}, 2, "none.json"},
	} {
		_, stderr, code := usher(t, nil, tc.args...)
		if code != tc.code || !strings.Contains(stderr, tc.says) {
			t.Errorf("%q: exit %d\n%s", tc.args, code, stderr)
		}
		if strings.Contains(stderr, p.demo.APIKey) {
			t.Errorf("%q shows the key", tc.args)
		}
	}
	if !p.purged() {
		t.Error("licenses are left")
	}
}

// A load test whose preparations are more than the server takes at a time goes on when it may.
func TestLoadtestSendsNoMoreThanTheServerTakes(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir(), "--rate-api-key", "10")
	r, stderr, code := loaded(t, []*process{p}, "--licenses", "2", "--agents", "70", "--cap", "60", "--duration", "1s", "storm")
	if code != 0 || r.Counts["logins"] < 140 || len(r.Errors) > 0 {
		t.Errorf("exit %d: %v %v\n%s", code, r.Counts, r.Errors, stderr)
	}
	until(t, "its licenses are purged", func() bool {
		status, body := p.call(p.demo.APIKey, http.MethodGet, "/v1/licenses", nil)
		items, _ := body["items"].([]any)
		return status == http.StatusOK && len(items) == 1
	})
}
