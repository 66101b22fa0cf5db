package seatsredis_test

import (
	"testing"
	"time"

	"usher/seats"
)

const node seats.NodeID = "node-a"

// openBatch opens a license with so many seats, and gives the node a lease.
func openBatch(license seats.LicenseID, generation seats.Generation, seatCap int) seats.Batch {
	return batch(license,
		seats.Open{Generation: generation},
		seats.Configure{Config: seats.Config{
			Revision: 1, Status: seats.Active, Cap: seatCap, Grace: 30 * time.Second, Waitlist: true, HandOver: seats.HandOverAnyone,
		}},
		seats.Renew{Lease: time.Hour},
	)
}

func batch(license seats.LicenseID, commands ...seats.Command) seats.Batch {
	return seats.Batch{License: license, Node: node, Commands: commands}
}

func take(teammate seats.TeammateID, session seats.SessionID, seq uint64) seats.Take {
	return seats.Take{Member: member(teammate), Revision: 1, Session: session, Seq: seq}
}

// member is an operator, and some are administrators too.
func member(id seats.TeammateID) seats.Member {
	return seats.Member{Teammate: id, Operator: true, Administrator: id == "tm_0" || id == "tm_3"}
}

// do sends a batch that may not fail.
func do(t testing.TB, s seats.Store, b seats.Batch) seats.Outcome {
	t.Helper()
	out, err := s.Do(t.Context(), b)
	if err != nil {
		t.Fatalf("%+v: %v", b.Commands, err)
	}
	return out
}

// seat has a teammate take a new seat.
func seat(t testing.TB, s seats.Store, license seats.LicenseID, teammate seats.TeammateID) seats.Holder {
	t.Helper()
	reply := do(t, s, batch(license, take(teammate, seats.SessionID(teammate)+"-ses", 1))).Replies[0]
	granted, ok := reply.(seats.Granted)
	if !ok || !granted.New {
		t.Fatalf("take of %s: %#v, want a new seat", teammate, reply)
	}
	return granted.Holder
}

func board(t testing.TB, s seats.Store, license seats.LicenseID) seats.Board {
	t.Helper()
	reply := do(t, s, batch(license, seats.Read{})).Replies[0]
	read, ok := reply.(seats.BoardRead)
	if !ok {
		t.Fatalf("read: %#v", reply)
	}
	return read.Board
}
