package presencemem

import (
	"slices"

	"usher/presence"
)

// watcher is one call of Watch; a pointer, so that two with the same notify can be told apart.
type watcher struct{ notify func(*presence.Change) }

func (l *license) unwatch(w *watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = slices.DeleteFunc(l.watchers, func(other *watcher) bool { return other == w })
}

func (l *license) announce(c *presence.Change) {
	for _, w := range l.watchers {
		w.notify(c)
	}
}
