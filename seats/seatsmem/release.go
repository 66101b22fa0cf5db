package seatsmem

import (
	"time"

	"usher/seats"
)

// grant gives the teammate the lowest free seat.
func (s *step) grant(t *teammate, m seats.Member, via seats.Via) {
	s.occupy(t, holder{
		name: m.Name, administrator: m.Administrator, number: s.numbers.lowest(), fence: s.nextFence(), since: s.at,
		overage: s.used() >= s.config.Cap, via: via, routing: seats.AcceptingChats,
	})
}

func (s *step) nextFence() seats.Fence {
	s.granted++
	return seats.Fence(int64(s.generation)*seats.FencesPerGeneration + s.granted)
}

// occupy has a teammate, who neither holds a seat nor waits, hold one whose number is free.
func (s *step) occupy(t *teammate, h holder) {
	s.touch(t)
	t.seated, t.holder = true, h
	s.numbers.put(h.number, t)
	s.classify(t)
	s.began++
	s.recount(t)
}

// classify keeps the set of seated administrators.
func (l *license) classify(t *teammate) {
	if t.seated && t.holder.administrator {
		l.bosses[t] = struct{}{}
	} else {
		delete(l.bosses, t)
	}
}

// release ends a stay for the reason given in the loss, whose other fields but At are filled in here.
func (s *step) release(t *teammate, loss seats.Loss) {
	s.touch(t)
	loss.Teammate, loss.Number, loss.Fence, loss.At = t.id, t.holder.number, t.holder.fence, moment(s.at)
	loss.Since, loss.Overage, loss.Via = moment(t.holder.since), t.holder.overage, t.holder.via
	s.numbers.remove(loss.Number)
	s.graces.drop(t)
	s.idling[classOf(t.holder.administrator)].drop(t)
	if s.warned == t {
		s.warned = nil
	}
	t.seated, t.holder = false, holder{}
	s.classify(t)
	s.ended++
	t.lost = &loss
	forget := s.now + seats.EndedMemory.Milliseconds()
	if !loss.CooldownUntil.IsZero() {
		forget = max(forget, loss.CooldownUntil.UnixMilli())
	}
	s.losses.put(t, forget)
	s.lost = append(s.lost, loss)
	if loss.Reason.Detaches() {
		t.detachAll()
	}
}

// cool begins a cooldown.
func (s *step) cool(t *teammate, until int64, fence seats.Fence) {
	t.coolFence = fence
	if !t.waiting {
		s.cooldowns.put(t, until)
		return
	}
	s.touch(t)
	s.cooling.put(t, until)
	t.waiter.cooldownUntil = until
	s.recount(t)
}

// coolingFor tells how long a teammate's cooldown still runs, 0 when none does.
func (l *license) coolingFor(t *teammate) time.Duration {
	if t == nil || !t.cooldown.set() {
		return 0
	}
	return l.left(t.cooldown.at)
}
