package presencetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"usher/presence"
)

// draw makes up a batch.
func (h *history) draw(t *rapid.T, commands int) presence.Batch {
	b := h.batch(h.drawNode(t))
	if rarely(t, "opens") {
		b.Commands = append(b.Commands, h.open(t))
	}
	for range commands {
		b.Commands = append(b.Commands, h.command(t))
	}
	return b
}

// drawNode is mostly one that renews in time.
func (h *history) drawNode(t *rapid.T) presence.NodeID {
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
func (h *history) command(t *rapid.T) presence.Command {
	kinds := []func(*rapid.T) presence.Command{
		h.arriveAnew, h.arriveAnew, h.arriveAnew, h.arriveAnew, h.arriveAnew, h.arriveAgain, h.arriveAgain,
		h.depart, h.depart, h.drop, h.drop, h.drop, h.setIdle, h.setIdle, h.choose, h.choose, h.choose,
		h.expel, h.expel, h.configure, h.configure, h.read,
	}
	return kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")](t)
}

func drawTeammate(t *rapid.T) presence.TeammateID {
	return rapid.SampledFrom(teammates).Draw(t, "teammate")
}

// rarely is true once in eight times.
func rarely(t *rapid.T, what string) bool { return rapid.IntRange(0, 7).Draw(t, what) == 7 }

// open is how the license begins, with a window in half of the histories. Later it does nothing.
func (h *history) open(t *rapid.T) presence.Command {
	return presence.Open{
		Generation: presence.Generation(rapid.IntRange(2, 4).Draw(t, "generation")), Config: h.truth.config, Members: h.truth.all(),
		Window: rapid.SampledFrom([]time.Duration{0, 0, 2 * time.Second, 45 * time.Second}).Draw(t, "window"),
	}
}

// name makes up a session.
func (h *history) name(t *rapid.T) *known {
	h.known = append(h.known, known{
		id: presence.SessionID(fmt.Sprintf("ses-%d", len(h.known))), teammate: drawTeammate(t),
	})
	return &h.known[len(h.known)-1]
}

// drawKnown picks a session that was named before, a late one more often than an early one.
func (h *history) drawKnown(t *rapid.T) *known {
	if len(h.known) == 0 {
		return h.name(t)
	}
	from := 0
	if !rarely(t, "an old session") {
		from = max(0, len(h.known)-6)
	}
	return &h.known[rapid.IntRange(from, len(h.known)-1).Draw(t, "session")]
}

// drawOwner returns a session and the teammate that a command names with it, mostly its own. Where the session is not known
// yet its arrival may come later.
func (h *history) drawOwner(t *rapid.T) (presence.TeammateID, *known) {
	if rarely(t, "an unknown session") {
		session := h.name(t)
		return session.teammate, session
	}
	session := h.drawKnown(t)
	if rarely(t, "somebody else's session") {
		return drawTeammate(t), session
	}
	return session.teammate, session
}

// drawSeq is mostly a session's next one.
func drawSeq(t *rapid.T, session *known) uint64 {
	if session.seq == 0 || !rarely(t, "no newer") {
		session.seq++
	}
	return session.seq
}

func (h *history) arriveAnew(t *rapid.T) presence.Command {
	earlier := h.drawKnown(t).id // which may be of anybody
	owner := h.known[len(h.known)-1].teammate
	for _, k := range h.known {
		if k.id == earlier {
			owner = k.teammate
		}
	}
	session := h.name(t)
	c := h.arrival(t, session)
	switch resumes := rapid.IntRange(0, 15).Draw(t, "resumes"); {
	case resumes == 15:
		c.Resumes = h.name(t).id
	case resumes >= 8:
		c.Resumes = earlier
		if !rarely(t, "a stranger's session") {
			c.Teammate = owner
			h.known[len(h.known)-1].teammate = owner
		}
	}
	return c
}

func (h *history) arriveAgain(t *rapid.T) presence.Command {
	teammate, session := h.drawOwner(t)
	c := h.arrival(t, session)
	c.Teammate = teammate
	if rarely(t, "resumes") {
		if earlier := h.drawKnown(t); earlier.id != c.Session {
			c.Resumes = earlier.id
		}
	}
	return c
}

func (h *history) arrival(t *rapid.T, session *known) presence.Arrive {
	c := presence.Arrive{
		Teammate: session.teammate, Session: session.id, Seq: drawSeq(t, session),
		Device: rapid.SampledFrom([]string{"", "web", "phone|:席"}).Draw(t, "device"),
		Idle:   rapid.IntRange(0, 2).Draw(t, "idle") == 0,
	}
	if rarely(t, "a choice") {
		c.Choice = h.truth.choice(t, h.now())
	}
	if rapid.IntRange(0, 3).Draw(t, "began before") == 0 {
		c.Since = h.now().Add(rapid.SampledFrom([]time.Duration{-time.Hour, -time.Second, time.Second}).Draw(t, "since"))
	}
	if rapid.IntRange(0, 3).Draw(t, "was shown before") == 0 {
		c.Was = presence.Was{
			Status: rapid.SampledFrom([]presence.Status{"", presence.Online, presence.Away, presence.Offline}).Draw(t, "was"),
			Since:  h.now().Add(rapid.SampledFrom([]time.Duration{-time.Minute, time.Minute}).Draw(t, "since")),
		}
	}
	return c
}

func (h *history) depart(t *rapid.T) presence.Command {
	teammate, session := h.drawOwner(t)
	return presence.Depart{Teammate: teammate, Session: session.id}
}

func (h *history) drop(t *rapid.T) presence.Command {
	teammate, session := h.drawOwner(t)
	return presence.Drop{Teammate: teammate, Session: session.id}
}

func (h *history) setIdle(t *rapid.T) presence.Command {
	teammate, session := h.drawOwner(t)
	return presence.SetIdle{
		Teammate: teammate, Session: session.id, Seq: drawSeq(t, session), Idle: rapid.Bool().Draw(t, "idle"),
	}
}

func (h *history) choose(t *rapid.T) presence.Command {
	c := h.truth.choice(t, h.now())
	if rarely(t, "an old choice") {
		c.Number = max(1, c.Number-3)
		c.Note = fmt.Sprintf("%d again", c.Number)
		if !c.Until.IsZero() {
			c.Before.Note = fmt.Sprintf("%d again before", c.Number)
		}
	}
	return presence.Choose{Teammate: drawTeammate(t), Choice: c}
}

func (h *history) expel(t *rapid.T) presence.Command {
	teammate, session := h.drawOwner(t)
	c := presence.Expel{
		Teammate: teammate, Session: session.id, By: rapid.SampledFrom([]presence.TeammateID{"", "meg"}).Draw(t, "by"),
	}
	if rapid.Bool().Draw(t, "all") {
		c.Session = ""
	}
	return c
}

// configure changes the truth and returns the command that tells an engine.
func (h *history) configure(t *rapid.T) presence.Command {
	base := h.truth.config.Revision
	if rarely(t, "restored from a back-up") {
		h.truth.config.Revision = max(1, base-3)
		h.truth.amend(t, h.now())
		return h.truth.whole()
	}
	h.truth.amend(t, h.now())
	// A node that knows an engine to be further behind, or one that is wrong about it, says so by its base.
	return h.truth.since(max(0, base-presence.Revision(rapid.IntRange(0, 2).Draw(t, "base behind by"))))
}

// read is of the roster as it is, as it was, or of all.
func (h *history) read(t *rapid.T) presence.Command {
	switch rapid.IntRange(0, 2).Draw(t, "what the caller has") {
	case 0:
		return presence.Read{Epoch: h.checker.epoch, Version: h.checker.version}
	case 1:
		return presence.Read{Epoch: h.checker.epoch, Version: max(h.checker.version, 1) - 1}
	}
	return presence.Read{}
}
