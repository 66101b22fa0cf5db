package wire

import (
	"fmt"
	"time"
)

// Seat states.
const (
	SeatHeld      = "held"
	SeatSuspended = "suspended" // held, as far as is known, but nobody may act on it now
	SeatWaiting   = "waiting"
	SeatRefused   = "refused"
	SeatNone      = "none"
)

// Routing values.
const (
	AcceptingChats    = "accepting_chats"
	NotAcceptingChats = "not_accepting_chats"
)

// Seat is what a session is told of its own seat. Which fields count follows from State; the others are not
// written. The zero Seat is none of the states and can't be written, so that it never passes for an answer.
type Seat struct {
	State string `json:"state"`

	// held, suspended
	Number  int        `json:"number"`
	Fence   int64      `json:"fence"`
	Since   *time.Time `json:"since"` // waiting: since when
	Overage *bool      `json:"overage"`
	Routing string     `json:"routing"`

	// held, where the session asked for tickets
	Ticket      string `json:"ticket"` // "": none
	TicketTTLMS int64  `json:"ticket_ttl_ms"`

	// waiting
	Place int `json:"place"` // 1: next

	// refused
	Code         string `json:"code"`
	Message      string `json:"message"`
	RetryAfterMS *int64 `json:"retry_after_ms"` // nil: not known

	// refused, waiting
	Holders Holders `json:"holders"`
}

// MarshalJSON writes the fields that belong to the state, whatever their values; those of a ticket only where
// there is one.
func (s Seat) MarshalJSON() ([]byte, error) {
	type seat struct {
		State   string     `json:"state"`
		Number  int        `json:"number"`
		Fence   int64      `json:"fence"`
		Since   *time.Time `json:"since"`
		Overage bool       `json:"overage"`
		Routing string     `json:"routing"`
	}
	had := seat{s.State, s.Number, s.Fence, s.Since, s.Overage != nil && *s.Overage, s.Routing}
	switch s.State {
	case SeatHeld:
		if s.Ticket == "" {
			return encode(had)
		}
		return encode(struct {
			seat
			Ticket      string `json:"ticket"`
			TicketTTLMS int64  `json:"ticket_ttl_ms"`
		}{had, s.Ticket, s.TicketTTLMS})
	case SeatSuspended:
		return encode(had)
	case SeatWaiting:
		return encode(struct {
			State   string     `json:"state"`
			Place   int        `json:"place"`
			Since   *time.Time `json:"since"`
			Holders Holders    `json:"holders"`
		}{s.State, s.Place, s.Since, s.Holders})
	case SeatRefused:
		return encode(struct {
			State        string  `json:"state"`
			Code         string  `json:"code"`
			Message      string  `json:"message"`
			RetryAfterMS *int64  `json:"retry_after_ms"`
			Holders      Holders `json:"holders"`
		}{s.State, s.Code, s.Message, s.RetryAfterMS, s.Holders})
	case SeatNone:
		return []byte(`{"state":"none"}`), nil
	}
	return nil, fmt.Errorf("seat state %q can't be written", s.State)
}

// Holders is a list that is written as [] when there are none, never as null.
type Holders []Holder

// MarshalJSON writes the list.
func (h Holders) MarshalJSON() ([]byte, error) {
	if len(h) == 0 {
		return []byte("[]"), nil
	}
	return encode([]Holder(h))
}

// Holder states.
const (
	HolderHeld  = "held"
	HolderGrace = "grace"
)

// Holder is one seat on the board.
type Holder struct {
	Teammate  string     `json:"teammate"`
	Name      string     `json:"name"`
	Number    int        `json:"number"`
	Fence     int64      `json:"fence"`
	Since     time.Time  `json:"since"`
	State     string     `json:"state"`
	IdleSince *time.Time `json:"idle_since"` // since when all devices are idle; nil: one is active, or none is there
	Routing   string     `json:"routing"`
	Overage   bool       `json:"overage"`
	Sessions  int        `json:"sessions"`

	encoded []byte // see Encoded
}

// Encoded is the holder with its JSON beside it, for one that goes into many frames: it is encoded once. It must not be changed any more.
func (h Holder) Encoded() Holder {
	h.encoded = nil
	b, err := encode(h)
	if err == nil { // else it fails again where it is used
		h.encoded = b
	}
	return h
}

// Waitlist is a list that is written as [] when nobody waits, never as null. First comes who is first.
type Waitlist []Waiter

// MarshalJSON writes the list.
func (w Waitlist) MarshalJSON() ([]byte, error) {
	if len(w) == 0 {
		return []byte("[]"), nil
	}
	return encode([]Waiter(w))
}

// Waiter states.
const (
	WaiterWaiting = "waiting"
	WaiterGrace   = "grace" // keeps the place, and is passed over until they are back
)

// Waiter is one place in the waitlist.
type Waiter struct {
	Teammate string    `json:"teammate"`
	Name     string    `json:"name"`
	Place    int       `json:"place"` // 1: next
	Since    time.Time `json:"since"`
	State    string    `json:"state"`
	Eligible bool      `json:"eligible"` // false: passed over, for a cooldown or the license's status
}

// Board is a license's seats and who waits for one. Total is nil where there is no limit.
type Board struct {
	Cap      int      `json:"cap"`
	Total    *int     `json:"total"`
	Used     int      `json:"used"`
	Waiting  int      `json:"waiting"`
	Holders  Holders  `json:"holders"`
	Waitlist Waitlist `json:"waitlist"`
}

// BoardDelta is what changed on a board: the holders changed or added, the teammates no longer seated, and the
// whole waitlist where that changed. The Waitlist of its Board is not written.
type BoardDelta struct {
	Board
	Gone     []string  `json:"gone,omitempty"`
	Waitlist *Waitlist `json:"waitlist,omitempty"` // nil: as it was
}

// Position is how far a feed is known.
type Position struct {
	Epoch   string `json:"epoch"`
	Version uint64 `json:"version"`
}

// Feeds are the positions of a floor's feeds.
type Feeds struct {
	Board  *Position `json:"board,omitempty"`
	Roster *Position `json:"roster,omitempty"`
}
