package wire

import "time"

// Seat states.
const (
	SeatHeld    = "held"
	SeatRefused = "refused"
	SeatNone    = "none"
)

// Routing states.
const AcceptingChats = "accepting_chats"

// Seat is what a session is told of its own seat. Which fields are set follows from State.
type Seat struct {
	State string `json:"state"`

	// held
	Number  int        `json:"number,omitempty"`
	Fence   int64      `json:"fence,omitempty"`
	Since   *time.Time `json:"since,omitempty"`
	Overage *bool      `json:"overage,omitempty"`

	// refused
	Code         string   `json:"code,omitempty"`
	Message      string   `json:"message,omitempty"`
	RetryAfterMS *int64   `json:"retry_after_ms,omitempty"`
	Holders      []Holder `json:"holders,omitempty"`
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
	Cap     int      `json:"cap"`
	Total   *int     `json:"total"`
	Used    int      `json:"used"`
	Waiting int      `json:"waiting"`
	Holders []Holder `json:"holders"`
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
