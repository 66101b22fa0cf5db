package seatsmem

// alarm is a moment in engine time at which something is due for the one who has it. The zero alarm is not set.
type alarm struct {
	at int64 // Unix milliseconds
	// place is one more than the alarm's index in its heap, so that the zero value is in none.
	place int
}

func (a *alarm) set() bool { return a.place > 0 }

// owner is who can have alarms.
type owner interface {
	*teammate | *node | *ask
	key() string
}

func (t *teammate) key() string { return string(t.id) }
func (n *node) key() string     { return string(n.id) }
func (a *ask) key() string      { return string(a.ID) }

// alarms is a heap of those whose alarms of one kind are set: the earliest first, among equals the least id in byte order. Of
// the alarms that two heaps have in common, one is in one of them at most.
type alarms[O owner] struct {
	of   func(O) *alarm
	heap []ring[O]
}

// ring is an alarm that is set: its moment stands here too, for the heap to be put in order without looking at the owners.
type ring[O owner] struct {
	at    int64
	owner O
}

func (h *alarms[O]) len() int { return len(h.heap) }

// first returns whose alarm is due next, or nil.
func (h *alarms[O]) first() O {
	if len(h.heap) == 0 {
		return nil
	}
	return h.heap[0].owner
}

// at is when the first alarm is due; 0: none is set.
func (h *alarms[O]) at() int64 {
	if len(h.heap) == 0 {
		return 0
	}
	return h.heap[0].at
}

// due tells whether the first alarm is due by now.
func (h *alarms[O]) due(now int64) bool { return len(h.heap) > 0 && h.heap[0].at <= now }

// put sets somebody's alarm to a moment, whether it is in the heap already or not.
func (h *alarms[O]) put(o O, at int64) {
	a := h.of(o)
	a.at = at
	if !a.set() {
		h.heap = append(h.heap, ring[O]{})
		a.place = len(h.heap)
	}
	h.sift(a.place-1, ring[O]{at, o})
}

// drop takes somebody's alarm out; nothing happens when it is not set.
func (h *alarms[O]) drop(o O) {
	a := h.of(o)
	if !a.set() {
		return
	}
	i, last := a.place-1, len(h.heap)-1
	moved := h.heap[last]
	h.heap[last] = ring[O]{}
	h.heap = h.heap[:last]
	a.place = 0
	if i < last {
		h.sift(i, moved)
	}
}

// before tells whether the ring goes before another one.
func (r ring[O]) before(other ring[O]) bool {
	if r.at != other.at {
		return r.at < other.at
	}
	return r.owner.key() < other.owner.key()
}

// sift writes a ring where it belongs, from the index i on, whose own ring is gone.
func (h *alarms[O]) sift(i int, r ring[O]) {
	for i > 0 && r.before(h.heap[(i-1)/2]) {
		h.write(i, h.heap[(i-1)/2])
		i = (i - 1) / 2
	}
	for {
		least := 2*i + 1
		if least >= len(h.heap) {
			break
		}
		if right := least + 1; right < len(h.heap) && h.heap[right].before(h.heap[least]) {
			least = right
		}
		if !h.heap[least].before(r) {
			break
		}
		h.write(i, h.heap[least])
		i = least
	}
	h.write(i, r)
}

func (h *alarms[O]) write(i int, r ring[O]) {
	h.heap[i] = r
	h.of(r.owner).place = i + 1
}
