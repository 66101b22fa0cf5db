package gateway

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher/presence"
	"usher/seats"
)

// unrulyLine is a floor's line to one of its engines, which loses, delays and doubles calls and announcements as it was dealt.
type unrulyLine struct {
	calls, news dice
}

// dice are rolled before the game. Once they are used up everything goes well.
type dice struct {
	mu    sync.Mutex
	rolls []int
}

// deal lays down what is rolled from now on.
func (d *dice) deal(rolls ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rolls = rolls
}

func (d *dice) next() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.rolls) == 0 {
		return 0
	}
	roll := d.rolls[0]
	d.rolls = d.rolls[1:]
	return roll
}

// calm has everything go well from now on.
func (l *unrulyLine) calm() {
	l.calls.deal()
	l.news.deal()
}

// fates is how many things can become of a call or an announcement.
const fates = 6

// throughLine is what becomes of a call.
func throughLine[B, O any](ctx context.Context, l *unrulyLine, do func(context.Context, B) (O, error), b B, lost error) (O, error) {
	const slow = 700 * time.Millisecond
	var none O
	switch l.calls.next() {
	case 1:
		return none, fmt.Errorf("%w: the call was lost", lost)
	case 2:
		_, _ = do(ctx, b)
		return none, fmt.Errorf("%w: the answer was lost", lost)
	case 3:
		_, _ = do(ctx, b)
	case 4:
		time.Sleep(slow)
	case 5:
		defer time.Sleep(slow)
	}
	return do(ctx, b)
}

// overLine is what becomes of announcements: they come twice, late, or not at all.
func overLine[C any](l *unrulyLine, notify func(*C)) func(*C) {
	var held []*C
	return func(c *C) {
		switch l.news.next() {
		case 1:
			return
		case 2:
			held = append(held, c)
			return
		case 3:
			notify(c)
		}
		notify(c)
		for _, late := range held {
			notify(late)
		}
		held = nil
	}
}

// unrulySeats and unrulyRoster are the engines at the other end of a line.
type (
	unrulySeats struct {
		seats.Store
		line *unrulyLine
	}
	unrulyRoster struct {
		presence.Store
		line *unrulyLine
	}
)

func (s unrulySeats) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	return throughLine(ctx, s.line, s.Store.Do, b, seats.ErrUnavailable)
}

func (s unrulySeats) Watch(ctx context.Context, id seats.LicenseID, notify func(*seats.Change)) (func(), error) {
	return s.Store.Watch(ctx, id, overLine(s.line, notify))
}

func (s unrulyRoster) Do(ctx context.Context, b presence.Batch) (presence.Outcome, error) {
	return throughLine(ctx, s.line, s.Store.Do, b, presence.ErrUnavailable)
}

func (s unrulyRoster) Watch(ctx context.Context, id presence.LicenseID, notify func(*presence.Change)) (func(), error) {
	return s.Store.Watch(ctx, id, overLine(s.line, notify))
}
