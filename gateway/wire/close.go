package wire

// CloseCode is a WebSocket close code of usher.v1.
type CloseCode int

// Close codes. The names are the reasons sent with them.
const (
	CloseDraining           CloseCode = 4000
	CloseTokenExpired       CloseCode = 4001
	CloseSlowConsumer       CloseCode = 4002
	CloseConnectionTimeout  CloseCode = 4003
	CloseInternalError      CloseCode = 4004
	CloseHelloTimeout       CloseCode = 4008
	CloseRateLimited        CloseCode = 4029
	CloseUnauthorized       CloseCode = 4500
	CloseLoggedOut          CloseCode = 4501
	CloseLoggedOutRemotely  CloseCode = 4502
	CloseTeammateRemoved    CloseCode = 4504
	CloseTooManyConnections CloseCode = 4505
	CloseUnsupportedVersion CloseCode = 4506
	CloseProtocolViolation  CloseCode = 4507
	CloseTokenRevoked       CloseCode = 4508
	CloseResumedElsewhere   CloseCode = 4509
	CloseGoingAway          CloseCode = 1001
	CloseAbnormal           CloseCode = 1006
	CloseServiceRestart     CloseCode = 1012
	CloseTryAgainLater      CloseCode = 1013
)

var closeReasons = map[CloseCode]string{
	CloseDraining:           "draining",
	CloseTokenExpired:       "access_token_expired",
	CloseSlowConsumer:       "slow_consumer",
	CloseConnectionTimeout:  "connection_timeout",
	CloseInternalError:      "internal_error",
	CloseHelloTimeout:       "hello_timeout",
	CloseRateLimited:        "rate_limited",
	CloseUnauthorized:       "unauthorized",
	CloseLoggedOut:          "logged_out",
	CloseLoggedOutRemotely:  "logged_out_remotely",
	CloseTeammateRemoved:    "teammate_removed",
	CloseTooManyConnections: "too_many_connections",
	CloseUnsupportedVersion: "unsupported_version",
	CloseProtocolViolation:  "protocol_violation",
	CloseTokenRevoked:       "access_token_revoked",
	CloseResumedElsewhere:   "resumed_elsewhere",
	CloseGoingAway:          "going_away",
	CloseServiceRestart:     "service_restart",
	CloseTryAgainLater:      "try_again_later",
}

// Reason is the text sent with the code, or "".
func (c CloseCode) Reason() string { return closeReasons[c] }

// Reconnect tells whether a client should come back by itself after being closed with this code.
func (c CloseCode) Reconnect() bool {
	switch c {
	case CloseGoingAway, CloseAbnormal, CloseServiceRestart, CloseTryAgainLater:
		return true
	}
	return c >= 4000 && c < 4500
}
