package gateway

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// agenda knows which connection has to be looked at when. One goroutine and one timer serve them all.
type agenda struct {
	settings *settings
	sooner   chan struct{} // has one when what comes first is another

	mu   sync.Mutex
	list appointments
}

// appointment is when a connection is looked at next, as settings.since has it.
type appointment struct {
	at   time.Duration
	conn *conn
}

func newAgenda(s *settings) *agenda { return &agenda{settings: s, sooner: make(chan struct{}, 1)} }

// set has a connection looked at then, instead of when it was to be.
func (a *agenda) set(c *conn, at time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.place == 0 {
		heap.Push(&a.list, appointment{at, c})
	} else {
		a.list[c.place-1].at = at
		heap.Fix(&a.list, c.place-1)
	}
	if a.list[0].conn == c {
		select {
		case a.sooner <- struct{}{}:
		default:
		}
	}
}

// strike takes a connection off the agenda.
func (a *agenda) strike(c *conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.place != 0 {
		heap.Remove(&a.list, c.place-1)
	}
}

// run keeps the appointments until ctx ends.
func (a *agenda) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		c, wait := a.next()
		if c != nil {
			c.lookAt()
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-a.sooner:
		case <-ctx.Done():
			return
		}
	}
}

// next takes whose appointment has come off the agenda; nil: it has not, and will not for so long.
func (a *agenda) next() (*conn, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.list) == 0 {
		return nil, time.Hour
	}
	first := a.list[0]
	if wait := first.at - a.settings.since(); wait > 0 {
		return nil, wait
	}
	heap.Pop(&a.list)
	return first.conn, 0
}

// appointments are a heap; each conn knows its place in it, counted from 1.
type appointments []appointment

func (l appointments) Len() int           { return len(l) }
func (l appointments) Less(i, j int) bool { return l[i].at < l[j].at }

func (l appointments) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].conn.place, l[j].conn.place = i+1, j+1
}

func (l *appointments) Push(x any) {
	a := x.(appointment) //nolint:forcetypeassert // heap hands over what set has put in
	*l = append(*l, a)
	a.conn.place = len(*l)
}

func (l *appointments) Pop() any {
	last := len(*l) - 1
	a := (*l)[last]
	(*l)[last] = appointment{}
	*l = (*l)[:last]
	a.conn.place = 0
	return a
}
