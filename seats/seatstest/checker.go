package seatstest

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

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
	waiters map[seats.TeammateID]seats.Waiter
	asks    map[seats.AskID]seats.Ask
	used    int         // at the end of the step before
	window  bool        // nodes claimed seats in the step before, whatever the total
	begins  bool        // what was kept may be more than the total
	total   int         // the highest that was in force in the latest step
	highest seats.Fence // granted in this generation
	losses  int64
}

// step looks at what a batch came to.
func (c *checker) step(t *rapid.T, b seats.Batch, out seats.Outcome) {
	if len(out.Replies) != len(b.Commands) {
		t.Fatalf("%d replies to %d commands", len(out.Replies), len(b.Commands))
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
		c.begins = true
		c.waiters, c.asks, c.losses = map[seats.TeammateID]seats.Waiter{}, map[seats.AskID]seats.Ask{}, 0
	}
	if change.From != c.version || change.Version != c.version+1 {
		t.Fatalf("a change from %d to %d at version %d", change.From, change.Version, c.version)
	}
	c.version, c.head = change.Version, change.Head
	highest := c.highest
	for _, h := range change.Holders {
		if was := c.holders[h.Teammate]; was.Fence != h.Fence && c.own(h.Fence) {
			if h.Fence <= c.highest {
				t.Fatalf("fence %d granted after %d", h.Fence, c.highest)
			}
			highest = max(highest, h.Fence)
		}
		c.holders[h.Teammate] = h
	}
	c.highest = highest
	for _, gone := range change.Gone {
		if _, seated := c.holders[gone]; !seated {
			t.Fatalf("%s is gone, who held no seat", gone)
		}
		delete(c.holders, gone)
	}
	for _, w := range change.Waiters {
		c.waiters[w.Teammate] = w
	}
	for _, gone := range change.Unwaiting {
		if _, waits := c.waiters[gone]; !waits {
			t.Fatalf("%s waits no longer, who did not wait", gone)
		}
		delete(c.waiters, gone)
	}
	for _, a := range change.Asks {
		c.asks[a.ID] = a
	}
	for _, a := range change.Asked {
		if _, open := c.asks[a.ID]; !open {
			t.Fatalf("ask %s ended, which was not open", a.ID)
		}
		delete(c.asks, a.ID)
	}
	c.losses += int64(len(change.Losses))
}

// own tells whether a fence is of the generation that runs: it was granted then, not claimed or kept.
func (c *checker) own(f seats.Fence) bool {
	return strconv.FormatInt(int64(f)/seats.FencesPerGeneration, 10) == c.epoch
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
	if board.Used > max(c.total, c.used) && !c.window && !c.begins {
		t.Fatalf("used rose from %d to %d with a total of %d", c.used, board.Used, c.total)
	}
	if board.StaysEnded != c.losses || board.StaysBegan-c.losses != int64(board.Used) {
		t.Fatalf("%d stays began, %d ended by their count and %d were told of: there are %d holders",
			board.StaysBegan, board.StaysEnded, c.losses, board.Used)
	}
	c.used, c.window, c.begins = board.Used, board.Window, false
	checkHolders(t, board.Holders)
	c.queue(t, board)
}

// queue looks at those who wait, and at the asks.
func (c *checker) queue(t *rapid.T, board seats.Board) {
	replica := slices.SortedFunc(maps.Values(c.waiters), func(a, b seats.Waiter) int { return cmp.Compare(a.Turn, b.Turn) })
	if diff := gocmp.Diff(board.Waiters, replica, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("changes lead to another waitlist than is read (-read +changes):\n%s", diff)
	}
	asks := slices.SortedFunc(maps.Values(c.asks), func(a, b seats.Ask) int { return cmp.Compare(a.ID, b.ID) })
	if diff := gocmp.Diff(board.Asks, asks, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("changes lead to other asks than are read (-read +changes):\n%s", diff)
	}
	o := seats.Occupancy{Total: board.Total, Used: board.Used, Reserved: board.Reserved}
	for _, h := range board.Holders {
		if h.Administrator {
			o.Administrators++
		}
	}
	for i, w := range board.Waiters {
		if i > 0 && w.Turn == board.Waiters[i-1].Turn {
			t.Fatalf("one turn twice: %+v", board.Waiters)
		}
		if _, seated := c.holders[w.Teammate]; seated {
			t.Fatalf("%s waits, and holds a seat", w.Teammate)
		}
		if board.HaltUntil.IsZero() && !w.InGrace() && board.Eligible(w) && o.Open(w.Administrator) {
			t.Fatalf("a seat is open to %+v, who waits: %+v", w, board.Head)
		}
	}
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
