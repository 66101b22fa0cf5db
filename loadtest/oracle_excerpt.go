package loadtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// event is something that an agent did or was told, as evidence has it. The zero event is none: it lies before the run.
type event struct {
	at    time.Duration
	agent Agent
	kind  Kind
	op    Op
	seat  Seat
	code  string
}

func eventOf(t Told) event { return event{t.At, t.Agent, t.Kind, t.Op, t.Seat, t.Code} }

func (m event) none() bool { return m.kind == 0 }

// nobody is whom an event is of that is no agent's: its code says it all.
var nobody = Agent{Teammate: -1}

// maxEvidence is how many lines show a violation at most.
const maxEvidence = 12

// evidence is events as lines, in their order, each once.
func (b *book) evidence(moments ...event) []string {
	moments = slices.DeleteFunc(moments, event.none)
	slices.SortStableFunc(moments, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	lines := []string{}
	for _, m := range slices.Compact(moments) {
		lines = append(lines, b.sentence(m))
	}
	if more := len(lines) - maxEvidence; more > 0 { // the latest is what the others lead to
		lines = append(append(lines[:maxEvidence-2], fmt.Sprintf("… %d more like these", more+1)), lines[len(lines)-1])
	}
	return lines
}

// sentence is an event as a line of evidence: its time in seconds, teammate/device, and what.
func (b *book) sentence(m event) string {
	if m.agent == nobody {
		return fmt.Sprintf("%12.6f  %s", m.at.Seconds(), m.code)
	}
	return fmt.Sprintf("%12.6f  %s/%d  %s", m.at.Seconds(), b.name(m.agent.Teammate), m.agent.Device, m.what())
}

// name is a teammate's id.
func (b *book) name(teammate int32) string { return b.facts.Teammates[teammate] }

func (m event) what() string {
	switch m.kind {
	case Connecting:
		return "sends hello, " + m.op.String()
	case Asked:
		return "sends " + m.op.String()
	case Welcomed:
		return "hears welcome: " + m.told()
	case Answered:
		return fmt.Sprintf("hears the answer to %s: %s", m.op, m.told())
	case Failed:
		return fmt.Sprintf("hears that %s failed: %s", m.op, m.code)
	case Unknown:
		return fmt.Sprintf("hears no answer to %s", m.op)
	case Granted:
		return "is granted: " + m.told()
	case Lost:
		return fmt.Sprintf("hears that seat %d, fence %d is lost: %s", m.seat.Number, m.seat.Fence, m.code)
	case Suspended:
		return "hears that the seat is suspended"
	case Restored:
		return "hears that the seat is restored: " + m.told()
	case Placed:
		return fmt.Sprintf("hears to be in place %d", m.seat.Place)
	case Disconnected:
		return "is disconnected"
	default:
		return m.code
	}
}

// told is a seat as it was told.
func (m event) told() string {
	why := ""
	if m.code != "" {
		why = " (" + m.code + ")"
	}
	switch m.seat.State {
	case SeatHeld:
		return fmt.Sprintf("seat %d, fence %d%s", m.seat.Number, m.seat.Fence, why)
	case SeatSuspended:
		return fmt.Sprintf("seat %d, fence %d, suspended", m.seat.Number, m.seat.Fence)
	case SeatWaiting:
		return fmt.Sprintf("waiting in place %d", m.seat.Place)
	case SeatRefused:
		return "refused" + why
	default:
		return "no seat"
	}
}

// String is the operation as the wire has it.
func (o Op) String() string {
	switch o {
	case OpLogin:
		return "without a seat"
	case OpTake:
		return "take"
	case OpWait:
		return "wait"
	case OpUnwait:
		return "unwait"
	case OpLeave:
		return "leave"
	case OpLogout:
		return "logout"
	case OpStatus:
		return "status"
	case OpIdle:
		return "activity"
	case OpHandOver:
		return "hand over"
	default:
		return "nothing"
	}
}
