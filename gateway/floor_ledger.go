package gateway

import (
	"time"

	"usher/seats"
)

// bookChange notes what a change tells of stays and waits that the replica, which it is about to move, does not show. The caller holds mu.
func (f *floor) bookChange(c *seats.Change) {
	if f.ledger == nil {
		return
	}
	was := &f.replica
	claimed := c.Window || was.head.Window // what begins in a window is what was there before the engine forgot
	granted := map[seats.TeammateID]*seats.Holder{}
	for i := range c.Holders {
		h := &c.Holders[i]
		before := was.holder(h.Teammate)
		switch {
		case before.Fence != h.Fence:
			granted[h.Teammate] = h
			s := f.stay(h, was.waiter(h.Teammate))
			s.Found = claimed
			f.ledger.stay(s)
		case h.Sessions > max(before.Sessions, 1):
			f.ledger.stay(f.stay(h, seats.Waiter{}))
		}
	}
	for i := range c.Losses {
		f.bookLoss(was, &c.Losses[i])
	}
	for i := range c.Waiters {
		if w := &c.Waiters[i]; was.waiter(w.Teammate).Turn != w.Turn {
			f.endWait(was.waiter(w.Teammate), nil)
			begun := f.wait(w)
			begun.Found = claimed
			f.ledger.wait(begun)
		}
	}
	for _, t := range c.Unwaiting {
		f.endWait(was.waiter(t), granted[t])
	}
}

// bookBoard notes what a board that was read tells of stays and waits that the replica before it did not show. What is gone without a
// word is for [ledgerDesk.check] to end. The caller holds mu.
func (f *floor) bookBoard(was *replica, b *seats.Board) {
	if f.ledger == nil {
		return
	}
	for i := range b.Losses {
		f.bookLoss(was, &b.Losses[i])
	}
	for i := range b.Holders {
		if h := &b.Holders[i]; was.holder(h.Teammate).Fence != h.Fence {
			s := f.stay(h, was.waiter(h.Teammate))
			s.Found = true
			f.ledger.stay(s)
		}
	}
	for i := range b.Waiters {
		if w := &b.Waiters[i]; was.waiter(w.Teammate).Turn != w.Turn {
			found := f.wait(w)
			found.Found = true
			f.ledger.wait(found)
		}
	}
	for _, w := range was.waiters {
		h := f.replica.holders[w.Teammate]
		if h != nil && !h.Since.Before(w.Since) && was.holder(w.Teammate).Fence != h.Fence {
			f.endWait(*w, h)
		}
	}
	if was.head.Epoch != b.Epoch || f.settings.Now().Sub(f.checked) >= checkEvery {
		f.check()
	}
}

// check has the ledger's open stays and waits held against the board soon.
func (f *floor) check() {
	f.checked = f.settings.Now()
	f.ledger.check(f)
}

func (f *floor) bookLoss(was *replica, l *seats.Loss) {
	if was.losses[l.Teammate].Fence == l.Fence || l.Since.IsZero() {
		return
	}
	s := f.stay(&seats.Holder{
		Teammate: l.Teammate, Name: was.holder(l.Teammate).Name, Number: l.Number, Fence: l.Fence, Since: l.Since, Overage: l.Overage, Via: l.Via,
		Sessions: 1,
	}, seats.Waiter{})
	s.Until, s.Reason, s.By, s.To, s.Message = l.At, l.Reason, l.By, l.To, l.Message
	f.ledger.stay(s)
}

func (f *floor) stay(h *seats.Holder, waited seats.Waiter) Stay {
	s := Stay{
		License: f.id, Fence: h.Fence, Teammate: h.Teammate, Name: h.Name, Number: h.Number, Since: h.Since, Via: h.Via, Overage: h.Overage,
		Sessions: h.Sessions,
	}
	if !waited.Since.IsZero() {
		s.Waited = max(h.Since.Sub(waited.Since), 0)
	}
	return s
}

func (f *floor) wait(w *seats.Waiter) Wait {
	return Wait{License: f.id, Turn: w.Turn, Teammate: w.Teammate, Name: w.Name, Since: w.Since}
}

// endWait notes that a wait, if it is one, is over: with that seat, or nil.
func (f *floor) endWait(w seats.Waiter, seat *seats.Holder) {
	if w.Turn == 0 {
		return
	}
	over := f.wait(&w)
	over.Until, over.Outcome = f.timers.engineNow(), WaitGivenUp
	if seat != nil {
		over.Until, over.Outcome = seat.Since, WaitSeated
	}
	if over.Until.Before(over.Since) {
		over.Until = over.Since
	}
	f.ledger.wait(over)
}

// bookNotice notes what administrators are to be told. The caller holds mu.
func (f *floor) bookNotice(n Notice) {
	if f.ledger != nil {
		n.License, n.At = f.id, f.timers.engineNow()
		f.ledger.notice(n)
	}
}

// bookRefusal notes that a take was refused. The caller holds mu.
func (f *floor) bookRefusal(c seats.Command, reply seats.Reply, at time.Time) {
	take, ok := c.(seats.Take)
	refused, is := reply.(seats.Refused)
	if f.ledger == nil || !ok || !is {
		return
	}
	f.ledger.refusal(Refusal{
		License: f.id, Session: take.Session, Seq: take.Seq, Teammate: take.Member.Teammate, Name: take.Member.Name, At: at, Code: refused.Code,
	})
}
