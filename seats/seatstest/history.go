package seatstest

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"usher/seats"
)

// history is the random life of one license; its exported methods are what may happen next. What it remembers
// serves to draw commands that are likely to matter: it decides nothing, the model does.
type history struct {
	pair
	license seats.LicenseID
	truth   truth
	nodes   map[seats.NodeID]bool // those that renew in time
	known   []known               // sessions that took
	fences  map[seats.TeammateID][]seats.Fence
	mailbox []seats.Batch // sent before, or not yet: may arrive at any time
	due     time.Time
	checker checker
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
	}
}

// begin opens the license and has two nodes serve it.
func (h *history) begin(t *rapid.T) {
	h.send(t, h.batch("", seats.Read{})) // not open yet
	h.send(t, h.batch("", seats.Open{Generation: 3, Cooldowns: []seats.Cooldown{
		{Teammate: "eve", Until: h.now().Add(20 * time.Second)},
		{Teammate: "dan", Until: h.now()},
	}}, seats.Configure{Config: h.truth.config}))
	for _, node := range nodes[:2] {
		h.nodes[node] = true
		h.send(t, h.batch(node, seats.Renew{Lease: lease}))
	}
}

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
	for _, reply := range r.Outcome.Replies {
		if g, ok := reply.(seats.Granted); ok {
			h.fences[g.Holder.Teammate] = append(h.fences[g.Holder.Teammate], g.Holder.Fence)
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
