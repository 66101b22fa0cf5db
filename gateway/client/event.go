package client

import (
	"time"

	"usher/gateway/wire"
)

// Event is something that happened: one of the types in this file.
type Event interface{ event() }

// Welcomed says that a connection is open. With Options.NoBoard the board in it has no holders. The roster in it is nil where
// it is too large for one frame, and with Options.NoRoster.
type Welcomed struct{ Welcome wire.Welcome }

// SeatGranted says that the teammate holds a seat that this client did not ask for just now.
type SeatGranted struct {
	Seat  wire.Seat
	Cause string // one of wire.Cause…
}

// SeatLost says that the teammate's seat is gone, and why.
type SeatLost struct{ Lost wire.SeatLost }

// SeatSuspended says not to act on the seat until it is restored or lost: the server can't know now whether it still is
// the teammate's, or its ticket's time is over.
type SeatSuspended struct{ Fence int64 }

// SeatRestored says that a suspended seat still is the teammate's.
type SeatRestored struct{ Seat wire.Seat }

// SeatWarned says that the seat is lost after that time, unless somebody is active: see [Client.SetIdle].
type SeatWarned struct {
	Fence    int64
	Reason   string
	Deadline time.Duration
}

// WarningWithdrawn says that the seat is not about to be lost any more.
type WarningWithdrawn struct{ Fence int64 }

// TicketRenewed says that there is another ticket for the seat: see [Client.Ticket].
type TicketRenewed struct {
	Ticket string
	TTL    time.Duration
}

// WaitlistChanged says where the teammate stands in line, and how many wait. Place 0: the place is gone, without this
// client having given it up.
type WaitlistChanged struct{ Place, Waiting int }

// AskReceived says that a colleague asks for the seat, or the administrators for more: see [Client.Answer].
type AskReceived struct {
	Ask     string
	Of      string // this teammate, whose seat is asked for; "": the administrators are asked
	From    wire.Person
	Note    string
	Expires time.Duration
}

// AskAnswered says what became of an ask of the teammate's: one of wire.Ask….
type AskAnswered struct{ Ask, Outcome string }

// AccessChanged says what the teammate may open from now on.
type AccessChanged struct{ Access wire.Access }

// LicenseChanged says what the license is from now on.
type LicenseChanged struct{ License wire.License }

// BoardChanged says that the board is another; [Client.Board] has it.
type BoardChanged struct{ At wire.Position }

// RosterChanged says that the roster is another; [Client.Roster] has it.
type RosterChanged struct{ At wire.Position }

// TokenExpiring says that the token ends soon. Options.Token is asked for another.
type TokenExpiring struct{ In time.Duration }

// TokenRefreshed says what came of that. After an error the connection ends with the token, and the client
// reconnects.
type TokenRefreshed struct{ Err error }

// Draining says that the server goes away. The client reconnects by itself after that time.
type Draining struct{ ReconnectAfter time.Duration }

// Disconnected says that a connection is over or could not be made.
type Disconnected struct {
	Code      wire.CloseCode // CloseAbnormal when no close frame came
	Err       error          // what went wrong; nil after an orderly close
	Reconnect bool           // false: Run ends
	In        time.Duration  // when Reconnect: the delay before it
}

// ServerError is an error that answers no request of ours.
type ServerError struct{ Err *Error }

func (Welcomed) event()         {}
func (SeatGranted) event()      {}
func (SeatLost) event()         {}
func (SeatSuspended) event()    {}
func (SeatRestored) event()     {}
func (SeatWarned) event()       {}
func (WarningWithdrawn) event() {}
func (TicketRenewed) event()    {}
func (WaitlistChanged) event()  {}
func (AskReceived) event()      {}
func (AskAnswered) event()      {}
func (AccessChanged) event()    {}
func (LicenseChanged) event()   {}
func (BoardChanged) event()     {}
func (RosterChanged) event()    {}
func (TokenExpiring) event()    {}
func (TokenRefreshed) event()   {}
func (Draining) event()         {}
func (Disconnected) event()     {}
func (ServerError) event()      {}
