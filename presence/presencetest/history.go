package presencetest

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"usher/presence"
)

// history is the random life of one license; its exported methods are what may happen next. What it remembers
// serves to draw commands that are likely to matter: it decides nothing, the model does.
type history struct {
	pair
	license presence.LicenseID
	truth   truth
	nodes   map[presence.NodeID]bool // those that renew in time
	known   []known                  // sessions that were named
	mailbox []presence.Batch         // sent before, or not yet: may arrive at any time
	due     time.Time
	renewed bool // a lease, since the latest step
	checker checker
}

// known is a session as its app sees it.
type known struct {
	id       presence.SessionID
	teammate presence.TeammateID
	seq      uint64
}

var (
	teammates = []presence.TeammateID{"ann", "bob", "cid", "dan"}
	nodes     = []presence.NodeID{nodeA, nodeB, nodeC}
)

// mailboxSize bounds the batches that may arrive again.
const mailboxSize = 40

func newHistory(ctx context.Context, model, subject Engine) *history {
	return &history{
		pair: pair{ctx: ctx, model: model, subject: subject}, license: NewLicense(),
		truth: newTruth(), nodes: map[presence.NodeID]bool{},
	}
}

// begin opens the license and has two nodes serve it.
func (h *history) begin(t *rapid.T) {
	h.send(t, h.batch("", presence.Read{})) // not open yet
	h.truth.vary(t, h.now())
	h.send(t, h.batch("", h.open(t)))
	for _, node := range nodes[:2] {
		h.nodes[node] = true
	}
	h.renewAll()
}

func (h *history) batch(node presence.NodeID, commands ...presence.Command) presence.Batch {
	return presence.Batch{License: h.license, Node: node, Deadline: h.now().Add(presence.CommandLife), Commands: commands}
}

// send has a batch arrive, and looks at the roster after it.
func (h *history) send(t *rapid.T, b presence.Batch) result {
	r := h.do(t, b)
	if r.Late || r.Invalid || r.Unopened != nil {
		return r
	}
	if len(b.Commands) == 0 && !h.renewed && (h.due.IsZero() || r.Outcome.Now.Before(h.due)) && len(r.Outcome.Changes) > 0 {
		t.Fatalf("at %s something changed by time, which was due at %s: %+v", r.Outcome.Now, h.due, r.Outcome.Changes)
	}
	h.due, h.renewed = r.Outcome.Due, false
	h.checker.step(t, b, r.Outcome)
	h.checker.roster(t, h.do(t, h.batch("", presence.Read{})).Outcome)
	return r
}

// post sends a batch and keeps it, so that it may arrive again.
func (h *history) post(t *rapid.T, b presence.Batch) {
	h.keep(b)
	h.send(t, b)
}

func (h *history) keep(b presence.Batch) {
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
		if !rarely(t, "nobody configures") {
			h.catchUp(t)
		}
		h.post(t, h.draw(t, 1))
	}
}

// SomeMore is there so that commands are as likely as all else together.
func (h *history) SomeMore(t *rapid.T) { h.Some(t) }

// catchUp brings an engine that is not at the true revision there, as a node does that notices.
func (h *history) catchUp(t *rapid.T) {
	switch known, is := h.checker.head.Revision, h.truth.config.Revision; {
	case known < is:
		h.post(t, h.batch("", h.truth.since(known)))
	case known > is:
		h.post(t, h.batch("", h.truth.whole()))
	}
}

// Many commands arrive in one batch.
func (h *history) Many(t *rapid.T) { h.post(t, h.draw(t, rapid.IntRange(2, 6).Draw(t, "commands"))) }

// HoldBack keeps a batch on its way: it may arrive after later ones, or never.
func (h *history) HoldBack(t *rapid.T) { h.keep(h.draw(t, rapid.IntRange(1, 3).Draw(t, "commands"))) }

// Deliver has a batch arrive that was held back, or arrived before.
func (h *history) Deliver(t *rapid.T) {
	if len(h.mailbox) == 0 {
		t.Skip("nothing is on its way")
	}
	h.send(t, rapid.SampledFrom(h.mailbox).Draw(t, "batch"))
}

// Twice has a batch arrive twice, as when its answer was lost: the second time it changes nothing.
func (h *history) Twice(t *rapid.T) {
	b := h.draw(t, rapid.IntRange(1, 3).Draw(t, "commands"))
	h.keep(b)
	if first := h.send(t, b); !repeatable(b, first.Outcome.Replies) {
		return
	}
	if second := h.send(t, b); len(second.Outcome.Changes) > 0 {
		t.Fatalf("%s\nsent again it changed %+v", describe(b), second.Outcome.Changes)
	}
}

// repeatable tells whether what was done by commands is done for good: what was refused may be done later, and all of a
// teammate's sessions are those that there are.
func repeatable(b presence.Batch, replies []presence.Reply) bool {
	for i, reply := range replies {
		switch reply.(type) {
		case presence.NoTeammate, presence.NoLease, presence.TooManySessions, presence.Unknown, presence.StaleRevision:
			return false
		}
		if c, ok := b.Commands[i].(presence.Expel); ok && c.Session == "" {
			return false
		}
	}
	return true
}

// Jump moves the clock without anybody renewing.
func (h *history) Jump(t *rapid.T) {
	h.advance(rapid.SampledFrom([]time.Duration{
		time.Millisecond, 20 * time.Millisecond, time.Second, 4 * time.Second, LeaseTime, grace, LeaseTime + grace,
	}).Draw(t, "by"))
	if rapid.Bool().Draw(t, "and the living renew") {
		h.renewAll()
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
		h.advance(LeaseTime / 3)
		h.renewAll()
		h.send(t, h.batch(""))
	}
}

// Renew has some node renew its lease.
func (h *history) Renew(t *rapid.T) {
	h.renew(rapid.SampledFrom(nodes).Draw(t, "node"),
		rapid.SampledFrom([]time.Duration{time.Millisecond, LeaseTime / 5, LeaseTime}).Draw(t, "lease"))
}

// ForgetLease has a lease's record be lost.
func (h *history) ForgetLease(t *rapid.T) {
	h.forget(h.license, rapid.SampledFrom(nodes).Draw(t, "node"))
}

// DieOrLive has a node stop renewing, or begin again.
func (h *history) DieOrLive(t *rapid.T) {
	node := rapid.SampledFrom(nodes).Draw(t, "node")
	h.nodes[node] = !h.nodes[node]
	if h.nodes[node] {
		h.renew(node, LeaseTime)
	}
}

func (h *history) renewAll() {
	for _, node := range nodes {
		if h.nodes[node] {
			h.renew(node, LeaseTime)
		}
	}
}

func (h *history) renew(node presence.NodeID, d time.Duration) {
	h.renewed = true
	h.lease(h.license, node, d)
}
