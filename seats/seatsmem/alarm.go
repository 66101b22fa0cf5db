package seatsmem

// alarm is a moment in engine time at which something is due for the owner of an id, or another number by which
// owners are put in order. The zero alarm is not set.
type alarm struct {
	at int64 // Unix milliseconds, or a turn
	id string
	// place is one more than the alarm's index in its heap, so that the zero value is in none.
	place int
}

func (a *alarm) set() bool { return a.place > 0 }

// alarms is a heap of alarms: the earliest first, among equals the least id in byte order. An alarm is in one
// heap at most.
type alarms []*alarm

// first returns the alarm that is due next, or nil.
func (h alarms) first() *alarm {
	if len(h) == 0 {
		return nil
	}
	return h[0]
}

// at is when the first alarm is due; 0: none is set.
func (h alarms) at() int64 {
	if len(h) == 0 {
		return 0
	}
	return h[0].at
}

// due tells whether the first alarm is due by now.
func (h alarms) due(now int64) bool { return len(h) > 0 && h[0].at <= now }

// put sets the alarm to a moment, whether it is in the heap already or not.
func (h *alarms) put(a *alarm, at int64) {
	a.at = at
	if !a.set() {
		*h = append(*h, a)
		a.place = len(*h)
	}
	h.up(a.place - 1)
	h.down(a.place - 1)
}

// drop takes the alarm out; nothing happens when it is not set.
func (h *alarms) drop(a *alarm) {
	if !a.set() {
		return
	}
	i, last := a.place-1, len(*h)-1
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	a.place = 0
	if i < last {
		moved := (*h)[i]
		h.up(i)
		h.down(moved.place - 1)
	}
}

// before tells whether the alarm goes before another one.
func (a *alarm) before(b *alarm) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	return a.id < b.id
}

func (h alarms) before(i, j int) bool { return h[i].before(h[j]) }

func (h alarms) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

func (h alarms) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h alarms) down(i int) {
	for {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if right := least + 1; right < len(h) && h.before(right, least) {
			least = right
		}
		if !h.before(least, i) {
			return
		}
		h.swap(i, least)
		i = least
	}
}
