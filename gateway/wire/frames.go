package wire

import (
	"encoding/json"
	"time"
)

// Welcome answers hello.
type Welcome struct {
	Session  string   `json:"session"`
	Resume   string   `json:"resume"`
	Resumed  bool     `json:"resumed"`
	Node     string   `json:"node"`
	License  License  `json:"license"`
	Teammate Teammate `json:"teammate"`
	Access   Access   `json:"access"`
	Seat     Seat     `json:"seat"`
	Board    Board    `json:"board"`
	Roster   []Entry  `json:"roster"` // nil: not asked for, or too large, and follows in snapshots
	Feeds    Feeds    `json:"feeds"`
	Limits   Limits   `json:"limits"`
}

// License is what an app is told of its license. Total is nil where there is no limit.
type License struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Cap    int    `json:"cap"`
	Total  *int   `json:"total"`
}

// Teammate is who is logged in.
type Teammate struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Operator      bool   `json:"operator"`
	Administrator bool   `json:"administrator"`
}

// Access is what a session may open in the product.
type Access struct {
	Inbox           string `json:"inbox"`
	Visitors        bool   `json:"visitors"`
	Team            bool   `json:"team"`
	OutgoingCalls   bool   `json:"outgoing_calls"`
	OutgoingClients bool   `json:"outgoing_clients"`
	Settings        bool   `json:"settings"`
	Statistics      bool   `json:"statistics"`
	Payments        bool   `json:"payments"`
	ClientList      string `json:"client_list"`
	Dialogues       string `json:"dialogues"`
	Tasks           string `json:"tasks"`
}

// Values of Access.Inbox, and of ClientList, Dialogues and Tasks.
const (
	InboxOpen        = "open"
	InboxNoSeat      = "no_seat"
	InboxNotOperator = "not_operator"

	ScopeAll = "all"
	ScopeOwn = "own"
)

// Limits are what the server holds a client to.
type Limits struct {
	FrameBytes int   `json:"frame_bytes"`
	Pending    int   `json:"pending"`
	PingMS     int64 `json:"ping_ms"`
}

// SeatReply is the data of ok to the seat calls.
type SeatReply struct {
	Seat Seat `json:"seat"`
}

// Explain is the data of ok to seat.explain. Total is nil where there is no limit.
type Explain struct {
	Would                  string   `json:"would"`
	Rule                   string   `json:"rule"`
	Cap                    int      `json:"cap"`
	Overage                string   `json:"overage"` // the policy
	Total                  *int     `json:"total"`   // the cap times it
	Used                   int      `json:"used"`
	Reserved               int      `json:"reserved"`                // seats that the teammate may not use
	ReservedAdministrators int      `json:"reserved_administrators"` // as the policy says
	AdministratorsSeated   int      `json:"administrators_seated"`   // who count towards those
	Holders                Holders  `json:"holders"`
	Waitlist               Waitlist `json:"waitlist"`
	Place                  *int     `json:"place"` // nil: the teammate does not wait
	RetryAfterMS           *int64   `json:"retry_after_ms"`
	NextChanceMS           *int64   `json:"next_chance_ms"`
}

// Values of Explain.Would.
const (
	WouldGrant  = "granted"
	WouldRefuse = "refused"
	WouldWait   = "waiting"
)

// SeatGranted tells a session that its teammate holds a seat that it did not itself ask for just now.
type SeatGranted struct {
	Seat  Seat   `json:"seat"`
	Cause string `json:"cause"`
}

// Values of SeatGranted.Cause.
const (
	CauseWaitlist    = "waitlist"     // it was the teammate's turn
	CauseHandOver    = "hand_over"    // a colleague gave theirs
	CauseRecovered   = "recovered"    // the engine lost its memory, or a command's answer was lost
	CauseOtherDevice = "other_device" // another session of the teammate took the seat
)

// SeatLost tells a session that its teammate's seat is gone.
type SeatLost struct {
	Number       int     `json:"number"`
	Fence        int64   `json:"fence"`
	Reason       string  `json:"reason"`
	By           *string `json:"by"`
	Message      string  `json:"message,omitempty"`
	RetryAfterMS *int64  `json:"retry_after_ms,omitempty"`
}

// LostLoggedOutRemotely is the reason of a SeatLost that comes before a close with [CloseLoggedOutRemotely].
const LostLoggedOutRemotely = "logged_out_remotely"

// SeatSuspension tells a session to stop acting on its seat until it is restored or lost: the server can't know now
// whether it still is the teammate's.
type SeatSuspension struct {
	Fence int64 `json:"fence"`
}

// SeatRestored tells a session that a suspended seat still is the teammate's.
type SeatRestored struct {
	Seat Seat `json:"seat"`
}

// SeatWarned tells a session that the seat is about to be lost, because nobody is active on any device of the
// teammate while somebody waits. Activity averts it.
type SeatWarned struct {
	Fence      int64  `json:"fence"`
	Reason     string `json:"reason"`
	DeadlineMS int64  `json:"deadline_ms"`
}

// WarnedIdle is why a seat is about to be lost.
const WarnedIdle = "idle"

// SeatUnwarned takes a warning back.
type SeatUnwarned struct {
	Fence int64 `json:"fence"`
}

// SeatTicket is a new ticket for the seat that is held.
type SeatTicket struct {
	Ticket      string `json:"ticket"`
	TicketTTLMS int64  `json:"ticket_ttl_ms"`
}

// WaitlistChanged tells a session that waits how its place or the length of the waitlist changed. A nil place is
// gone, without this session having given it up.
type WaitlistChanged struct {
	Place   *int `json:"place"`
	Waiting int  `json:"waiting"`
}

// AskMade is the data of ok to seat.ask.
type AskMade struct {
	Ask       string `json:"ask"`
	Delivered int    `json:"delivered"` // sessions that are shown it
	ExpiresMS int64  `json:"expires_ms"`
}

// AskReceived tells a holder that a colleague asks for the seat, or an administrator that one asks for more seats.
type AskReceived struct {
	Ask       string `json:"ask"`
	Of        string `json:"of,omitempty"` // the holder; "": the administrators are asked
	From      Person `json:"from"`
	Note      string `json:"note"`
	ExpiresMS int64  `json:"expires_ms"`
}

// Person is a teammate as others see them.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AskAnswered tells who asked what became of it.
type AskAnswered struct {
	Ask     string `json:"ask"`
	Outcome string `json:"outcome"`
}

// Values of AskAnswered.Outcome.
const (
	AskAccepted  = "accepted"
	AskDeclined  = "declined"
	AskExpired   = "expired"
	AskWithdrawn = "withdrawn"
)

// AccessChanged follows every change of access.
type AccessChanged struct {
	Access Access `json:"access"`
}

// LicenseChanged follows every change of what an app is told of its license.
type LicenseChanged struct {
	License License `json:"license"`
}

// TokenExpiring comes before a token's end, so that the app can refresh it.
type TokenExpiring struct {
	InMS int64 `json:"in_ms"`
}

// Draining asks the app to connect anew, to another node.
type Draining struct {
	ReconnectAfterMS int64 `json:"reconnect_after_ms"`
}

// Snapshot is whole feeds, in answer to sync or after changes were missed. A large roster comes in several, one after
// another: the first begins a new one, the others add to it, and with the last it is whole.
type Snapshot struct {
	Feeds  Feeds   `json:"feeds"`
	Board  *Board  `json:"board,omitempty"`
	Roster []Entry `json:"roster,omitempty"`
	First  bool    `json:"first,omitempty"` // of the roster's
	Last   bool    `json:"last,omitempty"`  // of the roster's
}

// Error is the data of an error reply.
type Error struct {
	Code         string `json:"code"`
	Message      string `json:"message"`
	Retryable    bool   `json:"retryable"`
	RetryAfterMS *int64 `json:"retry_after_ms,omitempty"`
}

// Error codes.
const (
	CodeBadRequest   = "bad_request"
	CodeUnknownType  = "unknown_type"
	CodeUnauthorized = "unauthorized"
	CodeForbidden    = "forbidden"
	CodeNotFound     = "not_found"
	CodeConflict     = "conflict"
	CodeRateLimited  = "rate_limited"
	CodeUnavailable  = "unavailable"
	CodeInternal     = "internal"
)

// More exact codes, of conflicts.
const (
	CodeNotSeated          = "not_seated"           // a call about a seat from who holds none, or of who holds none
	CodeNotAttached        = "not_attached"         // ask: who asks has not asked for a seat
	CodeNotPresent         = "not_present"          // no session that asked for a seat
	CodeAlreadySeated      = "already_seated"       // hand over, ask
	CodeNotOperator        = "not_operator"         // hand over; or a refusal
	CodeCooldown           = "cooldown"             // hand over; or a refusal
	CodeNotAsked           = "not_asked"            // hand over
	CodeHandOverOff        = "hand_over_off"        // hand over
	CodeWarned             = "warned"               // hand over
	CodeAlreadyAsked       = "already_asked"        // ask
	CodeTooManyConnections = "too_many_connections" // at hello the connection is closed with it
)

// ClientFrame is a frame of a client. Data is a JSON object as it came, or nil.
type ClientFrame struct {
	ID   string
	Type string
	Data json.RawMessage
}

// ServerFrame is a frame of a server. Feed frames carry their range beside data.
type ServerFrame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Epoch   string          `json:"epoch,omitempty"`
	From    *uint64         `json:"from,omitempty"`
	Version *uint64         `json:"version,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Time cuts a time to what the wire shows: UTC, milliseconds.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// MS is a duration in whole milliseconds, rounded up, so that a client never comes back too early; 0 for what
// is over already.
func MS(d time.Duration) int64 {
	ms := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		ms++
	}
	return max(ms, 0)
}
