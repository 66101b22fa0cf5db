package seatstest

import (
	"cmp"
	"math"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"usher/seats"
)

// checker holds one history's outcomes against what must be true of every board, whatever the model says.
type checker struct {
	epoch   string
	version uint64
	head    seats.Head
	holders map[seats.TeammateID]seats.Holder // a replica, made of the changes alone
	used    int                               // at the end of the step before
	total   int                               // the highest that was in force in the latest step
	highest seats.Fence
	grants  int
	losses  int
}

// step looks at what a batch came to.
func (c *checker) step(t *rapid.T, b seats.Batch, out seats.Outcome) {
	if len(out.Replies) != len(b.Commands) {
		t.Fatalf("%d replies to %d commands", len(out.Replies), len(b.Commands))
	}
	for _, reply := range out.Replies {
		if g, ok := reply.(seats.Granted); ok && g.New {
			if g.Holder.Fence <= c.highest {
				t.Fatalf("fence %d granted after %d", g.Holder.Fence, c.highest)
			}
			c.highest = g.Holder.Fence
			c.grants++
		}
	}
	if len(out.Changes) > 1 {
		t.Fatalf("one step made %d changes", len(out.Changes))
	}
	c.total = max(highestTotal(b), asNumber(c.head.Total))
	for _, change := range out.Changes {
		c.apply(t, change)
	}
	if out.Epoch != c.epoch || out.Version != c.version {
		t.Fatalf("the outcome is at %s/%d, its changes lead to %s/%d", out.Epoch, out.Version, c.epoch, c.version)
	}
	if !out.Due.IsZero() && !out.Due.After(out.Now) {
		t.Fatalf("due at %s, which was let pass already at %s", out.Due, out.Now)
	}
}

// apply brings the replica forward, as those who watch do.
func (c *checker) apply(t *rapid.T, change seats.Change) {
	if change.Epoch != c.epoch {
		c.epoch, c.version, c.holders = change.Epoch, 0, map[seats.TeammateID]seats.Holder{}
	}
	if change.From != c.version || change.Version != c.version+1 {
		t.Fatalf("a change from %d to %d at version %d", change.From, change.Version, c.version)
	}
	c.version, c.head = change.Version, change.Head
	for _, h := range change.Holders {
		c.holders[h.Teammate] = h
	}
	for _, gone := range change.Gone {
		if _, seated := c.holders[gone]; !seated {
			t.Fatalf("%s is gone, who held no seat", gone)
		}
		delete(c.holders, gone)
	}
	c.losses += len(change.Losses)
}

// board looks at the board between steps.
func (c *checker) board(t *rapid.T, out seats.Outcome) {
	board := out.Replies[0].(seats.BoardRead).Board
	replica := []seats.Holder{}
	for _, h := range c.holders {
		replica = append(replica, h)
	}
	slices.SortFunc(replica, func(a, b seats.Holder) int { return cmp.Compare(a.Number, b.Number) })
	if diff := gocmp.Diff(board.Holders, replica, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("changes lead to another board than is read (-read +changes):\n%s", diff)
	}
	if diff := gocmp.Diff(board.Head, c.head); diff != "" {
		t.Fatalf("changes lead to another head than is read (-read +changes):\n%s", diff)
	}
	if board.Used != len(board.Holders) {
		t.Fatalf("used is %d with %d holders", board.Used, len(board.Holders))
	}
	if board.Used > max(c.total, c.used) {
		t.Fatalf("used rose from %d to %d with a total of %d", c.used, board.Used, c.total)
	}
	if c.grants-c.losses != board.Used {
		t.Fatalf("%d grants less %d losses are not %d holders", c.grants, c.losses, board.Used)
	}
	c.used = board.Used
	checkHolders(t, board.Holders)
}

// highestTotal is the highest total that a batch may bring into force.
func highestTotal(b seats.Batch) int {
	highest := 0
	for _, command := range b.Commands {
		if c, ok := command.(seats.Configure); ok {
			highest = max(highest, asNumber(c.Total()))
		}
	}
	return highest
}

// asNumber makes totals comparable.
func asNumber(total int) int {
	if total == seats.Unlimited {
		return math.MaxInt
	}
	return total
}

func checkHolders(t *rapid.T, holders []seats.Holder) {
	numbers, who := map[int]bool{}, map[seats.TeammateID]bool{}
	for _, h := range holders {
		if h.Number < 1 || numbers[h.Number] || who[h.Teammate] {
			t.Fatalf("a number below 1, or one number or teammate twice: %+v", holders)
		}
		numbers[h.Number], who[h.Teammate] = true, true
		// Grace may run although a session is attached only when that session asked and was refused.
		if h.Sessions == 0 && !h.InGrace() {
			t.Fatalf("nobody is there for a seat that is not in grace: %+v", h)
		}
	}
}
