package gateway

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"sync"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// Gallery is what a crowd of clients is shown, decoded once for all of them: most of their frames have the same bytes. Safe
// for concurrent use.
type Gallery struct {
	mu     sync.Mutex
	seed   maphash.Seed
	mates  map[string]int32 // numbered as they come
	items  map[string]label // holders and entries, by their JSON
	frames map[uint64]*exhibit
}

// label is a holder or an entry.
type label struct{ mate, number int32 }

// exhibit is what a frame shows.
type exhibit struct {
	typ   string
	feeds [2]*part // of the board, of the roster; nil: shows nothing of it
}

const (
	ofBoard = iota
	ofRoster
)

// part is what a frame shows of one feed.
type part struct {
	from        uint64 // of a change
	at          position
	whole       bool
	first, last bool // of a whole one in several frames
	items       []label
	gone        []int32
}

func NewGallery() *Gallery {
	return &Gallery{seed: maphash.MakeSeed(), mates: map[string]int32{}, items: map[string]label{}, frames: map[uint64]*exhibit{}}
}

// show decodes a frame.
func (g *Gallery) show(raw []byte) (*exhibit, error) {
	key := maphash.Bytes(g.seed, raw)
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, ok := g.frames[key]; ok {
		return e, nil
	}
	e, err := g.decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%.200s: %w", raw, err)
	}
	if e.typ != wire.TypeWelcome { // of which each client gets another
		g.frames[key] = e
	}
	return e, nil
}

func (g *Gallery) decode(raw []byte) (*exhibit, error) {
	f, err := wire.DecodeServer(raw)
	if err != nil {
		return nil, err
	}
	var d struct {
		Feeds       wire.Feeds
		Board       *struct{ Holders []json.RawMessage }
		Roster      []json.RawMessage
		First, Last bool
		Holders     []json.RawMessage
		Gone        []string
		Changes     []json.RawMessage
		Removed     []string
	}
	e := &exhibit{typ: f.Type}
	switch f.Type {
	case wire.TypeWelcome, wire.TypeSnapshot, wire.TypeBoardChanged, wire.TypeRosterChanged:
	default:
		return e, nil
	}
	if err := json.Unmarshal(f.Data, &d); err != nil {
		return nil, err
	}
	if f.Version != nil {
		p := &part{from: *f.From, at: position{f.Epoch, *f.Version}, items: g.all(append(d.Holders, d.Changes...))}
		for _, t := range append(d.Gone, d.Removed...) {
			p.gone = append(p.gone, g.mate(t))
		}
		which := ofBoard
		if f.Type == wire.TypeRosterChanged {
			which = ofRoster
		}
		e.feeds[which] = p
		return e, nil
	}
	if d.Board != nil {
		e.feeds[ofBoard] = &part{at: positionOf(d.Feeds.Board), whole: true, first: true, last: true, items: g.all(d.Board.Holders)}
	}
	if d.Roster != nil {
		whole := f.Type == wire.TypeWelcome
		e.feeds[ofRoster] = &part{
			at: positionOf(d.Feeds.Roster), whole: true, first: whole || d.First, last: whole || d.Last, items: g.all(d.Roster),
		}
	}
	return e, nil
}

func (g *Gallery) all(raw []json.RawMessage) []label {
	items := make([]label, len(raw))
	for i, r := range raw {
		it, ok := g.items[string(r)]
		if !ok {
			var of struct{ Teammate string }
			_ = json.Unmarshal(r, &of) // is JSON, as the whole of it was
			it = label{g.mate(of.Teammate), int32(len(g.items)) + 1}
			g.items[string(r)] = it
		}
		items[i] = it
	}
	return items
}

func (g *Gallery) mate(t string) int32 {
	n, ok := g.mates[t]
	if !ok {
		n = int32(len(g.mates))
		g.mates[t] = n
	}
	return n
}

// Glance is a client that follows the feeds by the rules of the wire, and keeps of what it is shown only which item it was.
type Glance struct {
	gallery *Gallery
	feeds   [2]feedCopy
	Frames  map[string]int // by type
	Bytes   int
	Wrong   []string // what the server did against the rules
}

// feedCopy is one feed as a client has it.
type feedCopy struct {
	at      position
	shown   []int32 // the items, by teammate; 0: none
	growing bool
}

func NewGlance(g *Gallery) *Glance { return &Glance{gallery: g, Frames: map[string]int{}} }

// See takes a frame and returns its type.
func (c *Glance) See(raw []byte) string {
	e, err := c.gallery.show(raw)
	if err != nil {
		c.wrongf("%v", err)
		return ""
	}
	c.Frames[e.typ]++
	c.Bytes += len(raw)
	for which, p := range e.feeds {
		if p != nil {
			c.follow(&c.feeds[which], p)
		}
	}
	return e.typ
}

func (c *Glance) wrongf(format string, of ...any) {
	c.Wrong = append(c.Wrong, fmt.Sprintf(format, of...))
}

func (c *Glance) follow(f *feedCopy, p *part) {
	switch {
	case !p.at.reached(f.at):
		c.wrongf("shown %v after %v", p.at, f.at)
	case p.whole && p.first == f.growing:
		c.wrongf("a snapshot that is the first: %t, while another is under way: %t", p.first, f.growing)
	case p.whole && p.first:
		clear(f.shown)
	case p.whole:
	case f.growing:
		c.wrongf("a change amid snapshots")
	case p.at.epoch != f.at.epoch || p.from > f.at.version:
		c.wrongf("from %d to %v at %v", p.from, p.at, f.at)
	case p.at == f.at || p.from >= p.at.version:
		c.wrongf("no news: from %d to %v at %v", p.from, p.at, f.at)
	}
	f.growing = p.whole && !p.last
	if !f.growing {
		f.at = p.at
	}
	for _, it := range p.items {
		f.put(it.mate, it.number)
	}
	for _, t := range p.gone {
		f.put(t, 0)
	}
}

func (f *feedCopy) put(mate, number int32) {
	if int(mate) >= len(f.shown) {
		f.shown = append(f.shown, make([]int32, int(mate)+1-len(f.shown))...)
	}
	f.shown[mate] = number
}

func (f *feedCopy) count() int {
	n := 0
	for _, number := range f.shown {
		if number != 0 {
			n++
		}
	}
	return n
}

// Picture is the holders of a board, and a roster, as a client has to have them in the end: the items, by teammate.
type Picture [2]map[int32]int32

// Picture is how a board and a roster are shown to a teammate; the zero one is a colleague of all. What was never shown is -1
// there; the zero roster is empty.
func (g *Gallery) Picture(b seats.Board, r presence.Roster, to seats.Member) Picture {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := Picture{map[int32]int32{}, map[int32]int32{}}
	put := func(which int, t string, shown any) {
		raw, _ := json.Marshal(shown)
		it, known := g.items[string(raw)]
		if !known {
			it.number = -1
		}
		p[which][g.mate(t)] = it.number
	}
	for _, h := range b.Holders {
		put(ofBoard, string(h.Teammate), wireHolder(h))
	}
	for _, e := range r.Entries {
		shown := wireEntry(e.ForColleagues())
		switch {
		case to.Administrator:
			shown = wireEntry(e)
		case string(to.Teammate) == string(e.Teammate):
			shown = wireOwn(e)
		}
		put(ofRoster, string(e.Teammate), shown)
	}
	return p
}

// Has tells whether the client has exactly what is in the picture.
func (c *Glance) Has(p Picture) bool {
	for which, want := range p {
		for mate, number := range c.feeds[which].shown {
			if number != want[int32(mate)] {
				return false
			}
		}
		if c.feeds[which].count() != len(want) {
			return false
		}
	}
	return true
}
