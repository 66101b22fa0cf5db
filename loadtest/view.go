package loadtest

import (
	"maps"
	"sync"

	"github.com/cespare/xxhash/v2"

	"usher/gateway/wire"
)

// view is what a feed showed at one version. All agents that were shown the same share one, so that a frame which a hundred of them
// get is looked into once. A view is never changed; what followed on it is found from it.
type view struct {
	feed   *feed
	at     wire.Position
	digest uint64
	parts  map[string]part
	news   []sighting // that this view is the first to show

	mu   sync.Mutex
	next []step
}

// part is one entry of a feed.
type part struct {
	hash uint64
	note uint64 // of a status that the load test chose; 0: none
}

// sighting is a status that a teammate was shown to have chosen.
type sighting struct {
	teammate string
	note     uint64
}

// step is where a frame leads.
type step struct {
	frame uint64 // its hash
	to    *view  // nil: the frame can't be read
}

// feed knows the views of one of a license's feeds that were come to last, by whichever way.
type feed struct {
	whole, change func(data []byte, d *delta) bool // read it, and a change of it

	mu     sync.Mutex
	recent [recentViews]*view
	put    int
}

// recentViews is how far agents may be apart in a feed and still share what they are shown.
const recentViews = 32

// delta is what a frame says.
type delta struct {
	set  map[string]part
	gone []string
}

// begin is the view of a whole feed, which came in one or several pieces. nil: one can't be read.
func (f *feed) begin(at wire.Position, pieces ...[]byte) *view {
	d := delta{set: map[string]part{}}
	for _, p := range pieces {
		if !f.whole(p, &d) {
			return nil
		}
	}
	v := &view{feed: f, at: at, parts: d.set}
	for key, p := range d.set {
		v.digest += p.sum(key)
	}
	return f.share(v)
}

// change is the view that a frame leads to. nil: the frame can't be read.
func (v *view) change(to wire.Position, data []byte) *view {
	frame := xxhash.Sum64(data) ^ to.Version
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range v.next {
		if s.frame == frame {
			return s.to
		}
	}
	s := step{frame: frame, to: v.apply(to, data)}
	v.next = append(v.next, s)
	return s.to
}

func (v *view) apply(to wire.Position, data []byte) *view {
	d := delta{set: map[string]part{}}
	if !v.feed.change(data, &d) {
		return nil
	}
	n := &view{feed: v.feed, at: to, digest: v.digest, parts: maps.Clone(v.parts)}
	for _, key := range d.gone {
		if p, ok := n.parts[key]; ok {
			n.digest -= p.sum(key)
			delete(n.parts, key)
		}
	}
	for key, p := range d.set {
		old, had := n.parts[key]
		if had {
			n.digest -= old.sum(key)
		}
		if p.note != 0 && p.note != old.note {
			n.news = append(n.news, sighting{key, p.note})
		}
		n.digest += p.sum(key)
		n.parts[key] = p
	}
	return v.feed.share(n)
}

// share returns the view that others have come to already, where it is the same.
func (f *feed) share(v *view) *view {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.recent {
		if r != nil && r.at == v.at && r.digest == v.digest {
			return r
		}
	}
	f.recent[f.put%recentViews] = v
	f.put++
	return v
}

// sum is what a part adds to a digest.
func (p part) sum(key string) uint64 {
	h := xxhash.Sum64String(key) ^ p.hash
	h *= 0x9e3779b97f4a7c15 // so that parts which are swapped, or there twice, do not cancel each other out
	return h ^ h>>32
}
