package seatsredis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"usher/seats"
	"usher/seats/seatstest"
)

const (
	historyClients  = 8
	historyCommands = 30 // of each client
	historyRounds   = 40
	// historyCuts are the calls of a history that may be cut off. Each doubles the orders to look through, and on a slow
	// machine none of them comes back.
	historyCuts  = 2
	checkTimeout = 2 * time.Minute
)

// historyConfig is what the license of a round has: three seats, of which one is for administrators, who stand first in
// line. In every other round a seat may be handed to who asked for it alone.
func historyConfig(round int) seats.Config {
	c := seats.Config{
		Revision: 1, Status: seats.Active, Cap: 3, Grace: 30 * time.Second, Waitlist: true, HandOver: seats.HandOverAnyone,
		ReservedAdministrators: 1, AdministratorsFirst: true,
	}
	if round%2 == 1 {
		c.HandOver = seats.HandOverAsked
	}
	return c
}

// TestPromise1_HistoriesAreOneAfterAnother lets clients that know nothing of each other do on one license at once what
// needs no time to pass: take, wait, leave, log out, ask, hand over, free. It looks for an order in which the rules give
// the very answers, on the server's own clock. Some calls are cut off, and may have been done or not, then or later.
func TestPromise1_HistoriesAreOneAfterAnother(t *testing.T) {
	t.Parallel()
	rounds := historyRounds
	if testing.Short() {
		rounds = historyRounds / 10
	}
	for name, client := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, client)
			for round := range rounds {
				c := historyConfig(round)
				check(t, c, record(t, s, c, uint64(round)))
			}
		})
	}
}

func check(t *testing.T, c seats.Config, history []porcupine.Operation) {
	t.Helper()
	model := rules(c)
	result, info := porcupine.CheckOperationsVerbose(model, history, checkTimeout)
	if result == porcupine.Ok {
		return
	}
	path := filepath.Join(t.ArtifactDir(), "history.html")
	if err := porcupine.VisualizePath(model, info, path); err != nil {
		t.Error(err)
	}
	t.Fatalf("history of %d commands: %s; see %s (kept with go test -artifacts)", len(history), result, path)
}

// record runs the clients on a license of their own and returns what they saw.
func record(t *testing.T, s seats.Store, c seats.Config, seed uint64) []porcupine.Operation {
	t.Helper()
	r := recorder{store: s, license: seatstest.NewLicense(), start: time.Now(), turns: map[seats.TeammateID]seats.Turn{}}
	do(t, s, batch(r.license, seats.Open{Generation: 1}, seats.Configure{Config: c}, seats.Renew{Lease: time.Hour}))
	var clients sync.WaitGroup
	for i := range historyClients {
		clients.Go(func() { r.client(t.Context(), i, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	clients.Wait()
	if t.Failed() || len(r.errs) > 0 {
		t.Fatal(errors.Join(r.errs...))
	}
	end := time.Since(r.start).Nanoseconds()
	for i, o := range r.history {
		if o.Output == any(unknown{}) {
			r.history[i].Return = end // as late as anything, or never: which is the same
		}
	}
	return r.history
}

type recorder struct {
	store   seats.Store
	license seats.LicenseID
	start   time.Time

	mu      sync.Mutex
	history []porcupine.Operation
	fences  []held // granted lately, by anybody: what administrators see
	turns   map[seats.TeammateID]seats.Turn
	cuts    int
	errs    []error
}

type held struct {
	teammate seats.TeammateID
	fence    seats.Fence
}

// client is one who acts for teammates that others act for as well.
func (r *recorder) client(ctx context.Context, id int, random *rand.Rand) {
	sessions := 0
	var open []seats.Take // its sessions that may be attached
	for range historyCommands {
		var c seats.Command
		choice := random.IntN(18)
		switch {
		case len(open) == 0 || choice < 4:
			sessions++
			t := take(seats.TeammateID(fmt.Sprintf("tm_%d", random.IntN(5))), seats.SessionID(fmt.Sprintf("s_%d_%d", id, sessions)), 1)
			t.Wait = random.IntN(2) == 0
			open, c = append(open, t), t
		case choice < 5: // again, as after a cut-off call
			c = open[len(open)-1]
		case choice < 7:
			last := open[len(open)-1]
			open = open[:len(open)-1]
			c = seats.Logout{Teammate: last.Member.Teammate, Session: last.Session}
		case choice < 8:
			last := &open[len(open)-1]
			last.Seq++
			c = seats.Leave{
				Teammate: last.Member.Teammate, Session: last.Session, Seq: last.Seq,
				Fence: r.fenceOf(last.Member.Teammate),
			}
		case choice < 9:
			last := &open[len(open)-1]
			last.Seq++
			c = seats.Unwait{
				Teammate: last.Member.Teammate, Session: last.Session, Seq: last.Seq,
				Turn: r.turnOf(last.Member.Teammate),
			}
		case choice < 12:
			h := r.someHeld(random)
			to := open[len(open)-1].Member
			if to.Teammate == h.teammate {
				to = member("tm_5")
			}
			c = seats.HandOver{Teammate: h.teammate, Fence: h.fence, To: to, Revision: 1}
		case choice < 15:
			last, of := open[len(open)-1], r.someHeld(random).teammate
			switch {
			case random.IntN(3) == 0: // the administrators
				of = ""
			case last.Member.Teammate == of:
				of = "tm_5"
			}
			c = seats.MakeAsk{
				ID: seats.AskID(fmt.Sprintf("ask_%d_%d", id, random.IntN(4))), Teammate: last.Member.Teammate,
				Session: last.Session, Of: of,
			}
		case choice < 16:
			answer := seats.AnswerAsk{
				ID: seats.AskID(fmt.Sprintf("ask_%d_%d", random.IntN(historyClients), random.IntN(4))), Of: r.someHeld(random).teammate,
			}
			if random.IntN(3) == 0 {
				answer.Of, answer.Accept = "", random.IntN(2) == 0
			}
			c = answer
		case choice < 17:
			last := &open[len(open)-1]
			last.Seq++
			c = seats.SetRouting{
				Teammate: last.Member.Teammate, Session: last.Session, Seq: last.Seq,
				Fence: r.fenceOf(last.Member.Teammate), Routing: seats.NotAcceptingChats,
			}
		default:
			h := r.someHeld(random)
			c = seats.Free{Teammate: h.teammate, Fence: h.fence}
		}
		r.do(ctx, id, c, random.IntN(40) == 0 && r.mayCut())
	}
}

// mayCut tells whether one call more may be cut off, and counts it.
func (r *recorder) mayCut() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cuts == historyCuts {
		return false
	}
	r.cuts++
	return true
}

// do sends a command and notes the answer. One that is cut off is given no time for an answer to come.
func (r *recorder) do(ctx context.Context, client int, c seats.Command, cut bool) {
	if cut {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 300*time.Microsecond)
		defer cancel()
	}
	called := time.Since(r.start).Nanoseconds()
	out, err := r.store.Do(ctx, batch(r.license, c))
	returned := time.Since(r.start).Nanoseconds()
	r.mu.Lock()
	defer r.mu.Unlock()
	var output any = unknown{}
	switch {
	case err == nil:
		output = answer(out.Replies[0])
		if w, ok := out.Replies[0].(seats.Waiting); ok {
			r.turns[w.Waiter.Teammate] = w.Waiter.Turn
		}
		if g, ok := out.Replies[0].(seats.Granted); ok {
			r.fences = append(r.fences, held{g.Holder.Teammate, g.Holder.Fence})
		}
		for _, change := range out.Changes {
			for _, h := range change.Holders {
				r.fences = append(r.fences, held{h.Teammate, h.Fence})
			}
		}
	case !errors.Is(err, seats.ErrUnavailable) || !cut:
		r.errs = append(r.errs, err)
	}
	r.history = append(r.history, porcupine.Operation{
		ClientId: client, Input: c, Output: output, Call: called, Return: returned,
	})
}

// answer is a reply in the model's words.
func answer(reply seats.Reply) string {
	switch r := reply.(type) {
	case seats.Granted:
		return granted(stay{r.Holder.Number, r.Holder.Fence}, r.New)
	case seats.Waiting:
		return waits(r.Waiter.Turn, r.Place)
	case seats.Refused:
		return "refused"
	case seats.HandedOver:
		return fmt.Sprintf("handed over %d %d", r.Number, r.Fence)
	case seats.NotHanded:
		return "not handed over: " + string(r.Code)
	case seats.Asked:
		return "asked"
	case seats.NotAsked:
		return "not asked: " + string(r.Code)
	case seats.Superseded:
		return "superseded"
	case seats.Ended:
		return "ended"
	case seats.Done:
		return "done"
	case seats.Freed:
		return fmt.Sprintf("freed %d %d", r.Number, r.Fence)
	case seats.StaleFence:
		return fmt.Sprintf("stale %d", r.Held)
	case seats.NotSeated:
		return "not seated"
	}
	return fmt.Sprintf("%#v", reply)
}

func (r *recorder) fenceOf(t seats.TeammateID) seats.Fence {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range slices.Backward(r.fences) {
		if h.teammate == t {
			return h.fence
		}
	}
	return 1
}

func (r *recorder) turnOf(t seats.TeammateID) seats.Turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.turns[t], 1)
}

// someHeld is one of the seats granted last.
func (r *recorder) someHeld(random *rand.Rand) held {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.fences) == 0 {
		return held{"tm_0", 1}
	}
	return r.fences[max(0, len(r.fences)-1-random.IntN(4))]
}
