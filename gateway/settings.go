package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"time"

	"usher/presence"
	"usher/seats"

	"go.opentelemetry.io/otel/metric"
)

// Options are what a [Server] is made of. The zero value of a field is its default; fields without one are needed.
type Options struct {
	Store    seats.Store          // needed
	Presence *presence.Attendance // needed
	Records  Records              // needed
	Tokens   Authenticator        // needed
	Ledger   Ledger               // is told what happens; nil: nobody is
	Tickets  Tickets              // signs tickets; nil: there are none, and who asks for them gets none

	Node  seats.NodeID  // this process, unique among all that ever served; default: random
	Lease time.Duration // of the node on each license; default 15 s

	// TicketTTL is how long a ticket lives; default 20 s. No license's grace may be shorter than it and a second.
	TicketTTL time.Duration

	Origins []string // patterns of allowed Origin hosts; default: all, since the token alone decides

	FrameBytes      int           // the largest frame of a client; default 16 KiB
	FramesPerSecond float64       // a client's sustained rate of frames and pings; default 20
	FrameBurst      int           // frames at once; default 60. A client that is this far beyond is closed
	Pending         int           // requests of a client not answered yet; default 16
	OutboxBytes     int           // what may wait to be written to a client; default 256 KiB. More closes it. No frame counts for more than a quarter
	Connections     int           // at most, of this node; default 100,000
	Logins          int           // that are asking directory and engine at once; default 256
	HelloTimeout    time.Duration // default 5 s
	FrameTimeout    time.Duration // for a frame begun to arrive, or to be written; default 10 s
	PingInterval    time.Duration // default 25 s
	PongTimeout     time.Duration // default 10 s
	TokenWarning    time.Duration // before a token's end; default 60 s
	RetryAfter      time.Duration // told to clients when something is unavailable; default 1 s

	EngineTimeout time.Duration // for one batch; default 3 s
	BoardTick     time.Duration // changes of a board within it leave as one frame; default 20 ms. Frames are 0.1 ms further apart for each session
	RosterTick    time.Duration // the same of a roster, but that a change which comes alone is shown at once; default 20 ms
	Resync        time.Duration // boards and rosters are read anew this often; default 30 s
	Poll          time.Duration // the database is asked for changed revisions this often; default 30 s
	Linger        time.Duration // a floor that nobody uses is kept this long; default 10 s

	Now    func() time.Time // default [time.Now]
	Rand   func() float64   // in [0, 1), for jitter; default math/rand
	NewID  func() string    // of a session or an ask, without its prefix; default: random
	Logger *slog.Logger     // default [slog.Default]
	Meters metric.MeterProvider
}

// settings are Options with the defaults filled in, and what follows from them.
type settings struct {
	Options
	SealResume func(Resume) string
	flow       rate // of a client's frames
	began      time.Time
}

// since is the time that has passed on the node's clock since it began.
func (s *settings) since() time.Duration { return s.Now().Sub(s.began) }

func or[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func (o Options) withDefaults() *settings {
	or(&o.Node, seats.NodeID("node_"+randomID()))
	or(&o.Lease, 15*time.Second)
	or(&o.TicketTTL, 20*time.Second)
	or(&o.FrameBytes, 16<<10)
	or(&o.FramesPerSecond, 20)
	or(&o.FrameBurst, 60)
	or(&o.Pending, 16)
	or(&o.OutboxBytes, 256<<10)
	or(&o.Connections, 100_000)
	or(&o.Logins, 256)
	or(&o.HelloTimeout, 5*time.Second)
	or(&o.FrameTimeout, 10*time.Second)
	or(&o.PingInterval, 25*time.Second)
	or(&o.PongTimeout, 10*time.Second)
	or(&o.TokenWarning, time.Minute)
	or(&o.RetryAfter, time.Second)
	or(&o.EngineTimeout, 3*time.Second)
	or(&o.BoardTick, 20*time.Millisecond)
	or(&o.RosterTick, 20*time.Millisecond)
	or(&o.Resync, 30*time.Second)
	or(&o.Poll, 30*time.Second)
	or(&o.Linger, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = randomFloat
	}
	if o.NewID == nil {
		o.NewID = randomID
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &settings{Options: o, SealResume: o.Tokens.SealResume, flow: rate{o.FramesPerSecond, o.FrameBurst}, began: o.Now()}
}

// randomID is 128 random bits.
func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
