package lease

import (
	"errors"

	"github.com/redis/go-redis/v9"
)

// passing are the beginnings of error replies by which a server says that it can't serve now or not from here,
// or not this client. All else that a server answers to a script is the script's own failure.
var passing = []string{
	"LOADING", "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "NOREPLICAS", "MISCONF",
	"OOM", "BUSY", "UNKILLABLE", "NOAUTH", "WRONGPASS", "NOPERM",
	// These after "ERR ", which the client library does not count as part of it.
	"max number of clients", "AUTH", "Protocol error: unauthenticated", functionMissing,
}

// Unavailable tells whether an error of a call means that the server did not answer or would not, so that the
// call may be tried again later. False: the script failed, which is a bug or somebody else's data in its keys.
func Unavailable(err error) bool {
	if _, reply := errors.AsType[redis.Error](err); !reply {
		return true // connection, time-out, context
	}
	for _, prefix := range passing {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}
