package gateway

import (
	"time"

	"usher/seats"
)

// ticketDesk has the tickets of those here who want some. A ticket is shared by a teammate's sessions, and signed anew
// at half its life: not before the engine has answered once more, so that none is signed for a seat that is lost
// already. One timer serves them all. Guarded by the floor's mu.
type ticketDesk struct {
	live    map[seats.TeammateID]issued
	timer   *timer
	signing bool // new ones are under way
}

// issued is a ticket as it was signed.
type issued struct {
	Ticket
	token string    // "": could not be signed
	renew time.Time // when to sign the next one, by the node's clock
}

// signed is a ticket as a client gets it.
type signed struct {
	token string
	left  time.Duration
}

const (
	// ticketSlack is which part of a ticket's life it may be signed anew too early, so that many are at once.
	ticketSlack = 20
	// signAgain is how long after a failure a ticket is signed again.
	signAgain = time.Second
)

// clear forgets all tickets; none is signed anew.
func (d *ticketDesk) clear() { d.live = nil }

// ticket is one for a seat that a session here is attached to; an empty one when the node can't vouch for it. The
// caller holds mu.
func (f *floor) ticket(h seats.Holder) signed {
	f.checkLease()
	if f.lease.fenced {
		return signed{}
	}
	now := f.settings.Now()
	if is, ok := f.tickets.live[h.Teammate]; ok && is.Fence == h.Fence && is.token != "" && now.Before(is.renew) {
		return signed{is.token, is.Expires.Sub(f.timers.engineNow())}
	}
	is := f.sign(f.ticketOf(h))
	f.keepTicket(is)
	f.armTickets(is.renew)
	return signed{is.token, is.Expires.Sub(f.timers.engineNow())}
}

// ticketOf is what is to be signed. Its times can't be ahead of the engine's: that was heard before. JWTs count whole
// seconds; the end is cut down to one here, so that what is told of it is what is signed.
func (f *floor) ticketOf(h seats.Holder) Ticket {
	now := f.timers.engineNow().Truncate(time.Millisecond)
	return Ticket{
		License: f.id, Teammate: h.Teammate, Number: h.Number, Fence: h.Fence,
		Issued: now, Expires: now.Add(f.settings.TicketTTL).Truncate(time.Second),
	}
}

// sign needs no lock.
func (f *floor) sign(t Ticket) issued {
	token, err := f.settings.Tickets.Sign(t)
	if err != nil {
		f.metrics.ticketFailed()
		f.settings.Logger.Error("tickets: can't be signed", "license", f.id, "error", err)
		return issued{Ticket: t, renew: f.settings.Now().Add(signAgain)}
	}
	return issued{Ticket: t, token: token, renew: f.settings.Now().Add(t.Expires.Sub(t.Issued) / 2)}
}

func (f *floor) keepTicket(is issued) {
	if f.tickets.live == nil {
		f.tickets.live = map[seats.TeammateID]issued{}
	}
	f.tickets.live[is.Teammate] = is
}

// armTickets sees to it that tickets are signed anew at that time, if not before. The caller holds mu.
func (f *floor) armTickets(at time.Time) {
	if f.tickets.timer != nil || f.tickets.signing || f.closed {
		return
	}
	f.tickets.timer = f.timers.afterFunc(max(at.Sub(f.settings.Now()), 0), func() {
		f.lock()
		defer f.unlock()
		f.tickets.timer = nil
		f.confirmTickets()
	})
}

// confirmTickets asks the engine for a sign of life before new tickets are signed. The caller holds mu.
func (f *floor) confirmTickets() {
	if f.closed || len(f.tickets.live) == 0 {
		return
	}
	f.tickets.signing = true
	f.queue.items = append(f.queue.items, item{done: func(_ seats.Reply, out *seats.Outcome, err error) {
		f.tickets.signing = false
		if err != nil || !f.replica.position().reached(position{out.Epoch, out.Version}) {
			f.armTickets(f.settings.Now().Add(signAgain))
			return
		}
		f.signAnew()
	}})
	f.queue.run()
}

// signAnew signs the tickets that are due. The caller holds mu; the signing itself is done without it.
func (f *floor) signAnew() {
	f.checkLease()
	var due []Ticket
	soon := f.settings.Now().Add(f.settings.TicketTTL / ticketSlack)
	for t, is := range f.tickets.live {
		h := f.replica.holder(t)
		switch {
		case h.Fence != is.Fence || len(f.byMate[t]) == 0:
			delete(f.tickets.live, t)
		case !is.renew.After(soon):
			due = append(due, f.ticketOf(h))
		}
	}
	if len(due) == 0 {
		f.armNextTickets()
		return
	}
	f.tickets.signing = true
	f.after = append(f.after, func() {
		f.tasks.Go(func() {
			fresh := make([]issued, len(due))
			for i, t := range due {
				fresh[i] = f.sign(t)
			}
			f.lock()
			defer f.unlock()
			f.tickets.signing = false
			f.handOut(fresh)
			f.armNextTickets()
		})
	})
}

// handOut passes new tickets to those who want them, where nothing has changed meanwhile. The caller holds mu.
func (f *floor) handOut(fresh []issued) {
	f.checkLease()
	for _, is := range fresh {
		if was, wanted := f.tickets.live[is.Teammate]; !wanted || was.Fence != is.Fence || f.replica.holder(is.Teammate).Fence != is.Fence {
			continue
		}
		f.keepTicket(is)
		if is.token == "" {
			continue
		}
		used := false
		left := is.Expires.Sub(f.timers.engineNow())
		for _, m := range f.byMate[is.Teammate] {
			f.tell(m, func(s *session) { used = s.ticketCame(is.Fence, signed{is.token, left}) || used })
		}
		if !used {
			delete(f.tickets.live, is.Teammate)
		}
	}
}

func (f *floor) armNextTickets() {
	var first time.Time
	for _, is := range f.tickets.live {
		if first.IsZero() || is.renew.Before(first) {
			first = is.renew
		}
	}
	if !first.IsZero() {
		f.armTickets(first)
	}
}
