package client

import (
	"errors"
	"time"

	"usher/gateway/wire"
)

// syncAgain is how long after a refused sync another one is sent, unless the server says otherwise.
const syncAgain = time.Second

func (c *Client) boardChanged(l *link, f wire.ServerFrame) error {
	if c.opts.Traced {
		c.follow(&c.board.position, f)
		return nil
	}
	if c.opts.NoBoard {
		return nil
	}
	return changed(c, l, f, wire.FeedBoard, c.board.change, func(at wire.Position) Event { return BoardChanged{at} })
}

func (c *Client) rosterChanged(l *link, f wire.ServerFrame) error {
	if c.opts.Traced {
		c.follow(&c.roster.position, f)
		return nil
	}
	if c.opts.NoRoster {
		return nil
	}
	return changed(c, l, f, wire.FeedRoster, c.roster.change, func(at wire.Position) Event { return RosterChanged{at} })
}

// changed takes a change of a feed. apply does it to the replica.
func changed[D any](
	c *Client, l *link, f wire.ServerFrame, feed string, apply func(span, D) step, event func(wire.Position) Event,
) error {
	if f.From == nil || f.Version == nil {
		return errors.New("client: the server's " + f.Type + " has no range")
	}
	d, err := read[D](f)
	if err != nil {
		return err
	}
	c.mu.Lock()
	step := apply(span{f.Epoch, *f.From, *f.Version}, d)
	c.mu.Unlock()
	switch step {
	case applied:
		c.emit(event(wire.Position{Epoch: f.Epoch, Version: *f.Version}))
	case missing:
		return c.sync(l, feed)
	}
	return nil
}

// snapshot takes a whole board, a roster or a part of it, or both.
func (c *Client) snapshot(l *link, v wire.Snapshot) {
	if at := v.Feeds.Board; at != nil && v.Board != nil && !c.opts.NoBoard {
		c.mu.Lock()
		step := c.board.replace(*at, *v.Board)
		c.mu.Unlock()
		if step == applied {
			c.emit(BoardChanged{*at})
		}
	}
	if at := v.Feeds.Roster; at != nil && !c.opts.NoRoster {
		whole, complete := l.parts.add(*at, v)
		if !complete {
			return
		}
		c.mu.Lock()
		step := c.roster.replace(*at, whole)
		c.mu.Unlock()
		if step == applied {
			c.emit(RosterChanged{*at})
		}
	}
}

// sync asks for the whole of a feed, unless that is under way.
func (c *Client) sync(l *link, feed string) error {
	l.mu.Lock()
	under := l.syncing[feed]
	l.syncing[feed] = true
	l.mu.Unlock()
	if under {
		return nil
	}
	return l.sync(feed)
}

func (l *link) sync(feed string) error {
	call := newCall(wire.TypeSync)
	call.feed = feed
	return l.send(call, wire.Sync{Feeds: []string{feed}})
}

// synced takes the answer to a sync of the client's own. A refused one is sent again: the replica would stay behind
// otherwise. Until then it is under way.
func (c *Client) synced(l *link, feed string, f wire.ServerFrame) {
	if f.Type != wire.TypeError {
		l.mu.Lock()
		delete(l.syncing, feed)
		l.mu.Unlock()
		return
	}
	pause := syncAgain
	if e, err := read[wire.Error](f); err == nil {
		pause = max(pause, errorOf(e).RetryAfter)
	}
	l.wg.Go(func() {
		if sleep(l.ctx, pause) == nil {
			_ = l.sync(feed) // when it can't be sent the connection is over
		}
	})
}
