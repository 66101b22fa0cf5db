package seats

import "fmt"

// Audit tells which rules a board breaks that no board may ever break, each in a sentence with the evidence; none:
// all is well. It looks at the board alone, as an engine answered it to a [Read].
func Audit(b Board) []string {
	a := audit{board: b, seated: map[TeammateID]Holder{}, occupancy: Occupancy{Total: b.Total, Used: len(b.Holders), Reserved: b.Reserved}}
	a.count()
	a.holders()
	a.waiters()
	return a.violations
}

type audit struct {
	board      Board
	seated     map[TeammateID]Holder
	occupancy  Occupancy
	violations []string
}

func (a *audit) violatedf(format string, args ...any) {
	a.violations = append(a.violations, fmt.Sprintf(format, args...))
}

func (a *audit) count() {
	b := a.board
	if b.Used != len(b.Holders) {
		a.violatedf("%d seats are said to be used, and %d are held", b.Used, len(b.Holders))
	}
	if b.Waiting != len(b.Waiters) {
		a.violatedf("%d are said to wait, and %d do", b.Waiting, len(b.Waiters))
	}
	if stays := b.StaysBegan - b.StaysEnded; stays != int64(len(b.Holders)) {
		a.violatedf("%d stays began and %d ended, and %d seats are held", b.StaysBegan, b.StaysEnded, len(b.Holders))
	}
	if b.Total != Unlimited && len(b.Holders) > b.Total && !b.Draining && !b.Window {
		a.violatedf("%d seats are held of %d, and the license does not drain", len(b.Holders), b.Total)
	}
}

func (a *audit) holders() {
	numbers, fences := map[int]TeammateID{}, map[Fence]TeammateID{}
	for _, h := range a.board.Holders {
		if _, twice := a.seated[h.Teammate]; twice {
			a.violatedf("%s holds two seats", h.Teammate)
		}
		if other, twice := numbers[h.Number]; twice {
			a.violatedf("seat %d is held by %s and by %s", h.Number, other, h.Teammate)
		}
		if other, twice := fences[h.Fence]; twice {
			a.violatedf("fence %d is that of %s and of %s", h.Fence, other, h.Teammate)
		}
		if h.Number < 1 || h.Fence < 1 {
			a.violatedf("%s holds seat %d with fence %d", h.Teammate, h.Number, h.Fence)
		}
		if h.Sessions == 0 && !h.InGrace() {
			a.violatedf("%s holds seat %d without a session, and not in grace", h.Teammate, h.Number)
		}
		a.seated[h.Teammate], numbers[h.Number], fences[h.Fence] = h, h.Teammate, h.Teammate
		if h.Administrator {
			a.occupancy.Administrators++
		}
	}
}

func (a *audit) waiters() {
	waiting, turns := map[TeammateID]bool{}, map[Turn]TeammateID{}
	for _, w := range a.board.Waiters {
		if h, both := a.seated[w.Teammate]; both {
			a.violatedf("%s waits and holds seat %d", w.Teammate, h.Number)
		}
		if waiting[w.Teammate] {
			a.violatedf("%s waits twice", w.Teammate)
		}
		if other, twice := turns[w.Turn]; twice {
			a.violatedf("turn %d is that of %s and of %s", w.Turn, other, w.Teammate)
		}
		waiting[w.Teammate], turns[w.Turn] = true, w.Teammate
		// What a halt holds up comes about when it ends, in the same step.
		if a.board.HaltUntil.IsZero() && !w.InGrace() && a.board.Eligible(w) && a.occupancy.Open(w.Administrator) {
			a.violatedf("%s waits while a seat is open to them: %d of %d are used, %d reserved", w.Teammate, len(a.board.Holders), a.board.Total, a.board.Reserved)
		}
	}
}
