package wire

// Client frame types.
const (
	TypeHello        = "hello"
	TypeSeatTake     = "seat.take"
	TypeSeatWait     = "seat.wait"
	TypeSeatUnwait   = "seat.unwait"
	TypeSeatLeave    = "seat.leave"
	TypeSeatHandOver = "seat.hand_over"
	TypeSeatAsk      = "seat.ask"
	TypeSeatAnswer   = "seat.answer"
	TypeSeatExplain  = "seat.explain"
	TypeRoutingSet   = "routing.set"
	TypeActivity     = "activity"
	TypeStatusSet    = "status.set"
	TypeLogout       = "logout"
	TypeTokenRefresh = "token.refresh"
	TypeSync         = "sync"
)

// Server frame types.
const (
	TypeOK             = "ok"
	TypeWelcome        = "welcome"
	TypeError          = "error"
	TypeSeatGranted    = "seat.granted"
	TypeSeatLost       = "seat.lost"
	TypeSeatSuspended  = "seat.suspended"
	TypeSeatRestored   = "seat.restored"
	TypeSeatWarned     = "seat.warned"
	TypeSeatUnwarned   = "seat.warning_withdrawn"
	TypeSeatTicket     = "seat.ticket"
	TypeWaitlist       = "waitlist.changed"
	TypeAskReceived    = "ask.received"
	TypeAskAnswered    = "ask.answered"
	TypeAccessChanged  = "access.changed"
	TypeLicenseChanged = "license.changed"
	TypeTokenExpiring  = "token.expiring"
	TypeDraining       = "server.draining"
	TypeBoardChanged   = "board.changed"
	TypeRosterChanged  = "roster.changed"
	TypeSnapshot       = "snapshot"
)
