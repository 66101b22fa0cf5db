package wire

import (
	"fmt"
	"time"
)

// Seat states.
const (
	SeatHeld    = "held"
	SeatRefused = "refused"
	SeatNone    = "none"
)

// Seat is what a session is told of its own seat. Which fields count follows from State; the others are not
// written. The zero Seat is none of the states and can't be written, so that it never passes for an answer.
type Seat struct {
	State string `json:"state"`

	// held
	Number  int        `json:"number"`
	Fence   int64      `json:"fence"`
	Since   *time.Time `json:"since"`
	Overage *bool      `json:"overage"`

	// refused
	Code         string  `json:"code"`
	Message      string  `json:"message"`
	RetryAfterMS *int64  `json:"retry_after_ms"` // nil: not known
	Holders      Holders `json:"holders"`
}

// MarshalJSON writes the fields that belong to the state, all of them, whatever their values.
func (s Seat) MarshalJSON() ([]byte, error) {
	switch s.State {
	case SeatHeld:
		return encode(struct {
			State   string     `json:"state"`
			Number  int        `json:"number"`
			Fence   int64      `json:"fence"`
			Since   *time.Time `json:"since"`
			Overage bool       `json:"overage"`
		}{s.State, s.Number, s.Fence, s.Since, s.Overage != nil && *s.Overage})
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
	Teammate string    `json:"teammate"`
	Name     string    `json:"name"`
	Number   int       `json:"number"`
	Fence    int64     `json:"fence"`
	Since    time.Time `json:"since"`
	State    string    `json:"state"`
	Overage  bool      `json:"overage"`
	Sessions int       `json:"sessions"`
}

// Board is a license's seats. Total is nil where there is no limit.
type Board struct {
	Cap     int     `json:"cap"`
	Total   *int    `json:"total"`
	Used    int     `json:"used"`
	Waiting int     `json:"waiting"`
	Holders Holders `json:"holders"`
}

// BoardDelta is what changed on a board: the holders changed or added, and the teammates no longer seated.
type BoardDelta struct {
	Board
	Gone []string `json:"gone,omitempty"`
}

// Position is how far a feed is known.
type Position struct {
	Epoch   string `json:"epoch"`
	Version uint64 `json:"version"`
}

// Feeds are the positions of a floor's feeds.
type Feeds struct {
	Board *Position `json:"board,omitempty"`
}
