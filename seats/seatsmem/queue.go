package seatsmem

import (
	"slices"

	"usher/seats"
)

// queue holds ended sessions in the order in which they are forgotten, which is that in which they ended.
type queue struct {
	items []ending
	head  int // items before it are done
}

type ending struct {
	at int64
	id seats.SessionID
}

func (q *queue) push(at int64, id seats.SessionID) { q.items = append(q.items, ending{at, id}) }

// pop returns the next one that is due by now.
func (q *queue) pop(now int64) (seats.SessionID, bool) {
	if q.head == len(q.items) || q.items[q.head].at > now {
		return "", false
	}
	id := q.items[q.head].id
	q.items[q.head] = ending{}
	q.head++
	if q.head*2 >= len(q.items) { // moved at most once for each item taken, to where there is room for what is left
		q.items, q.head = slices.Clone(q.items[q.head:]), 0
	}
	return id, true
}
