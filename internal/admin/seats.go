package admin

import (
	"context"
	"fmt"
	"time"

	"usher/internal/directory"
	"usher/seats"
)

// GetSeats implements [StrictServerInterface].
func (s *Server) GetSeats(ctx context.Context, r GetSeatsRequestObject) (GetSeatsResponseObject, error) {
	b, err := s.boards.Board(ctx, seats.LicenseID(r.License))
	if err != nil {
		return nil, err
	}
	return GetSeats200JSONResponse(shownBoard(b)), nil
}

// ExplainSeat implements [StrictServerInterface]. The engine is asked, as for a take, and takes nothing.
func (s *Server) ExplainSeat(ctx context.Context, r ExplainSeatRequestObject) (ExplainSeatResponseObject, error) {
	l, t, err := s.directory.Profile(ctx, r.License, r.Params.Teammate)
	if err != nil {
		return nil, err
	}
	out, err := s.admission.Do(ctx, seats.Batch{License: seats.LicenseID(l.ID), Commands: []seats.Command{
		seats.Explain{
			Member: seats.Member{
				Teammate: seats.TeammateID(t.ID), Name: t.Name, Operator: t.Operator, Administrator: t.Administrator,
			},
			Revision: seats.Revision(l.Revision),
		},
		seats.Read{},
	}})
	if err != nil {
		return nil, err
	}
	explained, ok := out.Replies[0].(seats.Explained)
	read, ok2 := out.Replies[1].(seats.BoardRead)
	if !ok || !ok2 {
		return nil, fmt.Errorf("admin: explain and read were answered with %T and %T", out.Replies[0], out.Replies[1])
	}
	return ExplainSeat200JSONResponse(shownExplanation(explained, read.Board)), nil
}

// FreeSeat implements [StrictServerInterface].
func (s *Server) FreeSeat(ctx context.Context, r FreeSeatRequestObject) (FreeSeatResponseObject, error) {
	who, body := callerOf(ctx), value(r.Body)
	if len(value(body.Reason)) > seats.MaxMessageBytes {
		return nil, &requestError{
			code: codeBadRequest, detail: fmt.Sprintf("reason: must have at most %d bytes", seats.MaxMessageBytes), field: "reason",
		}
	}
	license := seats.LicenseID(r.License)
	free := seats.Free{
		Teammate: seats.TeammateID(r.Teammate), Fence: seats.Fence(value(body.Fence)),
		Cooldown: who.license.Policy.Rules().Cooldown, By: seats.TeammateID(who.teammateID()), Message: value(body.Reason),
	}
	if body.CooldownMs != nil {
		free.Cooldown = time.Duration(*body.CooldownMs) * time.Millisecond
	}
	if body.Fence == nil {
		var err error
		if free.Fence, err = s.heldFence(ctx, license, free.Teammate); err != nil {
			return nil, err
		}
	}
	freed, err := s.free(ctx, license, free)
	if err != nil {
		return nil, err
	}
	return FreeSeat200JSONResponse{Number: freed.Number, Fence: int64(freed.Fence)}, nil
}

func notSeated() error { return problem(codeNotSeated, "the teammate holds no seat") }

// heldFence asks the engine for the seat that a teammate holds. A replica might be behind, and free nobody or
// a seat that is another by now.
func (s *Server) heldFence(ctx context.Context, license seats.LicenseID, teammate seats.TeammateID) (seats.Fence, error) {
	out, err := s.admission.Do(ctx, seats.Batch{License: license, Commands: []seats.Command{seats.Read{}}})
	if err != nil {
		return 0, err
	}
	read, ok := out.Replies[0].(seats.BoardRead)
	if !ok {
		return 0, fmt.Errorf("admin: read was answered with %T", out.Replies[0])
	}
	for _, h := range read.Board.Holders {
		if h.Teammate == teammate {
			return h.Fence, nil
		}
	}
	return 0, notSeated()
}

// free commits the cooldown, has the engine act, and withdraws the cooldown when nothing came of it. Once the
// cooldown is committed the caller's going away stops nothing.
func (s *Server) free(ctx context.Context, license seats.LicenseID, f seats.Free) (seats.Freed, error) {
	var saved []directory.Cooldown
	if f.Cooldown > 0 {
		var err error
		saved, err = s.directory.SaveCooldowns(ctx, string(license), []directory.Cooldown{{
			Teammate: string(f.Teammate), Fence: int64(f.Fence), Until: s.now().Add(f.Cooldown),
		}})
		if err != nil {
			return seats.Freed{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), engineWait)
	defer cancel()
	out, err := s.admission.Do(ctx, seats.Batch{License: license, Commands: []seats.Command{f}})
	freed, err := freedBy(out, err)
	// Freed says that the cooldown is in force, also where nothing changed: the engine did it before, and a lost
	// answer was asked for again.
	if err != nil {
		s.withdraw(ctx, license, saved)
	}
	return freed, err
}

// freedBy is what an engine's answer to a free comes to.
func freedBy(out seats.Outcome, err error) (seats.Freed, error) {
	if err != nil {
		return seats.Freed{}, err
	}
	switch reply := out.Replies[0].(type) {
	case seats.Freed:
		return reply, nil
	case seats.NotSeated:
		return seats.Freed{}, notSeated()
	case seats.StaleFence:
		return seats.Freed{}, problem(codeStaleFence, "the teammate holds a seat with fence %d", reply.Held)
	default:
		return seats.Freed{}, fmt.Errorf("admin: free was answered with %T", reply)
	}
}

// withdraw takes the cooldown back, for which it has its own time: the engine may have used up the request's.
func (s *Server) withdraw(ctx context.Context, license seats.LicenseID, saved []directory.Cooldown) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), engineWait)
	defer cancel()
	if err := s.directory.WithdrawCooldowns(ctx, string(license), saved); err != nil {
		s.log.ErrorContext(ctx, "cooldown of a seat that was not freed is left in the database",
			"license", string(license), "cooldowns", saved, "error", err)
	}
}
