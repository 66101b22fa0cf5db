package seatstest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"usher/seats"
)

// draw makes up a batch.
func (h *history) draw(t *rapid.T, commands int) seats.Batch {
	b := h.batch(h.drawNode(t))
	for range commands {
		b.Commands = append(b.Commands, h.command(t))
	}
	return b
}

// drawNode is mostly one that renews in time.
func (h *history) drawNode(t *rapid.T) seats.NodeID {
	if !rarely(t, "any node") {
		for _, node := range nodes {
			if h.nodes[node] && rapid.Bool().Draw(t, string(node)) {
				return node
			}
		}
	}
	return rapid.SampledFrom(nodes).Draw(t, "node")
}

// command makes up a command. Those that come up more often are listed more often.
func (h *history) command(t *rapid.T) seats.Command {
	kinds := []func(*rapid.T) seats.Command{
		h.takeAnew, h.takeAnew, h.takeAnew, h.takeAnew, h.takeAnew, h.takeAgain, h.takeAgain,
		h.leave, h.leave, h.logout, h.logout, h.drop, h.drop, h.free, h.free,
		h.configure, h.configure, h.renew, h.renew, h.explain, h.explain,
		h.unwait, h.unwait, h.handOver, h.handOver, h.handOver, h.ask, h.ask, h.answer, h.setIdle, h.setIdle, h.setIdle,
		h.setRouting, h.lift, h.find, h.claim, h.claim, h.claim,
		func(*rapid.T) seats.Command { return seats.Read{} },
	}
	return kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")](t)
}

func drawTeammate(t *rapid.T) seats.TeammateID {
	return rapid.SampledFrom(teammates).Draw(t, "teammate")
}

// rarely is true once in eight times.
func rarely(t *rapid.T, what string) bool { return rapid.IntRange(0, 7).Draw(t, what) == 7 }

// drawKnown picks a session that took before, a late one more often than an early one.
func (h *history) drawKnown(t *rapid.T) *known {
	from := 0
	if !rarely(t, "an old session") {
		from = max(0, len(h.known)-6)
	}
	return &h.known[rapid.IntRange(from, len(h.known)-1).Draw(t, "session")]
}

func (h *history) takeAnew(t *rapid.T) seats.Command {
	session := known{id: seats.SessionID(fmt.Sprintf("ses-%d", len(h.known))), teammate: drawTeammate(t), seq: 1}
	c := seats.Take{
		Member: h.truth.members[session.teammate], Revision: h.drawRevision(t), Session: session.id, Seq: 1,
		Wait: rapid.Bool().Draw(t, "wait"),
	}
	switch resumes := rapid.IntRange(0, 15).Draw(t, "resumes"); {
	case resumes == 15:
		c.Resumes = "ses-never-seen"
	case resumes >= 8 && len(h.known) > 0:
		earlier := h.drawKnown(t)
		c.Resumes = earlier.id
		if !rarely(t, "a stranger's session") {
			c.Member = h.truth.members[earlier.teammate]
			session.teammate = earlier.teammate
		}
	}
	h.known = append(h.known, session)
	return c
}

// drawRevision is mostly the true one.
func (h *history) drawRevision(t *rapid.T) seats.Revision {
	if rarely(t, "another revision") {
		return h.truth.config.Revision + seats.Revision(rapid.SampledFrom([]int{-1, 1}).Draw(t, "off by"))
	}
	return h.truth.config.Revision
}

func (h *history) takeAgain(t *rapid.T) seats.Command {
	if len(h.known) == 0 {
		return h.takeAnew(t)
	}
	session := h.drawKnown(t)
	session.seq++
	c := seats.Take{
		Member: h.truth.members[session.teammate], Revision: h.drawRevision(t), Session: session.id, Seq: session.seq,
		Wait: rapid.Bool().Draw(t, "wait"),
	}
	if rarely(t, "somebody else's session") {
		c.Member = h.truth.members[drawTeammate(t)]
	}
	if rarely(t, "resumes") {
		if earlier := h.drawKnown(t); earlier.id != c.Session {
			c.Resumes = earlier.id
		}
	}
	return c
}

// drawFence is mostly the teammate's latest one.
func (h *history) drawFence(t *rapid.T, teammate seats.TeammateID) seats.Fence {
	fences := h.fences[teammate]
	if len(fences) == 0 {
		return 1
	}
	if rarely(t, "an old fence") {
		return rapid.SampledFrom(fences).Draw(t, "fence")
	}
	return fences[len(fences)-1]
}

// drawOwner returns a session and the teammate that a command names with it, mostly its own.
func (h *history) drawOwner(t *rapid.T) (seats.TeammateID, *known) {
	if len(h.known) == 0 || rarely(t, "an unknown session") {
		// Its take may come later; it must not revive what ended before.
		h.known = append(h.known, known{id: seats.SessionID(fmt.Sprintf("ses-%d", len(h.known))), teammate: drawTeammate(t)})
		session := &h.known[len(h.known)-1]
		return session.teammate, session
	}
	session := h.drawKnown(t)
	if rarely(t, "somebody else's session") {
		return drawTeammate(t), session
	}
	return session.teammate, session
}

func (h *history) leave(t *rapid.T) seats.Command {
	teammate, session := h.drawOwner(t)
	if !rarely(t, "no newer") || session.seq == 0 {
		session.seq++
	}
	fence := h.drawFence(t, teammate)
	if rarely(t, "asks no longer") {
		fence = 0
	}
	return seats.Leave{Teammate: teammate, Session: session.id, Seq: session.seq, Fence: fence}
}

// drawTurn is mostly the teammate's latest one.
func (h *history) drawTurn(t *rapid.T, teammate seats.TeammateID) seats.Turn {
	turns := h.turns[teammate]
	if len(turns) == 0 {
		return 1
	}
	if rarely(t, "an old turn") {
		return rapid.SampledFrom(turns).Draw(t, "turn")
	}
	return turns[len(turns)-1]
}

// drawSeq is mostly a session's next one.
func (h *history) drawSeq(t *rapid.T, session *known) uint64 {
	if session.seq == 0 || !rarely(t, "no newer") {
		session.seq++
	}
	return session.seq
}

func (h *history) unwait(t *rapid.T) seats.Command {
	teammate, session := h.drawOwner(t)
	return seats.Unwait{
		Teammate: teammate, Session: session.id, Seq: h.drawSeq(t, session), Turn: h.drawTurn(t, teammate),
	}
}

// drawHolder is mostly one who holds a seat, if anybody does.
func (h *history) drawHolder(t *rapid.T) seats.TeammateID {
	if len(h.checker.holders) == 0 || rarely(t, "anybody") {
		return drawTeammate(t)
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(h.checker.holders))).Draw(t, "holder")
}

func (h *history) handOver(t *rapid.T) seats.Command {
	giver := h.drawHolder(t)
	to := rapid.SampledFrom(teammates).Filter(func(id seats.TeammateID) bool { return id != giver }).Draw(t, "to")
	c := seats.HandOver{
		Teammate: giver, Fence: h.drawFence(t, giver), To: h.truth.members[to], Revision: h.drawRevision(t),
		By: rapid.SampledFrom([]seats.TeammateID{"", "meg"}).Draw(t, "by"),
	}
	if len(h.known) > 0 && rapid.Bool().Draw(t, "by a session") {
		c.Session = h.drawKnown(t).id
	}
	return c
}

func (h *history) ask(t *rapid.T) seats.Command {
	teammate, session := h.drawOwner(t)
	if refused := h.refused; len(refused) > 0 && !rarely(t, "not one who was refused") {
		session = &h.known[rapid.SampledFrom(refused[max(0, len(refused)-4):]).Draw(t, "refused")]
		teammate = session.teammate
	}
	of := h.drawHolder(t)
	switch {
	case rapid.IntRange(0, 3).Draw(t, "of the administrators") == 0:
		of = administrators
	case of == teammate:
		of = rapid.SampledFrom(teammates).Filter(func(id seats.TeammateID) bool { return id != teammate }).Draw(t, "of")
	}
	id := seats.AskID(fmt.Sprintf("ask-%d", len(h.asks)))
	if len(h.asks) > 0 && rarely(t, "an ask again") {
		id = rapid.SampledFrom(h.asks).Draw(t, "ask")
	}
	h.asks = append(h.asks, id)
	return seats.MakeAsk{
		ID: id, Teammate: teammate, Name: "Name of " + string(teammate), Session: session.id, Of: of,
		Note: rapid.SampledFrom([]string{"", "please\x00", "席 \"|:"}).Draw(t, "note"),
	}
}

func (h *history) answer(t *rapid.T) seats.Command {
	if len(h.asks) == 0 {
		return h.ask(t)
	}
	c := seats.AnswerAsk{ID: rapid.SampledFrom(h.asks[max(0, len(h.asks)-4):]).Draw(t, "ask"), Of: administrators}
	switch a, open := h.checker.asks[c.ID]; {
	case open && !rarely(t, "somebody else"):
		c.Of = a.Of
	case rapid.Bool().Draw(t, "a teammate"):
		c.Of = drawTeammate(t)
	}
	c.Accept = c.Of == administrators && rapid.Bool().Draw(t, "accept")
	return c
}

func (h *history) setIdle(t *rapid.T) seats.Command {
	teammate, session := h.drawOwner(t)
	return seats.SetIdle{
		Teammate: teammate, Session: session.id, Seq: h.drawSeq(t, session), Idle: !rarely(t, "active"),
	}
}

func (h *history) setRouting(t *rapid.T) seats.Command {
	teammate, session := h.drawOwner(t)
	return seats.SetRouting{
		Teammate: teammate, Session: session.id, Seq: h.drawSeq(t, session), Fence: h.drawFence(t, teammate),
		Routing: rapid.SampledFrom([]seats.Routing{seats.AcceptingChats, seats.NotAcceptingChats}).Draw(t, "routing"),
	}
}

func (h *history) lift(t *rapid.T) seats.Command {
	teammate := drawTeammate(t)
	return seats.Lift{Teammate: teammate, Fence: h.drawFence(t, teammate)}
}

func (h *history) find(t *rapid.T) seats.Command { return seats.Find{Teammate: drawTeammate(t)} }

// claim claims what somebody held in an earlier generation, or something made up.
func (h *history) claim(t *rapid.T) seats.Command {
	session := known{id: seats.SessionID(fmt.Sprintf("ses-%d", len(h.known))), teammate: drawTeammate(t), seq: 1}
	if len(h.known) > 0 && !rarely(t, "a new session") {
		session = *h.drawKnown(t)
	} else {
		h.known = append(h.known, session)
	}
	c := seats.Claim{
		Generation: h.generation, Member: h.truth.members[session.teammate], Revision: h.drawRevision(t),
		Session: session.id, Seq: session.seq,
	}
	if session.seq == 0 {
		c.Seq = 1
	}
	until := h.now().Add(rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Second, time.Minute}).Draw(t, "until"))
	absent := rapid.IntRange(0, 3).Draw(t, "in grace") == 0
	if absent {
		c.Session, c.Seq = "", 0
	}
	if rarely(t, "another generation") {
		c.Generation++
	}
	since := h.now().Add(-time.Minute)
	if rapid.IntRange(0, 2).Draw(t, "a place") == 0 {
		c.Waiter = seats.Waiter{Turn: h.drawTurn(t, session.teammate), Since: since}
		if absent {
			c.Waiter.GraceUntil = until
		}
		return c
	}
	c.Holder = seats.Holder{
		Number: rapid.IntRange(1, 4).Draw(t, "number"), Fence: h.drawFence(t, session.teammate), Since: since,
		Overage: rarely(t, "overage"), Via: seats.ViaTake, Routing: seats.AcceptingChats,
	}
	if absent {
		c.Holder.GraceUntil = until
	}
	return c
}

func (h *history) logout(t *rapid.T) seats.Command {
	teammate, session := h.drawOwner(t)
	return seats.Logout{Teammate: teammate, Session: session.id}
}

func (h *history) drop(t *rapid.T) seats.Command {
	teammate, session := h.drawOwner(t)
	return seats.Drop{Teammate: teammate, Session: session.id}
}

func (h *history) free(t *rapid.T) seats.Command {
	teammate := drawTeammate(t)
	return seats.Free{
		Teammate: teammate, Fence: h.drawFence(t, teammate),
		Cooldown: rapid.SampledFrom([]time.Duration{0, 3 * time.Second, time.Minute, 3 * time.Minute}).Draw(t, "cooldown"),
		By:       rapid.SampledFrom([]seats.TeammateID{"", "meg"}).Draw(t, "by"),
		Message:  rapid.SampledFrom([]string{"", "lunch", "naïve \"quotes\"\n\x00 and 席"}).Draw(t, "message"),
	}
}

func (h *history) renew(t *rapid.T) seats.Command {
	return seats.Renew{Lease: rapid.SampledFrom([]time.Duration{lease, lease, lease / 5}).Draw(t, "lease")}
}

func (h *history) explain(t *rapid.T) seats.Command {
	return seats.Explain{Member: h.truth.members[drawTeammate(t)], Revision: h.drawRevision(t)}
}

func (h *history) configure(t *rapid.T) seats.Command { return h.truth.configure(t) }
