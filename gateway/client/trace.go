package client

import "usher/gateway/wire"

// Trace is shown what goes over a client's connections, for who measures a server or checks what it says. Its functions are called
// from within the client: they must be quick, and may not call it.
type Trace struct {
	// Sending is shown each request before it is written, hello among them, with the number that its answer will have. Numbers begin
	// anew with each connection. It may be called by several goroutines at once.
	Sending func(call uint64, typ string, data any)
	// Received is shown each frame before the client acts on it, with the number of the request that it answers, or 0 when it
	// answers none. It is called by one goroutine, in the order in which frames came.
	Received func(call uint64, f wire.ServerFrame)
}

func (t *Trace) sending(call uint64, typ string, data any) {
	if t != nil {
		t.Sending(call, typ, data)
	}
}

func (t *Trace) received(call uint64, f wire.ServerFrame) {
	if t != nil {
		t.Received(call, f)
	}
}

// follow notes how far a feed has come that is left to the trace.
func (c *Client) follow(p *position, f wire.ServerFrame) {
	if f.Version == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p.replace(wire.Position{Epoch: f.Epoch, Version: *f.Version})
}

// skipped is a field that is not read, only whether it is there.
type skipped bool

func (s *skipped) UnmarshalJSON(b []byte) error {
	*s = skipped(string(b) != "null")
	return nil
}

// bareWelcome is a welcome without board and roster, which are most of it and cost most to read.
type bareWelcome struct {
	wire.Welcome
	Board  skipped `json:"board"`
	Roster skipped `json:"roster"`
	Seat   struct {
		wire.Seat
		Holders skipped `json:"holders"`
	} `json:"seat"`
}

func (b *bareWelcome) bare() wire.Welcome {
	w := b.Welcome
	w.Seat = b.Seat.Seat
	if b.Roster {
		w.Roster = []wire.Entry{}
	}
	return w
}

// bare is a frame whose board and roster are empty: reading all that is in them takes much longer than finding where they end.
func bare(f wire.ServerFrame) wire.ServerFrame {
	f.Data = wire.Hollow(f.Data, "board", "roster")
	return f
}

// bareSnapshot is a snapshot likewise.
type bareSnapshot struct {
	wire.Snapshot
	Board  skipped `json:"board"`
	Roster skipped `json:"roster"`
}

// followSnapshot notes how far a whole board is, and a roster of which the last part has come.
func (c *Client) followSnapshot(v bareSnapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := v.Feeds.Board; at != nil && v.Board {
		c.board.position.replace(*at)
	}
	if at := v.Feeds.Roster; at != nil && v.Last {
		c.roster.position.replace(*at)
	}
}
