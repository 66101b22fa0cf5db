package loadtest

import "time"

// Agent names one simulated agent app: a device of a teammate.
type Agent struct {
	License  int32 // of the run's licenses, from 0
	Teammate int32 // of the license's, from 0
	Device   int32 // of the teammate's, from 0
}

// Told is one thing that an agent did or was told. Those of one agent come in the order in which it did and was told them; which
// fields count follows from Kind.
type Told struct {
	At    time.Duration // since the run began
	Agent Agent
	Kind  Kind

	// Call numbers the requests of an agent, from 1: an answer has that of its request. The request of a Connecting is its hello.
	Call uint32
	Op   Op

	// The seat as it was told with Welcomed, Answered, Granted, Lost, Suspended, Restored and Placed.
	Seat Seat

	// Code says more: of a refusal, why; of Granted, the cause; of Lost, the reason; of Failed, the error's code; of Disconnected, the
	// close code.
	Code string

	// Node is the id of the node that welcomed the agent.
	Node string

	// What a feed showed.
	Feed     Feed
	Audience uint8 // who is shown the feed alike has the same; feeds of different ones are not compared
	Epoch    string
	From     uint64 // of a change: what it builds upon; 0 of a whole feed
	Version  uint64
	Digest   uint64 // of the whole feed at that version, as the agent has it; equal digests are equal feeds. 0: not known
}

// Kind is what happened.
type Kind uint8

// The kinds of what is told.
const (
	Connecting   Kind = iota + 1 // a hello was sent: Call, Op; the agent may hold what it held
	Welcomed                     // Call, Seat, Node: the hello was answered
	Asked                        // Call, Op: a request was sent
	Answered                     // Call, Op, Seat, and Code of a refusal
	Failed                       // Call, Op, Code: the request was answered with an error: it did nothing
	Unknown                      // Call, Op: no answer came: it may have happened or not, or happen yet
	Granted                      // Seat, Code
	Lost                         // Seat (number and fence), Code
	Suspended                    // Seat (fence)
	Restored                     // Seat
	Placed                       // Seat (place): where the agent stands in line; place 0: no longer
	Showed                       // Feed, Epoch, From, Version, Digest
	Disconnected                 // Code
)

// Op is what was asked for.
type Op uint8

// What is asked for.
const (
	OpNone  Op = iota
	OpLogin    // a hello that asks for no seat
	OpTake     // seat.take, or a hello that asks for one
	OpWait     // seat.wait, or a hello that asks for one or a place in line
	OpUnwait
	OpLeave
	OpLogout
	OpStatus   // status.set
	OpIdle     // activity
	OpHandOver // seat.hand_over, or an ask accepted
)

// Feed is one of a license's two.
type Feed uint8

// The feeds.
const (
	FeedBoard Feed = iota + 1
	FeedRoster
)

// Seat is what an agent was told of its seat.
type Seat struct {
	State  SeatState
	Number int32
	Fence  int64
	Place  int32
}

// SeatState is one of WIRE's states.
type SeatState uint8

// The states of a seat, as the wire has them.
const (
	SeatNone SeatState = iota
	SeatHeld
	SeatSuspended
	SeatWaiting
	SeatRefused
)

// Listener hears what agents do and are told. It is called by many goroutines at once, those of one agent one after another, and
// must be quick: the agent waits for it.
type Listener interface {
	Hear(t Told)
}
