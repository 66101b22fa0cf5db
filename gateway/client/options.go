package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"

	"usher/gateway/wire"
)

// Ask is what a connection asks for when it logs in.
type Ask string

// What may be asked for.
const (
	SeatAuto Ask = wire.AskAuto // a seat
	SeatWait Ask = wire.AskWait // a seat, or a place in line
	SeatNone Ask = wire.AskNone // to be online, nothing more
)

// Dial opens a WebSocket, as [websocket.Dial] does.
type Dial func(ctx context.Context, url string, o *websocket.DialOptions) (*websocket.Conn, *http.Response, error)

// Options configure a [Client]. URL and Token are required.
type Options struct {
	// URL of the server's /v1/agent: ws, wss, http or https. Tokens never go into it.
	URL string
	// Token returns an access token that is good now. It is called for each connection and when a token ends
	// soon, maybe by several goroutines at once, and must return when its context ends. After an error the
	// client tries again later, unless the error wraps [ErrGiveUp].
	Token func(context.Context) (string, error)
	// Device names what the teammate works on, at most 32 bytes.
	Device string
	// Seat is what the first connection asks for; "" is SeatAuto.
	Seat Ask
	// OnEvent is told what happens, one event at a time, in order. Nothing is read from the server until it
	// returns: it must be quick, and a request made from within it can't be answered; start a goroutine for
	// that. nil: nobody is told.
	OnEvent func(Event)
	// Tickets asks for tickets: see [Client.Ticket].
	Tickets bool
	// NoBoard leaves the board out: [Client.Board] and [Client.State] have no holders and no waitlist, and there is no
	// [BoardChanged]. A refusal that Take returns has them.
	NoBoard bool
	// NoRoster leaves the roster out: the server is asked for none, [Client.Roster] is empty, and there is no
	// [RosterChanged].
	NoRoster bool
	// Trace is shown what goes over the connections; nil: nobody is.
	Trace *Trace
	// Traced leaves both feeds to Trace, which is needed then: the server is asked for board and roster, but the client keeps neither,
	// only how far it was shown them. It tells no [BoardChanged] and no [RosterChanged], and sends no sync for what is missing.
	// NoRoster with it asks the server for no roster.
	Traced bool

	// HandshakeTimeout bounds dialling and being welcomed, together. Default 10 s.
	HandshakeTimeout time.Duration
	// RequestTimeout bounds a request, besides its context. Default 10 s.
	RequestTimeout time.Duration
	// ReadLimit is the largest frame taken from the server, in bytes. Default 8 MiB: a welcome has the whole
	// board in it.
	ReadLimit int64

	// Dial defaults to websocket.Dial.
	Dial Dial
	// Rand returns numbers in [0, 1) for the jitter; it defaults to math/rand/v2.
	Rand func() float64
	// Sleep waits between connections and returns early, with an error, when its context ends. It defaults to
	// a timer.
	Sleep func(context.Context, time.Duration) error
	// Now measures how long connections and tickets live. It defaults to time.Now.
	Now func() time.Time
}

const (
	defaultTimeout   = 10 * time.Second
	defaultReadLimit = 8 << 20
)

func (o Options) validate() error {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return errors.New("client: URL can't be parsed")
	case u.Scheme != "ws" && u.Scheme != "wss" && u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("client: URL must be a full ws, wss, http or https URL")
	case o.Token == nil:
		return errors.New("client: Token is missing")
	case len(o.Device) > wire.MaxDeviceBytes:
		return fmt.Errorf("client: Device has more than %d bytes", wire.MaxDeviceBytes)
	case o.Seat != "" && o.Seat != SeatAuto && o.Seat != SeatWait && o.Seat != SeatNone:
		return errors.New("client: Seat must be SeatAuto, SeatWait or SeatNone")
	case o.Traced && o.Trace == nil:
		return errors.New("client: Traced needs a Trace")
	case o.Trace != nil && (o.Trace.Sending == nil || o.Trace.Received == nil):
		return errors.New("client: Trace needs both of its functions")
	}
	return nil
}

func (o Options) withDefaults() Options {
	o.Seat = cmp.Or(o.Seat, SeatAuto)
	o.HandshakeTimeout = cmp.Or(o.HandshakeTimeout, defaultTimeout)
	o.RequestTimeout = cmp.Or(o.RequestTimeout, defaultTimeout)
	o.ReadLimit = cmp.Or(o.ReadLimit, defaultReadLimit)
	if o.OnEvent == nil {
		o.OnEvent = func(Event) {}
	}
	if o.Dial == nil {
		o.Dial = websocket.Dial
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
