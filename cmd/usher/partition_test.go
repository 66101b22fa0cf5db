package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/netnstest"
	"usher/internal/redistest"
)

// startOnMachines starts three nodes on a Redis Cluster, each on a machine of its own that can be cut off from it.
func startOnMachines(t *testing.T, args ...string) ([]*process, []*netnstest.Machine) {
	t.Helper()
	network := netnstest.Start(t, 3)
	args = append(slices.Clone(args), "--redis-url", redistest.StartClusterOn(t, network.Servers()).URL())
	dir, m := t.TempDir(), network.Machines
	ps := []*process{startDemoOn(t, m[0], dir, args...)}
	for _, m := range m[1:] {
		ps = append(ps, startServeOn(t, m, dir, ps[0].demo, args...))
	}
	return ps, m
}

// holder is a teammate's place on the board that an agent shows, or an empty one.
func holder(a *agent, id string) wire.Holder {
	board, _ := a.Board()
	for _, h := range board.Holders {
		if h.Teammate == id {
			return h
		}
	}
	return wire.Holder{}
}

// A node is cut off from Redis for less than lease and grace: its agents stay connected and hold still, and colleagues notice
// nothing. When it is back they have the very seats that they had, and are shown all that happened meanwhile.
func TestPartitionWithinGraceTakesNothing(t *testing.T) {
	t.Parallel()
	for name, sever := range cuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			takesNothing(t, sever)
		})
	}
}

// cuts are the ways in which a node can be cut off from Redis.
var cuts = map[string]func(*netnstest.Machine, testing.TB){
	"wholly": (*netnstest.Machine).Cut, "it is not heard": (*netnstest.Machine).Mute, "it does not hear": (*netnstest.Machine).Deafen,
}

func takesNothing(t *testing.T, sever func(*netnstest.Machine, testing.TB)) {
	t.Helper()
	const lease, grace = 2 * time.Second, 16 * time.Second
	ps, machines := startOnMachines(t, "--lease", lease.String(), "--ticket-ttl", "2s", "--grace", grace.String())
	ann, w := watch(t, "Ann", ps[0])
	bob, _ := login(t, "Bob", ps[1])
	cid, had := login(t, "Cid", ps[2])
	dan, _ := login(t, "Dan", ps[2])
	eve, _ := login(t, "Eve", ps[1])
	ned, _ := login(t, "Ned", ps[2])
	agents, cut := []*agent{ann, bob, eve, cid, dan, ned}, map[string]*agent{"Cid": cid, "Dan": dan, "Ned": ned}
	want := everybodyButMeg()
	see(t, agents, "everybody", want)
	w.expect("Ann", "Bob", "Cid", "Dan", "Eve", "Ned")

	sever(machines[2], t)
	began := time.Now()
	await(cid, func(client.SeatSuspended) bool { return true })
	unavailable(t, dan)
	if err := bob.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seat := eve.take(); seat.State != wire.SeatHeld {
		t.Fatalf("eve: %+v", seat)
	}
	for name, status := range map[string]string{"Ann": wire.StatusBusy, "Eve": wire.StatusAway} {
		a := map[string]*agent{"Ann": ann, "Eve": eve}[name]
		if _, err := a.SetStatus(t.Context(), status, nil, "meanwhile"); err != nil {
			t.Fatal(err)
		}
		want[name] = status
	}
	see(t, []*agent{ann, bob, eve}, "what changed", want)
	until(t, "the lease is over", func() bool { return holder(ann, "tm_cid").State == wire.HolderGrace })

	machines[2].Mend(t)
	restored := await(cid, func(client.SeatRestored) bool { return true }).Seat
	if restored.Number != had.Seat.Number || restored.Fence != had.Seat.Fence {
		t.Errorf("cid had %+v, and has %+v", had.Seat, restored)
	}
	until(t, "Cid's grace has ended as it should", func() bool { return holder(ann, "tm_cid").State == wire.HolderHeld })
	see(t, agents, "what changed meanwhile", want)
	for name, a := range cut {
		until(t, name+" is shown who holds seats", func() bool {
			return holder(a, "tm_eve").State == wire.HolderHeld && holder(a, "tm_bob").State == ""
		})
	}
	sameEverywhere(t, ps)
	hearEachOther(t, agents, ann, cid)
	time.Sleep(time.Until(began.Add(lease + grace + time.Second))) // real time: nothing that hangs on the cut may be left
	sameEverywhere(t, ps)
	if now := holder(ann, "tm_cid"); now.Fence != had.Seat.Fence || now.State != wire.HolderHeld {
		t.Errorf("cid's seat is %+v when it is all over", now)
	}
	if left := w.leavers(); left != "" {
		t.Errorf("were seen to leave: %s", left)
	}
	for name, a := range cut {
		toldNothingElse(t, name, a)
	}
}

// A node is cut off for longer than it believes in connections, and for less than its lease: its holders act on, and what
// happened meanwhile is read when announcements are heard again, long before rosters would be read anyway.
func TestPartitionWithinLeaseIsMadeUpFor(t *testing.T) {
	t.Parallel()
	ps, machines := startOnMachines(t, "--lease", "30s", "--grace", "40s")
	ann, _ := login(t, "Ann", ps[0])
	bob, _ := login(t, "Bob", ps[1])
	cid, _ := login(t, "Cid", ps[2])
	eve, _ := login(t, "Eve", ps[2])
	agents, want := []*agent{ann, bob, cid, eve}, everybodyButMeg()
	want["Dan"], want["Ned"] = wire.StatusOffline, wire.StatusOffline
	see(t, agents, "everybody", want)

	machines[2].Cut(t)
	until(t, "the node has given its connection up", func() bool {
		return strings.Contains(ps[2].stderr.String(), "announcements are not heard")
	})
	if _, err := ann.SetStatus(t.Context(), wire.StatusBusy, nil, "meanwhile"); err != nil {
		t.Fatal(err)
	}
	if err := bob.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	want["Ann"] = wire.StatusBusy
	see(t, []*agent{ann, bob}, "what changed", want)

	machines[2].Mend(t)
	mended := time.Now()
	see(t, agents, "what changed meanwhile", want)
	until(t, "who is cut off is shown that Bob left", func() bool { return holder(cid, "tm_bob").State == "" })
	if took := time.Since(mended); took > 2*busy {
		t.Errorf("what happened was shown after %s", took)
	}
	sameEverywhere(t, ps)
	hearEachOther(t, agents, ann, cid)
	if s := cid.State().Seat; s.State != wire.SeatHeld {
		t.Errorf("cid: %+v", s)
	}
	toldNothingElse(t, "Cid", cid)
}

// A node is cut off for longer than lease and grace: others show its agents as gone, and their seats are free for who waits, who
// was ahead in line there or not. When it is back its agents are told what they lost, and are here again.
func TestPromise7_PartitionBeyondGraceFreesSeats(t *testing.T) {
	t.Parallel()
	const lease, grace = 2 * time.Second, 4 * time.Second
	ps, machines := startOnMachines(t, "--lease", lease.String(), "--ticket-ttl", "2s", "--grace", grace.String())
	ann, _ := login(t, "Ann", ps[0])
	bob, bobs := login(t, "Bob", ps[2])
	cid, cids := login(t, "Cid", ps[2])
	dan, _ := login(t, "Dan", ps[2])
	eve, _ := login(t, "Eve", ps[1])
	ned, _ := login(t, "Ned", ps[2])
	login(t, "Ned", ps[0]) // from another device
	here, cut := []*agent{ann, eve}, []*agent{bob, cid, dan, ned}
	all := append(slices.Clone(here), cut...)
	for _, a := range []*agent{dan, eve} { // in this order
		if seat, err := a.Wait(t.Context()); err != nil || seat.State != wire.SeatWaiting {
			t.Fatalf("%+v %v", seat, err)
		}
	}
	want := everybodyButMeg()
	see(t, all, "everybody", want)

	began := time.Now()
	machines[2].Cut(t)
	for _, a := range []*agent{bob, cid} {
		await(a, func(client.SeatSuspended) bool { return true })
	}
	if seat := eve.State().Seat; seat.State != wire.SeatWaiting {
		t.Errorf("eve has %+v already, as the holders stop", seat)
	}
	granted := await(eve, func(client.SeatGranted) bool { return true })
	if took := time.Since(began); took > lease+grace+busy {
		t.Errorf("a seat was free after %s, want %s", took, lease+grace)
	}
	if granted.Cause != wire.CauseWaitlist || granted.Seat.Number != bobs.Seat.Number || granted.Seat.Fence <= cids.Seat.Fence {
		t.Errorf("eve was granted %+v", granted)
	}
	for _, gone := range []string{"Bob", "Cid", "Dan"} {
		want[gone] = wire.StatusOffline
	}
	see(t, here, "who is cut off as gone, and Ned on his other device", want)
	unavailable(t, dan)

	machines[2].Mend(t)
	for a, seat := range map[*agent]wire.Seat{bob: bobs.Seat, cid: cids.Seat} {
		lost := await(a, func(client.SeatLost) bool { return true }).Lost
		if lost.Reason != "expired" || lost.Number != seat.Number || lost.Fence != seat.Fence {
			t.Errorf("who had %+v lost %+v", seat, lost)
		}
	}
	see(t, all, "everybody again", everybodyButMeg())
	var again wire.Seat
	until(t, "cid has the other seat", func() (ok bool) { again, ok = took(t, cid); return ok })
	if again.Number != cids.Seat.Number || again.Fence <= granted.Seat.Fence {
		t.Errorf("cid had %+v, and has %+v", cids.Seat, again)
	}
	if seat := bob.take(); seat.Code != "seats_full" {
		t.Errorf("bob: %+v", seat)
	}
	sameEverywhere(t, ps)
	hearEachOther(t, all, ann, cid)
}

// What the agents of a node that is cut off do meanwhile is answered unavailable, whether Redis hears of it or not, as this one
// does of the first. When the node is back they are told what came of it, and all is as it would be without the cut.
func TestWhatIsDoneInAPartitionIsSettledAfterIt(t *testing.T) {
	t.Parallel()
	ps, machines := startOnMachines(t, "--lease", "2s", "--ticket-ttl", "2s", "--grace", "40s")
	ann, _ := login(t, "Ann", ps[0])
	bob, _ := login(t, "Bob", ps[2])
	cid, _ := login(t, "Cid", ps[2])
	dan, _ := login(t, "Dan", ps[2])
	eve, _ := login(t, "Eve", ps[1])
	ned, _ := login(t, "Ned", ps[2])
	if err := ann.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := everybodyButMeg()
	see(t, []*agent{ann, bob, cid, dan, eve, ned}, "everybody", want)

	machines[2].Deafen(t)
	unavailable(t, dan) // of the seat that Ann left
	if err := cid.Leave(t.Context()); !isUnavailable(err) {
		t.Errorf("cid: %v", err)
	}
	if _, err := ned.SetStatus(t.Context(), wire.StatusBusy, nil, "meanwhile"); !isUnavailable(err) {
		t.Errorf("ned: %v", err)
	}
	bob.leaveWithoutLogout()

	machines[2].Mend(t)
	want["Ned"] = wire.StatusBusy
	see(t, []*agent{ann, cid, dan, eve, ned}, "what was chosen", want)
	until(t, "bob is seen to have dropped", func() bool { return holder(ann, "tm_bob").State == wire.HolderGrace })
	sameEverywhere(t, ps)
	for id, a := range map[string]*agent{"tm_cid": cid, "tm_dan": dan} {
		until(t, id+" is told what the board says", func() bool { return a.State().Seat.Fence == holder(ann, id).Fence })
	}
	answered(t, func() error { return cid.Leave(t.Context()) })
	if seat := dan.take(); seat.State != wire.SeatHeld {
		t.Errorf("dan: %+v", seat)
	}
	until(t, "Bob and Dan are who has a seat", func() bool {
		board, _ := eve.Board()
		return board.Used == 2 && holder(eve, "tm_bob").State == wire.HolderGrace && holder(eve, "tm_dan").State == wire.HolderHeld
	})
	sameEverywhere(t, ps)
}

// busy is what a loaded machine may add to a time that is measured.
const busy = 5 * time.Second

// everybodyButMeg is the roster when all the others are online.
func everybodyButMeg() map[string]string {
	return map[string]string{
		"Ann": wire.StatusOnline, "Bob": wire.StatusOnline, "Cid": wire.StatusOnline, "Dan": wire.StatusOnline,
		"Eve": wire.StatusOnline, "Meg": wire.StatusOffline, "Ned": wire.StatusOnline,
	}
}

// unavailable checks that an agent of a node that is cut off gets no guess for an answer.
func unavailable(t *testing.T, a *agent) {
	t.Helper()
	if seat, err := a.Take(t.Context()); !isUnavailable(err) {
		t.Errorf("who takes a seat of a node that is cut off is answered %+v %v", seat, err)
	}
}

// answered does what is answered unavailable again: a call that was under way when a cut ended may fail for a moment yet, with
// those behind it.
func answered(t *testing.T, do func() error) {
	t.Helper()
	until(t, "the node answers", func() bool {
		err := do()
		if err != nil && !isUnavailable(err) {
			t.Fatal(err)
		}
		return err == nil
	})
}

func isUnavailable(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Code == wire.CodeUnavailable && e.Retryable && e.RetryAfter > 0
}

// took is a seat, where the agent could take one.
func took(t *testing.T, a *agent) (wire.Seat, bool) {
	t.Helper()
	seat, err := a.Take(t.Context())
	return seat, err == nil && seat.State == wire.SeatHeld
}

// hearEachOther has two agents change their status by turns, and all see it: at once, and not when their nodes happen to read the
// roster anew, which would be this often only in several times as long.
func hearEachOther(t *testing.T, all []*agent, speakers ...*agent) {
	t.Helper()
	began := time.Now()
	for range 3 {
		for _, a := range speakers {
			text := time.Since(began).String()
			var entry wire.Entry
			answered(t, func() (err error) { entry, err = a.SetStatus(t.Context(), wire.StatusAway, nil, text); return err })
			for _, other := range all {
				until(t, entry.Name+"'s note is seen", func() bool { return note(other, entry.Name) == entry.Note })
			}
		}
	}
	if took := time.Since(began); took > patience {
		t.Errorf("changes were seen in %s", took)
	}
}

// note is what an agent shows of a colleague.
func note(a *agent, name string) string {
	roster, _ := a.Roster()
	for _, e := range roster {
		if e.Name == name {
			return e.Note
		}
	}
	return ""
}
