package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/redistest"
)

// A WebSocket client that is not ours can do all of it, and a backend check tickets, with the shapes of the wire alone.
func TestStoryWithAForeignClient(t *testing.T) {
	t.Parallel()
	t.Run("one process", func(t *testing.T) {
		t.Parallel()
		runStory(t, startDemo(t, t.TempDir()))
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
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("testdata/ws/node_modules/ws")
	}
	if err != nil {
		if os.Getenv("USHER_TEST_REQUIRE_NODE") != "" {
			t.Fatalf("node or its packages are missing (make prepare installs them): %v", err)
		}
		t.Skipf("left out: the story told by a foreign client needs node and its packages (make prepare installs them): %v", err)
	}
	var in bytes.Buffer
	for _, p := range ps {
		if err := json.NewEncoder(&in).Encode(p.demo); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(node, "story.js")
	cmd.Dir = "testdata/ws"
	cmd.Stdin = &in
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
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
