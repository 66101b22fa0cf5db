package loadtest

import (
	"slices"
	"strconv"
	"time"
)

// losses is what is known of the engine's memory. A license that was made for a run begins in generation 1, which is its board's epoch
// and the upper part of its fences. A later one means that the engine forgot, and that what it knew is being claimed: for a while those
// who log out keep what they had, those who wait may be taken for gone, and their places come back in any order.
type losses struct {
	epoch      string        // of the board, as shown last; "": none was
	generation int64         // of the highest fence
	last       time.Duration // when the engine was known last to have forgotten; 0: never
	suspicions []suspicion
}

const fencesPerGeneration = 1_000_000_000

// suspicion is a violation, unless the engine is found to have forgotten.
type suspicion struct {
	agent Agent
	epoch string // shown last by then
	at    time.Duration
	Violation
}

// suspect notes a violation that is none where the engine forgot: the epoch that the agent is shown next will tell.
func (b *book) suspect(p Promise, at event, what string, evidence ...event) {
	if b.disturbedSince(at.at) {
		b.unchecked[p]++
		return
	}
	b.losses.suspicions = append(b.losses.suspicions, suspicion{at.agent, b.losses.epoch, at.at, Violation{
		Promise: p, License: b.facts.ID, At: at.at.Seconds(), What: what, Evidence: b.evidence(evidence...),
	}})
}

// generated takes the generation of a fence.
func (b *book) generated(at event) {
	l := &b.losses
	g := at.seat.Fence / fencesPerGeneration
	if g > max(l.generation, 1) {
		b.forgot(at.at)
	}
	l.generation = max(l.generation, g)
}

// inEpoch takes which epoch of the board an agent is shown.
func (b *book) inEpoch(t Told) {
	l := &b.losses
	if l.epoch == t.Epoch && len(l.suspicions) == 0 {
		return
	}
	generation, _ := strconv.ParseInt(t.Epoch, 10, 64) // what is none is told by its being another
	if l.epoch != t.Epoch && (l.epoch != "" || generation > 1) {
		b.forgot(t.At)
	}
	l.epoch = t.Epoch
	l.suspicions = slices.DeleteFunc(l.suspicions, func(s suspicion) bool {
		if s.agent != t.Agent {
			return false
		}
		b.confirm(s)
		return true
	})
}

func (b *book) forgot(at time.Duration) {
	b.losses.last = max(b.losses.last, at, 1)
	b.window.give(b)
}

// confirm has a suspicion stand, if nothing speaks against it.
func (b *book) confirm(s suspicion) {
	if b.disturbedSince(s.at) {
		b.unchecked[s.Promise]++
		return
	}
	b.oracle.violated(s.Violation)
}

// endSuspicions confirms those that are left.
func (b *book) endSuspicions() {
	for _, s := range b.losses.suspicions {
		b.confirm(s)
	}
	b.losses.suspicions = nil
}

// disturbedSince tells whether since, or a while before, the engine forgot, or a node was cut off or paused.
func (b *book) disturbedSince(at time.Duration) bool {
	return b.oracle.suspendedSince(at-lateness) || b.losses.last > 0 && b.losses.last >= at-lateness
}
