package gateway

import (
	"context"
	"fmt"
	"slices"

	"usher/seats"
)

// What other parts of a node ask of its floors: the HTTP API goes through them, so that its answers are never
// older than what it just changed.

// Do is [seats.Admission.Do] through the license's floor. The commands leave one after another, each perhaps
// together with others' commands: Changes may have what those changed too.
func (s *Server) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if err := b.Validate(); err != nil { // it would fail what leaves together with it
		return seats.Outcome{}, err
	}
	f, err := s.floor(ctx, b.License)
	if err != nil {
		return seats.Outcome{}, err
	}
	defer f.release()
	var out seats.Outcome
	for _, c := range b.Commands {
		step, err := f.do(ctx, c)
		if err != nil {
			return seats.Outcome{}, err
		}
		step.Replies = append(out.Replies, step.Replies...)
		step.Changes = append(out.Changes, step.Changes...)
		out = step
	}
	return out, nil
}

// do runs one command for a caller that waits.
func (f *floor) do(ctx context.Context, c seats.Command) (seats.Outcome, error) {
	type answer struct {
		out seats.Outcome
		err error
	}
	answered := make(chan answer, 1)
	f.submit(item{command: c, ctx: ctx, done: func(reply seats.Reply, out *seats.Outcome, err error) {
		a := answer{err: err}
		if out != nil {
			a.out = *out
			a.out.Replies, a.out.Changes = []seats.Reply{reply}, slices.Clone(out.Changes)
		}
		answered <- a
	}})
	select {
	case a := <-answered:
		return a.out, a.err
	case <-ctx.Done():
		return seats.Outcome{}, fmt.Errorf("%w: %w", seats.ErrUnavailable, ctx.Err())
	}
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
