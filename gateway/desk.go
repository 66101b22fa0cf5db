package gateway

import (
	"context"

	"usher/presence"
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
	rostered, err := s.settings.Presence.Configure(ctx, presence.LicenseID(license))
	s.mu.Lock()
	f := s.floors[license]
	s.mu.Unlock()
	if f != nil {
		f.lock()
		f.absorb(&out)
		if err == nil {
			f.absorbRoster(&rostered)
		}
		f.unlock()
	}
	return out, err
}

// Roster is the license's roster, in truth, as this node's replica has it. Errors as [presence.Attendance.Do].
func (s *Server) Roster(ctx context.Context, license presence.LicenseID) (presence.Roster, error) {
	f, err := s.floor(ctx, seats.LicenseID(license))
	if err != nil {
		return presence.Roster{}, err
	}
	defer f.release()
	f.lock()
	defer f.unlock()
	return f.roster.whole(), nil
}

// Expel logs sessions of a teammate out remotely, wherever they are. What they held is given back as by a logout.
// Errors: [presence.ErrNoTeammate], [presence.ErrInvalid], and as [presence.Attendance.Do] and [seats.Admission.Do]; after an error some may have
// been done.
func (s *Server) Expel(ctx context.Context, license presence.LicenseID, c presence.Expel) (presence.Expelled, error) {
	if err := (presence.Batch{License: license, Commands: []presence.Command{c}}).Validate(); err != nil { // as in Do
		return presence.Expelled{}, err
	}
	f, err := s.floor(ctx, seats.LicenseID(license))
	if err != nil {
		return presence.Expelled{}, err
	}
	defer f.release()
	answers, err := await(ctx, &f.attendance.presenceLane, presence.Command(c))
	if err != nil {
		return presence.Expelled{}, err
	}
	expelled, ok := answers[0].reply.(presence.Expelled)
	if !ok { // an Unhealed was an error before it came here
		return presence.Expelled{}, presence.ErrNoTeammate
	}
	// The nodes of the sessions say so too, when they close them; but they may be gone.
	for _, d := range expelled.Devices {
		if _, err := f.do(ctx, seats.Logout{Teammate: seats.TeammateID(c.Teammate), Session: seats.SessionID(d.Session)}); err != nil {
			return expelled, err
		}
	}
	return expelled, nil
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
