package presencetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"usher/presence"
)

// RunModel sends the same random histories to two engines and demands the same outcome of each step, and the
// same roster after it; the invariants of a roster are checked besides. Histories have all commands, nodes whose leases
// end and are renewed, time that passes, and batches that arrive twice, late or in another order.
//
// How much is tried is for the flags -rapid.checks (histories, 100) and -rapid.steps (their mean length, 30), and for
// USHER_TEST_COMMANDS: histories go on until that many commands were compared. A failure is shrunk, and told with the
// flags that repeat it.
func RunModel(t *testing.T, model, subject Factory) {
	want, _ := strconv.Atoi(os.Getenv("USHER_TEST_COMMANDS"))

	m, s := model(t), subject(t)
	if d := m.Now().Sub(s.Now()); d > 0 {
		s.Advance(d)
	} else {
		m.Advance(-d)
	}
	commands := 0
	for first := true; first || commands < want; first = false {
		rapid.Check(t, func(rt *rapid.T) {
			h := newHistory(t.Context(), m, s)
			h.begin(rt)
			rt.Repeat(rapid.StateMachineActions(h))
			commands += h.commands
		})
	}
	t.Logf("compared %d commands", commands)
}

// pair is the model and the subject, on clocks that show the same and move together.
type pair struct {
	ctx            context.Context
	model, subject Engine
	commands       int // sent to both
}

// result is what a batch came to on one engine.
type result struct {
	Outcome  presence.Outcome
	Late     bool
	Invalid  bool
	Unopened *presence.UnopenedError
	Other    string // an error that no engine should return here
}

func run(ctx context.Context, e Engine, b presence.Batch) result {
	out, err := e.Store.Do(ctx, b)
	r := result{Outcome: out}
	switch {
	case err == nil:
	case errors.Is(err, presence.ErrLate):
		r.Late = true
	case errors.Is(err, presence.ErrInvalid):
		r.Invalid = true
	case errors.As(err, &r.Unopened):
	default:
		r.Other = err.Error()
	}
	return r
}

// do sends a batch to both and returns what it came to, which must be the same.
func (p *pair) do(t *rapid.T, b presence.Batch) result {
	p.commands += len(b.Commands)
	want := run(p.ctx, p.model, b)
	got := run(p.ctx, p.subject, b)
	if diff := different(want, got); diff != "" {
		t.Fatalf("%s\nmodel and subject answer differently (-model +subject):\n%s", describe(b), diff)
	}
	if got.Other != "" {
		t.Fatalf("%s\nboth failed: %s", describe(b), got.Other)
	}
	return got
}

// different is how two things differ, "" when they don't. An empty slice is as good as none.
func different[T any](a, b T) string {
	if reflect.DeepEqual(a, b) { // mostly, and told in a hundredth of the time
		return ""
	}
	return cmp.Diff(a, b, cmpopts.EquateEmpty())
}

func (p *pair) now() time.Time { return p.model.Now().Truncate(time.Millisecond) }

func (p *pair) advance(d time.Duration) {
	if d > 0 {
		p.model.Advance(d)
		p.subject.Advance(d)
	}
}

// lease renews a node's lease for both.
func (p *pair) lease(license presence.LicenseID, node presence.NodeID, d time.Duration) {
	p.model.Lease(license, node, d)
	p.subject.Lease(license, node, d)
}

// forget has both know nothing of a node's lease.
func (p *pair) forget(license presence.LicenseID, node presence.NodeID) {
	p.model.Forget(license, node)
	p.subject.Forget(license, node)
}

func describe(b presence.Batch) string {
	var text strings.Builder
	fmt.Fprintf(&text, "batch of %s, until %s:", b.Node, b.Deadline.UTC().Format("15:04:05.000"))
	for _, c := range b.Commands {
		fmt.Fprintf(&text, "\n\t%T%+v", c, c)
	}
	return text.String()
}
