package lease

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"
)

// LogTo makes the Redis client library log to log, in place of lines of its own on standard error, which nobody who
// reads JSON expects. The library has one logger for the whole process: only a program's main package may call
// this, once, before it connects.
func LogTo(log *slog.Logger) { redis.SetLogger(libraryLog{log}) }

type libraryLog struct{ log *slog.Logger }

// Printf is called by the library, mostly about connections that failed; it tells no level.
func (l libraryLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.WarnContext(ctx, "redis client", "says", strings.TrimSpace(fmt.Sprintf(format, args...)))
}
