package lease

import (
	"sync/atomic"
	"time"
)

// Clock estimates the server's time from what replies told, by the local monotonic clock in between. An estimate
// is behind by the time that the reply took to arrive. The zero value knows nothing yet; a Clock is safe for
// concurrent use.
type Clock struct {
	last atomic.Pointer[reading]
}

type reading struct {
	server time.Time
	local  time.Time
}

// learnEvery bounds how often a reading is replaced: clocks drift little within it.
const learnEvery = time.Second

// tolerance is how far a reading may be off before it is replaced at once: the server's clock was set, or
// another master with another clock answered.
const tolerance = 100 * time.Millisecond

// Learn takes what a reply said the server's time was.
func (c *Clock) Learn(server time.Time) {
	local := time.Now()
	if last := c.last.Load(); last != nil {
		passed := local.Sub(last.local)
		off := server.Sub(last.server.Add(passed)).Abs()
		if passed < learnEvery && off < tolerance {
			return
		}
	}
	c.last.Store(&reading{server: server, local: local})
}

// Now is the server's time as estimated. ok is false as long as nothing was learnt.
func (c *Clock) Now() (now time.Time, ok bool) {
	last := c.last.Load()
	if last == nil {
		return time.Time{}, false
	}
	return last.server.Add(time.Since(last.local)), true
}
