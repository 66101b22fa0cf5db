package leasetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/redistest"
)

// Victim is an engine that has one license open, on a server that fails.
type Victim struct {
	Keys              []string // of the license
	Unavailable, Late error    // by which the engine's callers tell what went wrong

	Tick    func(ctx context.Context, deadline time.Time) error // sends a batch without commands; zero: no deadline of its own
	Enter   func(ctx context.Context) error                     // lets one more session in; an error too where it is not
	Read    func(t testing.TB) any                              // all there is to see of the license
	Mislead func(server time.Time)                              // has the engine believe that the server shows another time
}

// RunOutages holds an engine to what is owed while its server does not serve, or serves what is not the engine's.
// start makes a victim on a server.
func RunOutages(t *testing.T, start func(testing.TB, *redistest.Server) Victim) {
	t.Helper()
	run := func(name string, check func(*testing.T, outage)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			check(t, outage{start(t, server), server, connect(t, server.URL())})
		})
	}
	run("AServerThatIsGoneIsUnavailableInTime", checkGone)
	run("AWrongEstimateOfEngineTimeIsCorrected", checkMisled)
	run("ForeignDataIsToldApart", checkForeign)
	run("AScriptThatTheServerForgotIsLoadedAgain", checkForgotten)
	for _, r := range refusals {
		run("ARefusingServerIsUnavailable/"+r.cause, r.check)
	}
}

// outage is a victim with its server, and a client of that for what befalls it.
type outage struct {
	Victim
	server *redistest.Server
	client redis.UniversalClient
}

func connect(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	client, err := lease.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// demandUnavailable demands that whoever comes is told soon that nothing can be done, and why.
func (o outage) demandUnavailable(ctx context.Context, t *testing.T, within time.Duration) {
	t.Helper()
	start := time.Now()
	if err := o.Enter(ctx); !errors.Is(err, o.Unavailable) || errors.Is(err, lease.ErrScript) {
		t.Errorf("%v, want that it is unavailable", err)
	}
	if took := time.Since(start); took > within {
		t.Errorf("told after %s", took)
	}
}

func (o outage) do(t *testing.T, command ...any) {
	t.Helper()
	if err := o.client.Do(t.Context(), command...).Err(); err != nil {
		t.Fatal(err)
	}
}

func checkGone(t *testing.T, o outage) {
	o.server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	o.demandUnavailable(ctx, t, time.Second)
	o.demandUnavailable(t.Context(), t, 6*time.Second) // by the client's own time-outs
	o.server.Kill()
	o.demandUnavailable(t.Context(), t, 6*time.Second)
}

const busyScript = "a script that is busy"

// refusals are what may keep a server from serving, and what ends it; nil: nothing does.
var refusals = []refusal{
	{"out of memory", []any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}},
	{"replica", []any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}},
	{"too few replicas", []any{"CONFIG", "SET", "min-replicas-to-write", "1"}, []any{"CONFIG", "SET", "min-replicas-to-write", "0"}},
	{"password set", []any{"CONFIG", "SET", "requirepass", "x"}, nil},
	{"functions not allowed", []any{"ACL", "SETUSER", "default", "-fcall"}, []any{"ACL", "SETUSER", "default", "+fcall"}},
	{busyScript, []any{"CONFIG", "SET", "busy-reply-threshold", "1"}, []any{"SCRIPT", "KILL"}},
}

type refusal struct {
	cause       string
	begin, over []any
}

// What a server answers when it can't serve is unavailability, and nothing is done in part.
func (r refusal) check(t *testing.T, o outage) {
	before := o.Read(t)
	o.do(t, r.begin...)
	if r.cause == busyScript {
		busy := connect(t, o.server.URL()+"?timeout=1h")
		go busy.Eval(t.Context(), "while true do end", nil)
		Await(t, func() bool { return o.client.Ping(t.Context()).Err() != nil })
	}
	if r.over == nil { // connections that are open stay good
		o.client.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes")
	}
	o.demandUnavailable(t.Context(), t, 10*time.Second)
	if r.over == nil {
		return
	}
	o.do(t, r.over...)
	Await(t, func() bool { return o.Tick(t.Context(), time.Time{}) == nil })
	if diff := cmp.Diff(before, o.Read(t)); diff != "" {
		t.Errorf("the license after a refusal:\n%s", diff)
	}
	if err := o.Enter(t.Context()); err != nil {
		t.Error(err)
	}
}

func checkMisled(t *testing.T, o outage) {
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		o.Mislead(time.Now().Add(off))
		if err := o.Tick(t.Context(), time.Time{}); err != nil {
			t.Errorf("off by %s: %v", off, err)
		}
	}
	if err := o.Tick(t.Context(), time.Now().Add(-time.Second)); !errors.Is(err, o.Late) {
		t.Errorf("%v, want that it is too late", err)
	}
}

func checkForeign(t *testing.T, o outage) {
	o.do(t, "SET", o.Keys[1], "not ours")
	if err := o.Enter(t.Context()); !errors.Is(err, lease.ErrScript) || !errors.Is(err, o.Unavailable) {
		t.Errorf("%v, want ErrScript, and that it is unavailable", err)
	}
}

func checkForgotten(t *testing.T, o outage) {
	o.do(t, "FUNCTION", "FLUSH", "SYNC")
	if err := o.Enter(t.Context()); err != nil {
		t.Error(err)
	}
}
