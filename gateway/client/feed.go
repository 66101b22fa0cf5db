package client

import (
	"errors"
	"time"

	"usher/gateway/wire"
)

// syncAgain is how long after a refused sync another one is sent, unless the server says otherwise.
const syncAgain = time.Second

func (c *Client) boardChanged(l *link, f wire.ServerFrame) error {
	if c.opts.NoBoard {
		return nil
	}
	if f.From == nil || f.Version == nil {
		return errors.New("client: the server's board.changed has no range")
	}
	d, err := read[wire.BoardDelta](f)
	if err != nil {
		return err
	}
	c.mu.Lock()
	step := c.board.change(span{f.Epoch, *f.From, *f.Version}, d)
	at := c.board.at
	c.mu.Unlock()
	switch step {
	case applied:
		c.emit(BoardChanged{at})
	case missing:
		return c.sync(l)
	}
	return nil
}

func (c *Client) snapshot(v wire.Snapshot) {
	if c.opts.NoBoard || v.Board == nil || v.Feeds.Board == nil {
		return
	}
	c.mu.Lock()
	step := c.board.replace(*v.Feeds.Board, *v.Board)
	c.mu.Unlock()
	if step == applied {
		c.emit(BoardChanged{*v.Feeds.Board})
	}
}

// sync asks for the whole board, unless that is under way.
func (c *Client) sync(l *link) error {
	l.mu.Lock()
	under := l.syncing
	l.syncing = true
	l.mu.Unlock()
	if under {
		return nil
	}
	_, err := l.send(wire.TypeSync, wire.Sync{Feeds: []string{wire.FeedBoard}})
	return err
}

// synced takes the answer to a sync. A refused one is sent again: the board would stay behind otherwise.
func (c *Client) synced(l *link, f wire.ServerFrame) {
	l.mu.Lock()
	wanted := l.syncing
	l.syncing = false
	l.mu.Unlock()
	if f.Type != wire.TypeError || !wanted {
		return
	}
	pause := syncAgain
	if e, err := read[wire.Error](f); err == nil {
		pause = max(pause, errorOf(e).RetryAfter)
	}
	l.wg.Go(func() {
		if sleep(l.ctx, pause) == nil {
			_ = c.sync(l) // when it can't be sent the connection is over
		}
	})
}
