package wire_test

import (
	"testing"

	"usher/gateway/wire"
)

// TestCloseCodes is the table of the guide, with the codes of RFC 6455 that it names.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	table := map[wire.CloseCode]struct {
		code      int
		reason    string
		reconnect bool
	}{
		wire.CloseDraining:           {4000, "draining", true},
		wire.CloseTokenExpired:       {4001, "access_token_expired", true},
		wire.CloseSlowConsumer:       {4002, "slow_consumer", true},
		wire.CloseConnectionTimeout:  {4003, "connection_timeout", true},
		wire.CloseInternalError:      {4004, "internal_error", true},
		wire.CloseHelloTimeout:       {4008, "hello_timeout", true},
		wire.CloseRateLimited:        {4029, "rate_limited", true},
		wire.CloseUnauthorized:       {4500, "unauthorized", false},
		wire.CloseLoggedOut:          {4501, "logged_out", false},
		wire.CloseLoggedOutRemotely:  {4502, "logged_out_remotely", false},
		wire.CloseTeammateRemoved:    {4504, "teammate_removed", false},
		wire.CloseTooManyConnections: {4505, "too_many_connections", false},
		wire.CloseUnsupportedVersion: {4506, "unsupported_version", false},
		wire.CloseProtocolViolation:  {4507, "protocol_violation", false},
		wire.CloseTokenRevoked:       {4508, "access_token_revoked", false},
		wire.CloseResumedElsewhere:   {4509, "resumed_elsewhere", false},
		wire.CloseGoingAway:          {1001, "going_away", true},
		wire.CloseAbnormal:           {1006, "", true}, // never sent: there was no close frame
		wire.CloseServiceRestart:     {1012, "service_restart", true},
		wire.CloseTryAgainLater:      {1013, "try_again_later", true},
	}
	for c, want := range table {
		if int(c) != want.code || c.Reason() != want.reason || c.Reconnect() != want.reconnect {
			t.Errorf("%d %q reconnect %v, want %+v", c, c.Reason(), c.Reconnect(), want)
		}
		if len(c.Reason()) > 123 {
			t.Errorf("%d: a close frame has no room for its reason", c)
		}
	}
	for c := range wire.CloseCode(6000) {
		_, known := table[c]
		if c.Reason() != "" && !known {
			t.Errorf("%d has a reason and no row", c)
		}
		if want := c >= 4000 && c < 4500 || c == 1001 || c == 1006 || c == 1012 || c == 1013; c.Reconnect() != want {
			t.Errorf("%d: reconnect %v", c, c.Reconnect())
		}
	}
}
