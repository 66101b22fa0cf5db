package loadtest

import (
	"fmt"
	"time"
)

// shown is what a connection is shown of a feed.
type shown struct {
	epoch    string
	version  uint64
	digest   uint64
	audience uint8
	at       time.Duration
	known    bool
}

// shows are what was shown of a license's board.
type shows struct {
	digests map[version]digest
	order   []version // the oldest first, from next on around
	next    int
}

// version names a state of the board.
type version struct {
	epoch   string
	version uint64
}

// digest is what an agent made of a version.
type digest struct {
	digest uint64
	at     time.Duration
	agent  Agent
}

// maxVersions is how many versions of a board are kept to be compared.
const maxVersions = 256

// showed takes what an agent was shown of a feed.
func (b *book) showed(d *device, t Told) {
	if t.Feed != FeedBoard && t.Feed != FeedRoster {
		return
	}
	if t.Feed == FeedBoard {
		b.inEpoch(t)
	}
	was := d.shown[t.Feed]
	same := was.known && was.epoch == t.Epoch
	switch {
	case t.From > 0 && !same: // it builds upon what the agent has not: it asks for the whole
		return
	case same && t.Version < was.version:
		b.wentBack(was, t, fmt.Sprintf("the %s goes back from version %d to %d", t.Feed, was.version, t.Version))
	case same && t.From > was.version:
		b.wentBack(was, t, fmt.Sprintf("a change of the %s builds upon version %d, and %d was shown", t.Feed, t.From, was.version))
	}
	b.checked[PromiseShown]++
	d.shown[t.Feed] = shown{t.Epoch, t.Version, t.Digest, t.Audience, t.At, true}
	if t.Digest != 0 && t.Feed == FeedBoard { // in rosters everybody's own entry may be ahead of the version
		b.alike(t)
	}
}

func (b *book) wentBack(was shown, t Told, what string) {
	before := t
	before.At, before.Epoch, before.From, before.Version, before.Digest = was.at, was.epoch, 0, was.version, was.digest
	b.violated(PromiseShown, t.At, what, before.shown(), t.shown())
}

// alike checks that who is shown a version is shown the same.
func (b *book) alike(t Told) {
	s, is := &b.shows, version{t.Epoch, t.Version}
	if seen, known := s.digests[is]; known {
		b.checked[PromiseShown]++
		if seen.digest != t.Digest {
			other := t
			other.At, other.Agent, other.Digest, other.From = seen.at, seen.agent, seen.digest, 0
			b.violated(PromiseShown, t.At, fmt.Sprintf("version %d of the board is not the same to all", t.Version), other.shown(), t.shown())
		}
		return
	}
	if s.digests == nil {
		s.digests = map[version]digest{}
	}
	s.digests[is] = digest{t.Digest, t.At, t.Agent}
	if len(s.order) < maxVersions {
		s.order = append(s.order, is)
		return
	}
	delete(s.digests, s.order[s.next])
	s.order[s.next] = is
	s.next = (s.next + 1) % maxVersions
}

// shown is what was shown, as evidence.
func (t Told) shown() event {
	m := eventOf(t)
	m.code = fmt.Sprintf("is shown the %s, version %s/%d", t.Feed, t.Epoch, t.Version)
	if t.From > 0 {
		m.code += fmt.Sprintf(", from %d", t.From)
	}
	if t.Digest != 0 {
		m.code += fmt.Sprintf(", digest %x", t.Digest)
	}
	return m
}

// String is the feed as the wire has it.
func (f Feed) String() string {
	if f == FeedRoster {
		return "roster"
	}
	return "board"
}
