package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrScript says that a script itself failed: a bug, or foreign data in its keys. It should be logged.
var ErrScript = errors.New("the engine's script on Redis failed")

// Time tells engine time before a reply has told it.
type Time interface {
	// Now is an estimate. Errors: nothing was learnt yet, and no server answered.
	Now(ctx context.Context) (time.Time, error)
	// Learn takes what a reply said.
	Learn(now time.Time)
}

// Engine is what engines on Redis have outside of their scripts: it calls one script, for one license at a time, and hears
// what that announces. It is safe for concurrent use.
type Engine struct {
	client   redis.UniversalClient
	calls    *pipeliner
	listener *Listener
	o        EngineOptions
}

// EngineOptions are settings of an [Engine].
type EngineOptions struct {
	Name   string   // a part of its keys
	Keys   []string // as its script calls them; changes are announced on the channel that is called as the first one
	Script string   // see Assemble
	Prefix string   // of all keys and channels; default "usher"
	Time   Time     // default: the servers'
	Logger *slog.Logger
}

// NewEngine returns an engine on the servers of a client, which stays the caller's, to be closed after the Engine.
func NewEngine(client redis.UniversalClient, o EngineOptions) *Engine {
	if o.Prefix == "" {
		o.Prefix = "usher"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Time == nil {
		o.Time = &serverTime{client: client}
	}
	return &Engine{
		client: client, calls: newPipeliner(client, NewLibrary(o.Script)), o: o,
		listener: NewListener(client, ListenerOptions{Logger: o.Logger}),
	}
}

// Check asks the servers whether an engine can work there; what makes a promise weaker is logged. lease is how long a
// node's lease lasts. Errors as the function [Check].
func (e *Engine) Check(ctx context.Context, lease time.Duration) error {
	warnings, err := Check(ctx, e.client, lease)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		e.o.Logger.Warn("Redis keeps less than is promised", "reason", w)
	}
	return nil
}

// Close ends all watches and the calls that wait to be sent, and waits for them and for calls that were sent together.
func (e *Engine) Close() {
	e.calls.close()
	e.listener.Close()
}

// Keys are the keys of one license, as handed to the script.
func (e *Engine) Keys(license string) []string { return Keys(e.o.Prefix, e.o.Name, license, e.o.Keys) }

// Command is what a call is sent as.
func (e *Engine) Command(ctx context.Context, license string, args Arguments) *redis.Cmd {
	return e.calls.library.Call(ctx, e.Keys(license), args)
}

// Learn takes what the server's time was said to be.
func (e *Engine) Learn(now time.Time) { e.o.Time.Learn(now) }

// Late is the tag of a reply to a call that arrived after its deadline: nothing was done.
const Late = "late"

// Reply is what a script answered: a tag, its time, and what follows.
type Reply struct {
	Tag string
	Now time.Time
	*Fields
}

// Call runs the script on a license. deadline is the engine time from which on nothing of it may happen; zero: life
// after it is first sent, from an estimate, so that a repeat by the client library carries the same.
//
// Errors: [ErrScript]; any other means that the server did not answer or would not.
func (e *Engine) Call(ctx context.Context, license string, args Arguments, deadline time.Time, life time.Duration) (Reply, error) {
	if !deadline.IsZero() {
		return e.send(ctx, license, args, deadline)
	}
	reply, err := e.sendNow(ctx, license, args, life)
	if err == nil && reply.Tag == Late {
		// The estimate was off, since the server's clock was set or another master has another; by now the
		// reply has corrected it.
		reply, err = e.sendNow(ctx, license, args, life)
	}
	return reply, err
}

// sendNow sends a batch whose deadline counts from now on.
func (e *Engine) sendNow(ctx context.Context, license string, args Arguments, life time.Duration) (Reply, error) {
	now, err := e.o.Time.Now(ctx)
	if err != nil {
		return Reply{}, err
	}
	return e.send(ctx, license, args, now.Add(life))
}

func (e *Engine) send(ctx context.Context, license string, args Arguments, deadline time.Time) (Reply, error) {
	args[0] = deadline.UnixMilli()
	raw, err := e.calls.run(ctx, e.Keys(license), args).Slice()
	if err != nil {
		if !Unavailable(err) {
			err = fmt.Errorf("%w: %w", ErrScript, err)
		}
		return Reply{}, err
	}
	f := FieldsOf(raw)
	r := Reply{Tag: f.Text(), Now: f.Moment(), Fields: f}
	if !r.Now.IsZero() {
		e.Learn(r.Now)
	}
	return r, nil
}

// Watch calls notify with what is announced of a license, in order, once the channel is heard: with nil first, and whenever
// announcements may have been missed, or one can't be decoded. It is called from the connection's goroutine, one call at a
// time, and must return soon. stop returns when no call is running any more, so notify may not call it.
// Errors: as [Listener.Watch].
func Watch[C any](
	ctx context.Context, e *Engine, license string, decode func(string) (C, error), notify func(*C),
) (stop func(), err error) {
	keys := e.Keys(license)
	return e.listener.Watch(ctx, keys[0], func(n Notice) {
		if n.Missed {
			notify(nil)
			return
		}
		change, err := decode(n.Payload)
		if err != nil { // of a newer node's engine, while both run
			e.o.Logger.Warn("an announcement can't be read", "license", license, "error", err)
			notify(nil)
			return
		}
		notify(&change)
	})
}

// serverTime asks a server at first, and learns from replies then.
type serverTime struct {
	client redis.UniversalClient
	Clock
}

func (t *serverTime) Now(ctx context.Context) (time.Time, error) {
	if now, ok := t.Clock.Now(); ok {
		return now, nil
	}
	now, err := t.client.Time(ctx).Result()
	if err != nil {
		return time.Time{}, err
	}
	t.Learn(now)
	return now, nil
}
