package seatstest

import (
	"context"
	"slices"
	"time"

	"pgregory.net/rapid"

	"usher/seats"
)

// history is the random life of one license; its exported methods are what may happen next. What it remembers
// serves to draw commands that are likely to matter: it decides nothing, the model does.
type history struct {
	pair
	license    seats.LicenseID
	truth      truth
	nodes      map[seats.NodeID]bool // those that renew in time
	known      []known               // sessions that took
	fences     map[seats.TeammateID][]seats.Fence
	turns      map[seats.TeammateID][]seats.Turn
	asks       []seats.AskID
	refused    []int // sessions that were, by their place in known
	generation seats.Generation
	mailbox    []seats.Batch // sent before, or not yet: may arrive at any time
	due        time.Time
	checker    checker
}

// known is a session as its app sees it.
type known struct {
	id       seats.SessionID
	teammate seats.TeammateID
	seq      uint64
}

var (
	teammates = []seats.TeammateID{"ann", "bob", "cid", "dan", "eve"}
	nodes     = []seats.NodeID{"node-a", "node-b", "node-c"}
)

// mailboxSize bounds the batches that may arrive again.
const mailboxSize = 40

func newHistory(ctx context.Context, model, subject Engine) *history {
	return &history{
		pair: pair{ctx: ctx, model: model, subject: subject}, license: NewLicense(),
		truth: newTruth(), nodes: map[seats.NodeID]bool{}, fences: map[seats.TeammateID][]seats.Fence{},
		turns: map[seats.TeammateID][]seats.Turn{}, generation: 3,
	}
}

// begin opens the license and has two nodes serve it.
func (h *history) begin(t *rapid.T) {
	h.send(t, h.batch("", seats.Read{})) // not open yet
	h.truth.vary(t)
	h.send(t, h.batch("", h.open(t), seats.Configure{Config: h.truth.config}))
	for _, node := range nodes[:2] {
		h.nodes[node] = true
		h.send(t, h.batch(node, seats.Renew{Lease: lease}))
	}
}

// open is how the license begins: in most histories as it does after the engine forgot, in some after an end of the
// process that kept the board, in some for the first time. What was held before is made up.
func (h *history) open(t *rapid.T) seats.Open {
	o := seats.Open{Generation: h.generation, Cooldowns: []seats.Cooldown{
		{Teammate: "eve", Fence: fencesBefore + 2, Until: h.now().Add(20 * time.Second)},
		{Teammate: "dan", Fence: fencesBefore + 5, Until: h.now()},
	}}
	switch rapid.IntRange(0, 3).Draw(t, "begins") {
	case 0:
		o.Window = rapid.SampledFrom([]time.Duration{2 * time.Second, 35 * time.Second}).Draw(t, "window")
		for i, id := range teammates { // what may be claimed
			h.fences[id] = append(h.fences[id], fencesBefore+seats.Fence(i%3+1), fencesBefore+seats.Fence(i+1))
			h.turns[id] = append(h.turns[id], seats.Turn(fencesBefore)+seats.Turn(7-i))
		}
	case 1:
		if rapid.Bool().Draw(t, "unclean") {
			o.Window = 20 * time.Second
		}
		o.Kept = seats.Kept{
			Grace: grace,
			Holders: []seats.Holder{
				{Teammate: "ann", Name: "Ann", Number: 3, Since: h.now().Add(-time.Hour), Overage: true, Via: seats.ViaHandOver, Routing: seats.NotAcceptingChats},
				{Teammate: "bob", Name: "Bob", Administrator: true, Number: 1, Since: h.now(), Via: seats.ViaTake, Routing: seats.AcceptingChats},
			},
			Waiters: []seats.Waiter{{Teammate: "dan", Name: "Dan", Since: h.now()}, {Teammate: "eve", Name: "Eve", Since: h.now()}},
		}
	}
	return o
}

// fencesBefore is the first fence of the generation before that in which a history begins.
const fencesBefore = 2 * seats.FencesPerGeneration

func (h *history) now() time.Time { return h.model.Now().Truncate(time.Millisecond) }

func (h *history) batch(node seats.NodeID, commands ...seats.Command) seats.Batch {
	return seats.Batch{License: h.license, Node: node, Deadline: h.now().Add(seats.CommandLife), Commands: commands}
}

// send has a batch arrive, and looks at the board after it.
func (h *history) send(t *rapid.T, b seats.Batch) {
	r := h.do(t, b)
	if r.Late || r.Invalid || r.Unopened != nil {
		return
	}
	h.due = r.Outcome.Due
	h.checker.step(t, b, r.Outcome)
	for i, reply := range r.Outcome.Replies {
		switch r := reply.(type) {
		case seats.Refused:
			if take, ok := b.Commands[i].(seats.Take); ok {
				h.refused = append(h.refused, slices.IndexFunc(h.known, func(k known) bool { return k.id == take.Session }))
			}
		case seats.Granted:
			h.fences[r.Holder.Teammate] = append(h.fences[r.Holder.Teammate], r.Holder.Fence)
		case seats.Waiting:
			h.turns[r.Waiter.Teammate] = append(h.turns[r.Waiter.Teammate], r.Waiter.Turn)
		}
	}
	for _, change := range r.Outcome.Changes {
		for _, holder := range change.Holders {
			h.fences[holder.Teammate] = append(h.fences[holder.Teammate], holder.Fence)
		}
	}
	read := h.do(t, h.batch("", seats.Read{}))
	h.checker.board(t, read.Outcome)
}

// post sends a batch and keeps it, so that it may arrive again.
func (h *history) post(t *rapid.T, b seats.Batch) {
	h.keep(b)
	h.send(t, b)
}

func (h *history) keep(b seats.Batch) {
	if len(h.mailbox) == mailboxSize {
		h.mailbox = h.mailbox[1:]
	}
	h.mailbox = append(h.mailbox, b)
}

// Check is what rapid calls between actions; send has checked already.
func (h *history) Check(*rapid.T) {}

// Some commands arrive, each in a batch of its own.
func (h *history) Some(t *rapid.T) {
	for range rapid.IntRange(1, 8).Draw(t, "batches") {
		if !rarely(t, "nobody reloads") {
			h.catchUp(t)
		}
		h.post(t, h.draw(t, 1))
	}
}

// SomeMore is there so that commands are as likely as all else together.
func (h *history) SomeMore(t *rapid.T) { h.Some(t) }

// catchUp brings an engine that is not at the true revision there, as a node does that notices.
func (h *history) catchUp(t *rapid.T) {
	known, is := h.checker.head.Revision, h.truth.config.Revision
	switch {
	case known < is:
		h.post(t, h.batch("", seats.Configure{Config: h.truth.config, Base: known, Changed: h.truth.changedAfter(known)}))
	case known > is:
		h.post(t, h.batch("", seats.Configure{Config: h.truth.config, Changed: h.truth.changedAfter(0), Force: true}))
	}
}

// Many commands arrive in one batch.
func (h *history) Many(t *rapid.T) { h.post(t, h.draw(t, rapid.IntRange(2, 6).Draw(t, "commands"))) }

// HoldBack keeps a batch on its way: it may arrive after later ones, or never.
func (h *history) HoldBack(t *rapid.T) { h.keep(h.draw(t, rapid.IntRange(1, 3).Draw(t, "commands"))) }

// Arrive has a batch arrive that was held back, or arrived before.
func (h *history) Arrive(t *rapid.T) {
	if len(h.mailbox) == 0 {
		t.Skip("nothing is on its way")
	}
	h.send(t, rapid.SampledFrom(h.mailbox).Draw(t, "batch"))
}

// ArriveAgain has the latest batch arrive twice, as when its answer was lost.
func (h *history) ArriveAgain(t *rapid.T) {
	if len(h.mailbox) == 0 {
		t.Skip("nothing was sent")
	}
	h.send(t, h.mailbox[len(h.mailbox)-1])
}

// Jump moves the clock without anybody renewing.
func (h *history) Jump(t *rapid.T) {
	h.advance(rapid.SampledFrom([]time.Duration{
		time.Millisecond, 20 * time.Millisecond, time.Second, 4 * time.Second, lease, grace, lease + grace,
	}).Draw(t, "by"))
	if rapid.Bool().Draw(t, "and the living renew") {
		h.renewAll(t)
	}
}

// JumpToDue moves the clock to the moment at which something is due, or just before it.
func (h *history) JumpToDue(t *rapid.T) {
	left := h.due.Sub(h.now())
	if h.due.IsZero() || left <= 0 {
		t.Skip("nothing is due")
	}
	if rapid.Bool().Draw(t, "just before") {
		left -= time.Millisecond
	}
	h.advance(left)
	h.send(t, h.batch(""))
}

// Age lets time pass in which the living nodes renew.
func (h *history) Age(t *rapid.T) {
	for range rapid.IntRange(1, 12).Draw(t, "renewals") {
		h.advance(lease / 3)
		h.renewAll(t)
	}
}

func (h *history) renewAll(t *rapid.T) {
	for _, node := range nodes {
		if h.nodes[node] {
			h.send(t, h.batch(node, seats.Renew{Lease: lease}))
		}
	}
}

// DieOrLive has a node stop renewing, or begin again.
func (h *history) DieOrLive(t *rapid.T) {
	node := rapid.SampledFrom(nodes).Draw(t, "node")
	h.nodes[node] = !h.nodes[node]
	if h.nodes[node] {
		h.post(t, h.batch(node, seats.Renew{Lease: lease}))
	}
}

func (h *history) advance(d time.Duration) {
	if d > 0 {
		h.model.Advance(d)
		h.subject.Advance(d)
	}
}
