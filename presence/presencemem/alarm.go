package presencemem

import "container/heap"

// alarm is a moment in engine time at which something is due for the owner of an id. The zero alarm is not set.
type alarm struct {
	at int64 // Unix milliseconds
	id string
	// place is one more than the alarm's index in its heap, so that the zero value is in none.
	place int
}

func (a *alarm) set() bool { return a.place > 0 }

// alarms is a heap of alarms: the earliest first, among equals the least id in byte order. An alarm is in one
// heap at most.
type alarms []*alarm

// at is when the first alarm is due; 0: none is set.
func (h alarms) at() int64 {
	if len(h) == 0 {
		return 0
	}
	return h[0].at
}

// due tells whether the first alarm is due by now.
func (h alarms) due(now int64) bool { return len(h) > 0 && h[0].at <= now }

// latest is when the last of the alarms is due; 0: none is set.
func (h alarms) latest() int64 {
	var at int64
	for _, a := range h {
		at = max(at, a.at)
	}
	return at
}

// put sets the alarm to a moment, whether it is in the heap already or not.
func (h *alarms) put(a *alarm, at int64) {
	a.at = at
	if a.set() {
		heap.Fix(h, a.place-1)
		return
	}
	heap.Push(h, a)
}

// drop takes the alarm out; nothing happens when it is not set.
func (h *alarms) drop(a *alarm) {
	if a.set() {
		heap.Remove(h, a.place-1)
	}
}

// Len, Less, Swap, Push and Pop are for container/heap alone.

func (h alarms) Len() int { return len(h) }

func (h alarms) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].id < h[j].id
}

func (h alarms) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

func (h *alarms) Push(x any) {
	a := x.(*alarm)
	*h = append(*h, a)
	a.place = len(*h)
}

func (h *alarms) Pop() any {
	last := len(*h) - 1
	a := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	a.place = 0
	return a
}
