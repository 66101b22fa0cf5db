package lease

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// placeAll puts channels that have no connection on the one of their master, as long as the listener lives.
func (l *Listener) placeAll() {
	timer := time.NewTimer(longestDelay)
	defer timer.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.wake:
		case <-timer.C:
		}
		timer.Reset(l.placeSome(time.Now()))
	}
}

// placeSome places the channels whose delay is over, and returns the time until the next one's is.
func (l *Listener) placeSome(now time.Time) time.Duration {
	l.mu.Lock()
	var due []*channel
	next := longestDelay
	for ch := range l.homeless {
		if wait := ch.retry.Sub(now); wait > 0 {
			next = min(next, wait)
		} else {
			due = append(due, ch)
		}
	}
	l.mu.Unlock()
	for i, ch := range due {
		master, err := l.master(ch.name)
		if err != nil {
			// The map of the Cluster could not be had, which may have taken long: the others would fare alike.
			return min(next, l.postpone(due[i:], err))
		}
		l.place(ch, master)
	}
	return next
}

// master finds the client of the one server on which a channel's announcements are published.
func (l *Listener) master(name string) (*redis.Client, error) {
	ctx, cancel := context.WithTimeout(l.ctx, l.subscribe)
	defer cancel()
	return masterOf(ctx, l.client, name)
}

// place hands a channel to its master's connection, which is made when there is none.
func (l *Listener) place(ch *channel, master *redis.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !l.homeless[ch] {
		return // left meanwhile
	}
	addr := master.Options().Addr
	c := l.conns[addr]
	if c == nil {
		c = newConnection(l, addr, master)
		l.conns[addr] = c
		l.tasks.Go(c.run)
	}
	delete(l.homeless, ch)
	ch.home = c
	c.channels[ch.name] = ch
	c.send(request{kind: subscribe, channel: ch})
}

// postpone gives channels that could not be placed another try later, and returns the time until the first.
func (l *Listener) postpone(chs []*channel, cause error) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := longestDelay
	for _, ch := range chs {
		next = min(next, l.evict(ch, cause))
	}
	return next
}

// evict takes a channel off its connection, if it is on one, to be placed anew after its delay. l.mu is held.
func (l *Listener) evict(ch *channel, cause error) time.Duration {
	if l.channels[ch.name] != ch {
		return longestDelay // nobody watches it any more
	}
	failures := ch.mute(cause)
	delay := min(firstDelay<<min(failures, 10), longestDelay)
	ch.retry = time.Now().Add(delay)
	if ch.home != nil {
		delete(ch.home.channels, ch.name)
		ch.home = nil
	}
	l.homeless[ch] = true
	return delay
}

// abandon gives up a connection that failed. Its channels are placed anew, as it may be on other masters.
func (l *Listener) abandon(c *connection, cause error) {
	c.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if l.conns[c.addr] == c {
		delete(l.conns, c.addr)
	}
	l.log.Warn("announcements are not heard for now", "server", c.addr, "channels", len(c.channels), "error", cause)
	for _, ch := range c.channels {
		l.evict(ch, cause)
	}
	l.refresh()
}

// refuse handles a server's refusal to let one channel be heard there; the connection is as good as before.
func (l *Listener) refuse(ch *channel, c *connection, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || ch.home != c {
		return
	}
	l.log.Warn("a channel is not heard for now", "channel", ch.name, "server", c.addr, "error", cause)
	l.evict(ch, cause)
	l.refresh()
}

// refresh has the map of a Cluster read anew: a slot may have moved.
func (l *Listener) refresh() {
	if cluster, ok := l.client.(*redis.ClusterClient); ok {
		cluster.ReloadState(l.ctx)
	}
	l.rouse()
}
