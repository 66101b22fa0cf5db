package gateway

import (
	"context"

	"usher/seats"
)

// What other parts of a node ask of its floors: the HTTP API goes through them, so that its answers are never
// older than what it just changed.

// Do is [seats.Admission.Do] through the license's floor. The commands leave in their order, perhaps together with
// others' commands: Changes may have what those changed too. After an error some may have been done.
func (s *Server) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if err := b.Validate(); err != nil { // it would fail what leaves together with it
		return seats.Outcome{}, err
	}
	f, err := s.floor(ctx, b.License)
	if err != nil {
		return seats.Outcome{}, err
	}
	defer f.release()
	return f.do(ctx, b.Commands...)
}

// do runs commands for a caller that waits.
func (f *floor) do(ctx context.Context, commands ...seats.Command) (seats.Outcome, error) {
	all, err := await(ctx, &f.queue, commands...)
	if err != nil {
		return seats.Outcome{}, err
	}
	return joined(all), nil
}

// joined is the last step's outcome, with the replies and changes of all of them.
func joined(all []answer[seats.Reply, seats.Outcome]) seats.Outcome {
	var (
		out     seats.Outcome
		last    *seats.Outcome
		replies []seats.Reply
		changes []seats.Change
	)
	for _, a := range all {
		replies = append(replies, a.reply)
		if a.out != last {
			changes = append(changes, a.out.Changes...)
		}
		last, out = a.out, *a.out
	}
	out.Replies, out.Changes = replies, changes
	return out
}

// Configure brings the engine to the database's revision of a license. Errors as [seats.Admission.Do].
func (s *Server) Configure(ctx context.Context, license seats.LicenseID) (seats.Outcome, error) {
	out, err := s.admission.Configure(ctx, license)
	if err != nil {
		return seats.Outcome{}, err
	}
	s.mu.Lock()
	f := s.floors[license]
	s.mu.Unlock()
	if f != nil {
		f.lock()
		f.absorb(&out)
		f.unlock()
	}
	return out, nil
}

// Board is the license's board, as this node's replica has it. Errors as [seats.Admission.Do].
func (s *Server) Board(ctx context.Context, license seats.LicenseID) (seats.Board, error) {
	f, err := s.floor(ctx, license)
	if err != nil {
		return seats.Board{}, err
	}
	defer f.release()
	f.lock()
	defer f.unlock()
	return f.replica.board(), nil
}
