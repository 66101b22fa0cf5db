package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/gateway/wire/wiretest"
	"usher/internal/postgrestest"
	"usher/internal/redistest"
)

// A WebSocket client that is not ours can do all of it, and a backend check tickets, with the shapes of the wire alone.
func TestStoryWithAForeignClient(t *testing.T) {
	t.Parallel()
	t.Run("one process", func(t *testing.T) {
		t.Parallel()
		runStory(t, startDemo(t, t.TempDir()))
	})
	t.Run("one process on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		runStory(t, startDemo(t, t.TempDir(), "--database-url", postgrestest.URL(t)))
	})
	t.Run("two processes, each with a data directory, on Redis and PostgreSQL", func(t *testing.T) {
		t.Parallel()
		args := []string{"--database-url", postgrestest.URL(t), "--redis-url", redistest.Start(t).URL()}
		mine := t.TempDir()
		one := startDemo(t, mine, args...)
		two := startServe(t, t.TempDir(), one.demo, append(args, "--jwt-secret-file", filepath.Join(mine, secretFile))...)
		runStory(t, one, two)
	})
	t.Run("two processes on one data directory with Redis", func(t *testing.T) {
		t.Parallel()
		one, two := startTwo(t, redistest.Start(t).URL())
		runStory(t, one, two)
	})
	t.Run("two processes on one data directory with a Redis Cluster", func(t *testing.T) {
		t.Parallel()
		one, two := startTwo(t, redistest.StartCluster(t).URL())
		runStory(t, one, two)
	})
}

// startTwo starts demo and serve on one data directory and one Redis.
func startTwo(t testing.TB, redis string, args ...string) (one, two *process) {
	t.Helper()
	dir := t.TempDir()
	one = startDemo(t, dir, append(args, "--redis-url", redis)...)
	two = startServe(t, dir, one.demo, append(args, "--redis-url", redis)...)
	return one, two
}

func runStory(t *testing.T, ps ...*process) {
	t.Helper()
	frames := filepath.Join(t.TempDir(), "frames")
	t.Logf("%s", runNode(t, ps, "story.js", frames))
	if said := inTheDocument(t, frames); said < 100 {
		t.Errorf("the story was told in %d frames", said)
	}
}

// nodeModules is where the npm packages of tests are.
const nodeModules = "testdata/ws/node_modules"

// needsNode returns the node command, or leaves the test out where it, or an npm package, is missing and may be.
func needsNode(t *testing.T, npm string) (node string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(nodeModules, npm))
	}
	if err != nil {
		if os.Getenv("USHER_TEST_REQUIRE_NODE") != "" {
			t.Fatalf("node or its packages are missing (make prepare installs them): %v", err)
		}
		t.Skipf("left out: this needs node and its packages (make prepare installs them): %v", err)
	}
	return node
}

// runNode runs a script of testdata/ws, which is given what the demos of these processes print, and returns what it prints.
func runNode(t *testing.T, ps []*process, args ...string) string {
	t.Helper()
	node := needsNode(t, "ws")
	var in bytes.Buffer
	for _, p := range ps {
		if err := json.NewEncoder(&in).Encode(p.demo); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(node, args...)
	cmd.Dir = "testdata/ws"
	cmd.Stdin = &in
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// inTheDocument holds the frames that agents noted in a file against the document of the wire, and returns how many there are.
func inTheDocument(t *testing.T, file string) (frames int) {
	t.Helper()
	noted, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	talks := map[int]*wiretest.Conversation{}
	for line := range strings.Lines(string(noted)) {
		var f struct {
			Agent       int
			Said, Heard string
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if talks[f.Agent] == nil {
			talks[f.Agent] = &wiretest.Conversation{}
		}
		frames++
		if f.Said != "" {
			talks[f.Agent].Said([]byte(f.Said))
		} else if err := talks[f.Agent].Heard([]byte(f.Heard)); err != nil {
			t.Error(err)
		}
	}
	return frames
}

// A change over HTTP acts at once on the live sessions of all nodes.
func TestSwitchedOffOnOneNodeActsOnTheOther(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, redistest.Start(t).URL())
	ann, w := login(t, "Ann", two)
	if w.Seat.State != wire.SeatHeld {
		t.Fatalf("ann: %+v", w.Seat)
	}
	status, answer := one.call(one.demo.token("Meg"), "PATCH", one.license("/teammates/tm_ann"), map[string]any{"operator": false})
	if status != 200 || answer["applied"] != true {
		t.Fatalf("%d %v", status, answer)
	}
	lost := await(ann, func(client.SeatLost) bool { return true }).Lost
	if lost.Reason != "not_operator" || lost.Fence != w.Seat.Fence {
		t.Fatalf("%+v", lost)
	}
	await(ann, func(e client.AccessChanged) bool { return e.Access.Inbox == wire.InboxNotOperator })

	status, answer = one.call(one.demo.APIKey, "PATCH", one.license(""), map[string]any{"cap": 1})
	if status != 200 || answer["cap"] != 1.0 {
		t.Fatalf("%d %v", status, answer)
	}
	await(ann, func(e client.LicenseChanged) bool { return e.License.Cap == 1 })
}

// The client that the guide for authors of apps shows does what the guide says.
func TestTheClientOfTheGuide(t *testing.T) {
	t.Parallel()
	needsNode(t, "ws")
	t.Log(runNode(t, []*process{startDemo(t, t.TempDir())}, "guide.js"))
}
