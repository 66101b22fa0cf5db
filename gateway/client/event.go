package client

import (
	"time"

	"usher/gateway/wire"
)

// Event is something that happened: one of the types in this file.
type Event interface{ event() }

// Welcomed says that a connection is open. With Options.NoBoard the board in it has no holders.
type Welcomed struct{ Welcome wire.Welcome }

// SeatGranted says that the teammate holds a seat that this client did not ask for just now.
type SeatGranted struct {
	Seat  wire.Seat
	Cause string // one of wire.Cause…
}

// SeatLost says that the teammate's seat is gone, and why.
type SeatLost struct{ Lost wire.SeatLost }

// AccessChanged says what the teammate may open from now on.
type AccessChanged struct{ Access wire.Access }

// LicenseChanged says what the license is from now on.
type LicenseChanged struct{ License wire.License }

// BoardChanged says that the board is another; [Client.Board] has it.
type BoardChanged struct{ At wire.Position }

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

func (Welcomed) event()       {}
func (SeatGranted) event()    {}
func (SeatLost) event()       {}
func (AccessChanged) event()  {}
func (LicenseChanged) event() {}
func (BoardChanged) event()   {}
func (TokenExpiring) event()  {}
func (TokenRefreshed) event() {}
func (Draining) event()       {}
func (Disconnected) event()   {}
func (ServerError) event()    {}
