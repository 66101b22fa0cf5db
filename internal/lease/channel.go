package lease

import (
	"slices"
	"sync"
	"time"
)

// channel is one that somebody watches.
type channel struct {
	name string

	// Under the listener's lock.
	watched int
	home    *connection // nil: to be placed
	retry   time.Time   // not to be placed before

	mu       sync.Mutex // also held while watchers are called, so that they hear all in order
	watchers []*watcher
	voice    *connection   // the one on which it is heard; nil: it is not heard
	heard    chan struct{} // closed once it is
	failures int           // since it was heard last
	err      error         // of the last failure
}

type watcher struct{ notify func(Notice) }

func newChannel(name string) *channel {
	return &channel{name: name, heard: make(chan struct{})}
}

// add lets a watcher hear the channel; what is returned is closed when it does.
func (ch *channel) add(w *watcher) (heard <-chan struct{}) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.watchers = append(ch.watchers, w)
	if ch.voice != nil {
		w.notify(Notice{Missed: true})
	}
	return ch.heard
}

func (ch *channel) remove(w *watcher) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.watchers = slices.DeleteFunc(ch.watchers, func(other *watcher) bool { return other == w })
}

// unmute says that from now on all that is announced is heard through c.
func (ch *channel) unmute(c *connection) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.voice == nil {
		close(ch.heard)
	}
	ch.voice, ch.failures, ch.err = c, 0, nil
	for _, w := range ch.watchers {
		w.notify(Notice{Missed: true})
	}
}

// mute says that the channel is not heard, and counts how often that was so in a row.
func (ch *channel) mute(cause error) (failures int) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.voice != nil {
		ch.voice = nil
		ch.heard = make(chan struct{})
	}
	ch.err = cause
	ch.failures++
	return ch.failures
}

// tell passes on what was heard on c, unless the channel has moved to another connection since.
func (ch *channel) tell(c *connection, payload string) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.voice != c {
		return
	}
	for _, w := range ch.watchers {
		w.notify(Notice{Payload: payload})
	}
}

func (ch *channel) lastError() error {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.err
}
