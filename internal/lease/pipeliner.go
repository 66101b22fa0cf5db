package lease

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
)

// The bounds of what is under way to one master.
const (
	mostPipelines = 2         // one is answered while the next is made
	mostPiped     = 64        // calls in one pipeline
	pipedBytes    = 256 << 10 // of arguments in one pipeline, unless it is one call
	waitingBytes  = 16 << 20  // of arguments that wait to be sent
)

var (
	errClosed = errors.New("not sent: the engine is closed")
	errFull   = errors.New("not sent: too much waits for the server already; try again later")
)

// pipeliner sends the calls of a library. A call leaves by itself while few are under way to its master. Those that come
// meanwhile leave together, in one write, once one of these is back: no call waits for others to come. Their order is not
// that of their coming.
type pipeliner struct {
	client  redis.UniversalClient
	library Library

	mu     sync.Mutex
	pipes  map[*redis.Client]*pipe // by master; those with something under way
	closed bool
	tasks  sync.WaitGroup // what is sent for others than the caller
}

// pipe is the way to a master. Nothing waits while fewer than mostPipelines are under way.
type pipe struct {
	master    *redis.Client
	pipelines int // under way; a call that left by itself counts as one
	waiting   []*call
	bytes     int // of what waits
}

func newPipeliner(client redis.UniversalClient, library Library) *pipeliner {
	return &pipeliner{client: client, library: library, pipes: map[*redis.Client]*pipe{}}
}

// run calls the library as [Library.Run] does. A call that waits, or left with others, returns when ctx ends, and these go
// on; keys and args may not be changed then.
func (p *pipeliner) run(ctx context.Context, keys []string, args []any) *redis.Cmd {
	master, err := masterOf(ctx, p.client, keys[0])
	if err != nil {
		return unsent(ctx, err)
	}
	c := &call{ctx: ctx, keys: keys, args: args}
	to, err := p.enter(master, c)
	switch {
	case err != nil:
		return unsent(ctx, err)
	case c.done == nil:
		cmd := p.library.Run(ctx, p.client, keys, args...)
		p.leave(to, silence(ctx, cmd.Err()))
		return cmd
	}
	select {
	case <-c.done:
		return c.cmd
	case <-ctx.Done():
		return unsent(ctx, ctx.Err())
	}
}

// enter has a call wait; or, where nothing need wait, takes a place for it, which leave gives back.
func (p *pipeliner) enter(master *redis.Client, c *call) (*pipe, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	to := p.pipes[master]
	if to == nil {
		to = &pipe{master: master}
		p.pipes[master] = to
	}
	if to.pipelines < mostPipelines {
		to.pipelines++
		return to, nil
	}
	if to.bytes+c.size() > waitingBytes {
		return nil, errFull
	}
	c.done = make(chan struct{})
	to.waiting, to.bytes = append(to.waiting, c), to.bytes+c.size()
	return to, nil
}

// leave gives a place back, or hands it to what waits. silent: why the server can't be reached; what waits would fare alike.
func (p *pipeliner) leave(to *pipe, silent error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if silent != nil {
		to.fail(silent)
	}
	if len(to.waiting) > 0 {
		p.tasks.Go(func() { p.work(to) })
		return
	}
	p.end(to)
}

// end gives a place back. p.mu is held, and nothing waits.
func (p *pipeliner) end(to *pipe) {
	if to.pipelines--; to.pipelines == 0 {
		delete(p.pipes, to.master)
	}
}

// work sends what waits, until nothing does.
func (p *pipeliner) work(to *pipe) {
	for {
		p.mu.Lock()
		batch := to.next()
		if len(batch) == 0 {
			p.end(to)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		if silent := p.send(to.master, batch); silent != nil {
			p.mu.Lock()
			to.fail(silent)
			p.mu.Unlock()
		}
	}
}

// next takes off what leaves together. Whoever has stopped waiting stays behind.
func (to *pipe) next() []*call {
	batch := make([]*call, 0, min(len(to.waiting), mostPiped))
	bytes, taken := 0, 0
	for _, c := range to.waiting {
		size := c.size()
		if len(batch) == mostPiped || len(batch) > 0 && bytes+size > pipedBytes {
			break
		}
		taken++
		to.bytes -= size
		if c.ctx.Err() == nil {
			batch = append(batch, c)
			bytes += size
		}
	}
	clear(to.waiting[:taken]) // else they would be kept for as long as the array is
	to.waiting = to.waiting[taken:]
	return batch
}

// fail ends all that waits.
func (to *pipe) fail(err error) {
	for _, c := range to.waiting {
		c.fail(err)
	}
	to.waiting, to.bytes = nil, 0
}

// close ends what waits, and waits for what was sent for others. Later calls fail.
func (p *pipeliner) close() {
	p.mu.Lock()
	p.closed = true
	for _, to := range p.pipes {
		to.fail(errClosed)
	}
	p.mu.Unlock()
	p.tasks.Wait()
}
