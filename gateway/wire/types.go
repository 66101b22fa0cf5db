package wire

// Client frame types.
const (
	TypeHello        = "hello"
	TypeSeatTake     = "seat.take"
	TypeSeatLeave    = "seat.leave"
	TypeSeatExplain  = "seat.explain"
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
	TypeAccessChanged  = "access.changed"
	TypeLicenseChanged = "license.changed"
	TypeTokenExpiring  = "token.expiring"
	TypeDraining       = "server.draining"
	TypeBoardChanged   = "board.changed"
	TypeSnapshot       = "snapshot"
)
