package gateway

import (
	"context"

	"usher/seats"
)

// What other parts of a node ask of its floors: the HTTP API goes through them, so that its answers are never
// older than what it just changed.

// Do is [seats.Admission.Do] through the license's floor. The commands may leave in several batches.
func (s *Server) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	f, err := s.floor(ctx, b.License)
	if err != nil {
		return seats.Outcome{}, err
	}
	defer f.release()
	var out seats.Outcome
	for _, c := range b.Commands {
		r := f.call(ctx, c)
		if r.err != nil {
			return seats.Outcome{}, r.err
		}
		out.Replies = append(out.Replies, r.reply)
		out.Now, out.Epoch, out.Version = r.now, r.at.epoch, r.at.version
	}
	return out, nil
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
