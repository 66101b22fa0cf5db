package wire

import (
	"errors"
	"fmt"
)

// Bounds of what a client sends, in bytes.
const (
	MaxIDBytes     = 64 // a frame's id, its type, and ids in its data
	MaxTokenBytes  = 8 << 10
	MaxResumeBytes = 1 << 10
	MaxDeviceBytes = 32
	MaxNoteBytes   = 500
)

const maxSyncFeeds = 8

// Hello is the data of hello, the first frame of a client.
type Hello struct {
	Token  string  `json:"token,omitempty"` // or in Authorization
	Device string  `json:"device,omitempty"`
	Seat   string  `json:"seat,omitempty"` // AskAuto (default), AskWait or AskNone
	Resume *string `json:"resume"`
	Roster string  `json:"roster,omitempty"` // RosterFull (default) or RosterNone
	Ticket bool    `json:"ticket,omitempty"` // asks for tickets
	Feeds  Feeds   `json:"feeds,omitzero"`   // how far the client was shown them, by any node: it is shown nothing older
}

// What hello.seat may ask for.
const (
	AskAuto = "auto" // take a seat
	AskWait = "wait" // take a seat, or wait in line
	AskNone = "none"
)

// What hello.roster may ask for.
const (
	RosterFull = "full"
	RosterNone = "none"
)

// Validate tells what is wrong with h, or nil.
func (h Hello) Validate() error {
	switch {
	case len(h.Token) > MaxTokenBytes:
		return fmt.Errorf("token has more than %d bytes", MaxTokenBytes)
	case len(h.Device) > MaxDeviceBytes:
		return fmt.Errorf("device has more than %d bytes", MaxDeviceBytes)
	case h.Resume != nil && len(*h.Resume) > MaxResumeBytes:
		return fmt.Errorf("resume has more than %d bytes", MaxResumeBytes)
	case h.Seat != "" && h.Seat != AskAuto && h.Seat != AskWait && h.Seat != AskNone:
		return errors.New("seat must be auto, wait or none")
	case h.Roster != "" && h.Roster != RosterFull && h.Roster != RosterNone:
		return errors.New("roster must be full or none")
	case h.Feeds.Board.tooLong() || h.Feeds.Roster.tooLong():
		return fmt.Errorf("an epoch has more than %d bytes", MaxIDBytes)
	}
	return nil
}

func (p *Position) tooLong() bool { return p != nil && len(p.Epoch) > MaxIDBytes }

// HandOver is the data of seat.hand_over.
type HandOver struct {
	To string `json:"to"`
}

// Validate tells what is wrong with h, or nil.
func (h HandOver) Validate() error { return validateID("to", h.To) }

// Ask is the data of seat.ask.
type Ask struct {
	Of   string `json:"of,omitempty"` // who holds the seat; "": the administrators are asked
	Note string `json:"note,omitempty"`
}

// Validate tells what is wrong with a, or nil.
func (a Ask) Validate() error {
	switch {
	case len(a.Of) > MaxIDBytes:
		return fmt.Errorf("of has more than %d bytes", MaxIDBytes)
	case len(a.Note) > MaxNoteBytes:
		return fmt.Errorf("note has more than %d bytes", MaxNoteBytes)
	}
	return nil
}

// Answer is the data of seat.answer.
type Answer struct {
	Ask    string `json:"ask"`
	Accept *bool  `json:"accept"` // needed: silence is neither yes nor no
}

// Validate tells what is wrong with a, or nil.
func (a Answer) Validate() error {
	if a.Accept == nil {
		return errors.New("accept is missing")
	}
	return validateID("ask", a.Ask)
}

// Routing is the data of routing.set.
type Routing struct {
	Routing string `json:"routing"` // AcceptingChats or NotAcceptingChats
}

// Validate tells what is wrong with r, or nil.
func (r Routing) Validate() error {
	if r.Routing != AcceptingChats && r.Routing != NotAcceptingChats {
		return fmt.Errorf("routing must be %s or %s", AcceptingChats, NotAcceptingChats)
	}
	return nil
}

// Activity is the data of activity: whether nobody works at the device any more. Only changes are worth sending.
type Activity struct {
	Idle *bool `json:"idle"` // needed
}

// Validate tells what is wrong with a, or nil.
func (a Activity) Validate() error {
	if a.Idle == nil {
		return errors.New("idle is missing")
	}
	return nil
}

func validateID(name, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%s is missing", name)
	case len(id) > MaxIDBytes:
		return fmt.Errorf("%s has more than %d bytes", name, MaxIDBytes)
	}
	return nil
}

// TokenRefresh is the data of token.refresh.
type TokenRefresh struct {
	Token string `json:"token"`
}

// Validate tells what is wrong with r, or nil.
func (r TokenRefresh) Validate() error {
	switch {
	case r.Token == "":
		return errors.New("token is missing")
	case len(r.Token) > MaxTokenBytes:
		return fmt.Errorf("token has more than %d bytes", MaxTokenBytes)
	}
	return nil
}

// Sync is the data of sync: the names of feeds to show as a whole; none: all. Unknown ones are ignored.
type Sync struct {
	Feeds []string `json:"feeds"`
}

// Names of feeds.
const (
	FeedBoard  = "board"
	FeedRoster = "roster"
)

// Validate tells what is wrong with s, or nil.
func (s Sync) Validate() error {
	if len(s.Feeds) > maxSyncFeeds {
		return fmt.Errorf("feeds has more than %d names", maxSyncFeeds)
	}
	return nil
}

// Empty is the data of requests and replies that have none. What a client puts there is ignored.
type Empty struct{}
