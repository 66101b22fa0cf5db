package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	defaultHealth    = 3 * time.Second
	defaultSubscribe = 5 * time.Second
	firstDelay       = 20 * time.Millisecond
	longestDelay     = 2 * time.Second
)

// ErrClosed says that the listener was closed.
var ErrClosed = errors.New("lease: listener closed")

// Notice is what a watcher is told.
type Notice struct {
	Missed  bool   // announcements may have been missed until now; Payload is empty
	Payload string // what a script announced
}

// ListenerOptions are settings of a [Listener]; zero values stand for the defaults.
type ListenerOptions struct {
	Logger *slog.Logger
	// Health is how often a silent connection is asked for a sign of life (default 3 s). One that stays silent
	// for as long again is given up.
	Health time.Duration
	// Subscribe bounds how long Watch waits for the server (default 5 s).
	Subscribe time.Duration
}

// Listener hears announcements on sharded channels. It keeps one connection per master, however many channels
// there are, and two goroutines for each, besides one of its own.
type Listener struct {
	client    redis.UniversalClient
	log       *slog.Logger
	health    time.Duration
	subscribe time.Duration

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	wake   chan struct{} // something waits to be placed

	mu       sync.Mutex
	closed   bool
	channels map[string]*channel
	homeless map[*channel]bool      // to be placed on a connection
	conns    map[string]*connection // by the master's address
}

// NewListener returns a listener on the servers of client, which stays the caller's to close, after the
// listener.
func NewListener(client redis.UniversalClient, o ListenerOptions) *Listener {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Health <= 0 {
		o.Health = defaultHealth
	}
	if o.Subscribe <= 0 {
		o.Subscribe = defaultSubscribe
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Listener{
		client: client, log: o.Logger, health: o.Health, subscribe: o.Subscribe,
		ctx: ctx, cancel: cancel, wake: make(chan struct{}, 1),
		channels: map[string]*channel{}, homeless: map[*channel]bool{}, conns: map[string]*connection{},
	}
	l.tasks.Go(l.placeAll)
	return l
}

// Watch calls notify with everything announced on a channel, in order, from some moment before Watch returns
// until stop returns. The first call says Missed, and comes before Watch returns; so does one after each time
// in which the channel was not heard. notify must return at once, and may not call the listener or stop.
// Errors: the channel could not be heard in time, the context is over, [ErrClosed].
func (l *Listener) Watch(ctx context.Context, name string, notify func(Notice)) (stop func(), err error) {
	ch, err := l.join(name)
	if err != nil {
		return nil, err
	}
	w := &watcher{notify: notify}
	heard := ch.add(w)
	var once sync.Once
	stop = func() {
		once.Do(func() {
			ch.remove(w)
			l.leave(ch)
		})
	}
	ctx, cancel := context.WithTimeout(ctx, l.subscribe)
	defer cancel()
	select {
	case <-heard:
		return stop, nil
	case <-l.ctx.Done():
		err = ErrClosed
	case <-ctx.Done():
		err = fmt.Errorf("channel not heard: %w", errors.Join(ctx.Err(), ch.lastError()))
	}
	stop()
	return nil, err
}

// Close stops hearing and waits for all goroutines. No watcher is called any more once it has returned.
func (l *Listener) Close() {
	l.mu.Lock()
	l.closed = true
	conns := l.conns
	l.conns = map[string]*connection{}
	l.mu.Unlock()
	l.cancel()
	for _, c := range conns {
		c.close()
	}
	l.tasks.Wait()
}

// join counts one more watcher of a channel, which is placed when it is new.
func (l *Listener) join(name string) (*channel, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	ch := l.channels[name]
	if ch == nil {
		ch = newChannel(name)
		l.channels[name] = ch
		l.homeless[ch] = true
		l.rouse()
	}
	ch.watched++
	return ch, nil
}

// leave counts one less, and leaves a channel that nobody watches.
func (l *Listener) leave(ch *channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ch.watched--
	if ch.watched > 0 {
		return
	}
	delete(l.channels, ch.name)
	delete(l.homeless, ch)
	if ch.home != nil {
		ch.home.send(request{kind: unsubscribe, channel: ch})
		delete(ch.home.channels, ch.name)
		ch.home = nil
	}
}

func (l *Listener) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
