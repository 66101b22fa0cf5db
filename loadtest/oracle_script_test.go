package loadtest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/gateway/wire"
)

// script is a history as tests write it down, a line for each thing that is told, a second after the one before:
//
//	ann hello take            ann/1 sends leave         ann welcome held 1 f10      ann answer leave none
//	ann granted 1 f10 waitlist ann lost 1 f10 freed     ann placed 2                ann drops
//	ann failed leave conflict ann unknown take          ann suspended 1 f10         ann restored 1 f10
//	ann board e1 3 5 77       (epoch, from, version, digest; roster alike)
//	end ann:1:f10 | bob       (holders, then who waits)  end e1/5 ann:1:f10
type script struct {
	t     *testing.T
	facts LicenseFacts
	hear  func(Told)
	now   time.Duration
	calls map[Agent]uint32
	open  map[Agent][]Told
	ends  []Ending
}

var people = []string{"ann", "bob", "cid", "dan", "eve"}

// play tells a history to an oracle and returns what it says.
func play(t *testing.T, facts LicenseFacts, history string) Verdict {
	t.Helper()
	facts.ID, facts.Teammates = "lic", people
	o := NewOracle(OracleOptions{Licenses: []LicenseFacts{facts}, Digest: func(b wire.Board) uint64 { return uint64(b.Used) }})
	s := script{t: t, facts: facts, hear: o.Hear, calls: map[Agent]uint32{}, open: map[Agent][]Told{}}
	for line := range strings.Lines(history) {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
			s.line(words)
		}
	}
	v := o.Finish(t.Context(), s.ends)
	select {
	case <-o.Broken():
		if len(v.Violations) == 0 {
			t.Error("broken without a violation")
		}
	default:
		if len(v.Violations) > 0 {
			t.Error("a violation, and not broken")
		}
	}
	return v
}

func (s *script) line(words []string) {
	s.t.Helper()
	if words[0] == "end" {
		s.end(words[1:])
		return
	}
	s.now += time.Second
	who, device, _ := strings.Cut(words[0], "/")
	told := Told{At: s.now, Agent: Agent{Teammate: s.mate(who), Device: int32(s.number(device))}}
	rest := words[2:]
	switch words[1] {
	case "hello":
		told.Kind = Connecting
		s.ask(&told, rest[0])
	case "sends":
		told.Kind = Asked
		s.ask(&told, rest[0])
	case "welcome":
		told.Kind = Welcomed
		s.answers(&told, "")
		s.seat(&told, rest)
	case "answer":
		told.Kind = Answered
		s.answers(&told, rest[0])
		s.seat(&told, rest[1:])
	case "failed":
		told.Kind, told.Code = Failed, rest[1]
		s.answers(&told, rest[0])
	case "unknown":
		told.Kind = Unknown
		s.answers(&told, rest[0])
	case "granted", "lost", "suspended", "restored":
		told.Kind = map[string]Kind{"granted": Granted, "lost": Lost, "suspended": Suspended, "restored": Restored}[words[1]]
		s.seat(&told, append([]string{"held"}, rest...))
	case "placed":
		told.Kind, told.Seat = Placed, Seat{State: SeatWaiting, Place: int32(s.number(rest[0]))}
	case "board", "roster":
		told.Kind, told.Feed = Showed, map[string]Feed{"board": FeedBoard, "roster": FeedRoster}[words[1]]
		told.Epoch, told.From, told.Version, told.Digest = rest[0], s.number(rest[1]), s.number(rest[2]), s.number(rest[3])
		if len(rest) > 4 {
			told.Audience = uint8(s.number(rest[4]))
		}
	case "drops":
		told.Kind = Disconnected
	default:
		s.t.Fatalf("what is %v?", words)
	}
	s.hear(told)
}

func (s *script) mate(name string) int32 {
	for i, p := range people {
		if p == name {
			return int32(i)
		}
	}
	s.t.Fatalf("who is %s?", name)
	return -1
}

// number reads 7 or f7; nothing is 0.
func (s *script) number(word string) uint64 {
	n, err := strconv.ParseUint(strings.TrimPrefix("0"+strings.TrimPrefix(word, "f"), ""), 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

var operations = map[string]Op{
	"none": OpLogin, "take": OpTake, "wait": OpWait, "unwait": OpUnwait, "leave": OpLeave, "logout": OpLogout,
	"status": OpStatus, "over": OpHandOver,
}

func (s *script) ask(told *Told, op string) {
	s.calls[told.Agent]++
	told.Call, told.Op = s.calls[told.Agent], operations[op]
	if told.Op == OpNone {
		s.t.Fatalf("what is %s?", op)
	}
	s.open[told.Agent] = append(s.open[told.Agent], *told)
}

// answers finds the oldest request of its kind; "": a hello.
func (s *script) answers(told *Told, op string) {
	open := s.open[told.Agent]
	for i, asked := range open {
		if asked.Op == operations[op] || op == "" && asked.Kind == Connecting {
			told.Call, told.Op = asked.Call, asked.Op
			s.open[told.Agent] = append(open[:i:i], open[i+1:]...)
			return
		}
	}
	s.t.Fatalf("%s: nothing is to be answered", op)
}

func (s *script) seat(told *Told, words []string) {
	switch words[0] {
	case "held":
		told.Seat = Seat{State: SeatHeld, Number: int32(s.number(words[1])), Fence: int64(s.number(words[2]))}
		if len(words) > 3 {
			told.Code = words[3]
		}
	case "waiting":
		told.Seat = Seat{State: SeatWaiting, Place: int32(s.number(words[1]))}
	case "refused":
		told.Seat, told.Code = Seat{State: SeatRefused}, words[1]
	case "none":
	default:
		s.t.Fatalf("what is %v?", words)
	}
}

func (s *script) end(words []string) {
	var e Ending
	line := false
	for _, w := range words {
		parts := strings.Split(w, ":")
		epoch, version, at := strings.Cut(w, "/")
		switch {
		case w == "|":
			line = true
		case at:
			e.BoardAt = wire.Position{Epoch: epoch, Version: s.number(version)}
		case line:
			e.Board.Waitlist = append(e.Board.Waitlist, wire.Waiter{
				Teammate: w, Place: len(e.Board.Waitlist) + 1, State: wire.WaiterWaiting, Eligible: true,
			})
		default:
			e.Board.Holders = append(e.Board.Holders, wire.Holder{
				Teammate: parts[0], Number: int(s.number(parts[1])), Fence: int64(s.number(parts[2])), State: wire.HolderHeld,
			})
		}
	}
	e.Board.Used, e.Board.Waiting = len(e.Board.Holders), len(e.Board.Waitlist)
	s.ends = append(s.ends, e)
}
