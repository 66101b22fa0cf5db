package loadtest

import (
	"fmt"
	"iter"
	"strings"

	"usher/gateway/wire"
)

// end checks how it ended. All has been told by now, and nothing happens any more.
func (b *book) end(e Ending) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now++ // it was read after all that was told
	seated := map[int32]wire.Holder{}
	for _, h := range e.Board.Holders {
		id, known := b.ids[h.Teammate]
		if !known {
			b.violated(PromiseCount, b.now, fmt.Sprintf("%s holds a seat, and is none of those who logged in", h.Teammate),
				event{at: b.now, agent: nobody, kind: Showed, code: h.Teammate + " " + onBoard(h)})
			continue
		}
		seated[id] = h
	}
	b.endOfSeats(e.Board)
	for id := range b.mates {
		h, sits := seated[int32(id)]
		b.endOfMate(int32(id), h, sits)
	}
	b.endOfLine(e.Board.Waitlist)
	b.endOfBoards(e)
	b.endOfRosters()
}

// endOfSeats checks the board by itself.
func (b *book) endOfSeats(board wire.Board) {
	at := func(h wire.Holder) event {
		return event{at: b.now, agent: nobody, kind: Showed, code: h.Teammate + " " + onBoard(h)}
	}
	b.checked[PromiseTotal]++
	if b.facts.Total > 0 && len(board.Holders) > b.facts.Total {
		var all []event
		for _, h := range board.Holders {
			all = append(all, at(h))
		}
		b.violated(PromiseTotal, b.now, fmt.Sprintf("%d seats of %d are held", len(board.Holders), b.facts.Total), all...)
	}
	numbers, mates := map[int]wire.Holder{}, map[string]wire.Holder{}
	for _, h := range board.Holders {
		if o, twice := numbers[h.Number]; twice {
			b.violated(PromiseTotal, b.now, fmt.Sprintf("seat %d is held twice", h.Number), at(o), at(h))
		}
		if o, twice := mates[h.Teammate]; twice {
			b.violated(PromiseOne, b.now, h.Teammate+" holds two seats", at(o), at(h))
		}
		numbers[h.Number], mates[h.Teammate] = h, h
	}
}

func onBoard(h wire.Holder) string {
	return fmt.Sprintf("is on the board with seat %d, fence %d", h.Number, h.Fence)
}

// endOfMate checks what the board has of a teammate against what their agents were told.
func (b *book) endOfMate(id int32, h wire.Holder, sits bool) {
	m := &b.mates[id]
	b.endOfDevices(m)
	end := event{at: b.now, agent: Agent{Teammate: id}, kind: Showed, code: "is not on the board"}
	if sits {
		end.code = onBoard(h)
	}
	is := m.certain()
	if b.disturbedSince(b.now) {
		is = unsure
	}
	if is == unsure {
		b.unchecked[PromiseCount]++
	} else {
		b.checked[PromiseCount]++
	}
	switch {
	case is == holding && (!sits || h.Fence != m.stay.fence || int32(h.Number) != m.stay.number):
		b.violated(PromiseCount, b.now, b.name(id)+" was told of another seat than is on the board", m.stay.heard, m.stay.proven, end)
	case (is == absent || is == inLine) && sits:
		var over event
		if s := b.stays.byFence[h.Fence]; s != nil {
			over = s.over
		}
		b.violated(PromiseCount, b.now, b.name(id)+" was told of no seat, and is on the board", m.lastTold(), over, end)
	case sits:
		b.endOfStay(m, h, end)
	}
}

// endOfStay takes the board as proof of a stay.
func (b *book) endOfStay(m *mate, h wire.Holder, end event) {
	s := b.stays.byFence[h.Fence]
	switch {
	case s == nil: // nobody was told: an answer was lost
	case s.teammate != end.agent.Teammate:
		b.violated(PromiseFences, b.now, fmt.Sprintf("fence %d is granted twice", h.Fence), s.heard, end)
	case !s.over.none():
		b.suspect(PromiseFences, end, fmt.Sprintf("fence %d comes back after it was over", h.Fence), s.heard, s.over, end)
	default:
		b.proves(m, s, end, end)
	}
}

// endOfDevices checks that the devices of a teammate were told of one seat.
func (b *book) endOfDevices(m *mate) {
	var first event
	for _, d := range m.devices {
		switch {
		case !d.here() || d.told.seat.State != SeatHeld || len(d.asks) > 0:
		case first.none():
			first = d.told
		default:
			b.checked[PromiseOne]++
			if first.seat.Number != d.told.seat.Number || first.seat.Fence != d.told.seat.Fence {
				b.violated(PromiseOne, b.now, b.name(d.told.agent.Teammate)+" has devices with different seats", first, d.told)
			}
		}
	}
}

// lastTold is what the devices were told of the seat last.
func (m *mate) lastTold() event {
	var last event
	for _, d := range m.devices {
		if d.told.at >= last.at && !d.told.none() {
			last = d.told
		}
	}
	return last
}

// endOfBoards checks that all who are connected were shown the board as it is.
func (b *book) endOfBoards(e Ending) {
	if e.BoardAt.Epoch == "" {
		return
	}
	end := Told{At: b.now, Kind: Showed, Feed: FeedBoard, Epoch: e.BoardAt.Epoch, Version: e.BoardAt.Version}
	if b.oracle.digest != nil {
		end.Digest = b.oracle.digest(e.Board)
	}
	for agent, is := range b.connected(FeedBoard) {
		b.checked[PromiseShown]++
		other := is.digest != 0 && end.Digest != 0 && is.digest != end.Digest
		if is.epoch == end.Epoch && is.version == end.Version && !other {
			continue
		}
		read := end.shown()
		read.agent, read.code = nobody, "the API has"+strings.TrimPrefix(read.code, "is shown")
		b.violated(PromiseShown, b.now, "after quiet an agent sees another board than there is", is.told(FeedBoard, agent).shown(), read)
		return // one shows it
	}
}

// endOfRosters checks that all who are connected were shown the same roster. Its version may be lower for who was shown nothing lately,
// as nothing changed for their audience.
func (b *book) endOfRosters() {
	first := map[uint8]Told{}
	for agent, is := range b.connected(FeedRoster) {
		if is.digest == 0 {
			continue
		}
		told := is.told(FeedRoster, agent)
		other, known := first[is.audience]
		if !known {
			first[is.audience] = told
			continue
		}
		b.checked[PromiseShown]++
		if other.Digest != told.Digest {
			b.violated(PromiseShown, b.now, "after quiet two agents see different rosters", other.shown(), told.shown())
			return // one shows it
		}
	}
}

// connected are the agents who are, with what they were shown last of a feed.
func (b *book) connected(f Feed) iter.Seq2[Agent, shown] {
	return func(yield func(Agent, shown) bool) {
		for id := range b.mates {
			for device, d := range b.mates[id].devices {
				if d.connected && d.shown[f].known && !yield(Agent{Teammate: int32(id), Device: int32(device)}, d.shown[f]) {
					return
				}
			}
		}
	}
}

// told is what was shown as it was told.
func (s shown) told(f Feed, agent Agent) Told {
	return Told{At: s.at, Agent: agent, Kind: Showed, Feed: f, Audience: s.audience, Epoch: s.epoch, Version: s.version, Digest: s.digest}
}

// close ends what was left open.
func (b *book) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endSuspicions()
	b.window.end(b)
}
