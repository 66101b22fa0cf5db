package admin

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"usher/internal/audit"
	"usher/internal/directory"
	"usher/seats"
)

// do has the engine run commands, in bounded time. A command that needed the directory and went without is an error.
func (s *Server) do(ctx context.Context, license string, commands ...seats.Command) (seats.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, engineWait)
	defer cancel()
	out, err := s.admission.Do(ctx, seats.Batch{License: seats.LicenseID(license), Commands: commands})
	if err != nil {
		return seats.Outcome{}, err
	}
	for _, reply := range out.Replies {
		if u, ok := reply.(seats.Unhealed); ok {
			return seats.Outcome{}, u.Err
		}
	}
	return out, nil
}

// wholeBoard asks the engine for the board, to act on it, with the engine's time. A replica might be behind. While the
// engine finds out who held which seat there is none: who is not on it may hold one.
func (s *Server) wholeBoard(ctx context.Context, license string) (seats.Board, time.Time, error) {
	out, err := s.do(ctx, license, seats.Read{})
	if err != nil {
		return seats.Board{}, time.Time{}, err
	}
	read, ok := out.Replies[0].(seats.BoardRead)
	if !ok {
		return seats.Board{}, time.Time{}, fmt.Errorf("admin: read was answered with %T", out.Replies[0])
	}
	if read.Board.Window {
		return seats.Board{}, time.Time{}, &requestError{
			code: codeUnavailable, detail: "the seats' engine is finding out who held which seat: try again",
			retryAfter: read.Board.HaltUntil.Sub(out.Now),
		}
	}
	return read.Board, out.Now, nil
}

// seatOf asks the engine for the seat that a teammate holds. A replica might be behind, and name a seat that is another
// by now.
func (s *Server) seatOf(ctx context.Context, license, teammate string) (seats.Holder, error) {
	out, err := s.do(ctx, license, seats.Find{Teammate: seats.TeammateID(teammate)})
	if err != nil {
		return seats.Holder{}, err
	}
	switch reply := out.Replies[0].(type) {
	case seats.Found:
		return reply.Holder, nil
	case seats.NotSeated:
		return seats.Holder{}, s.notSeated(ctx, license)
	default:
		return seats.Holder{}, fmt.Errorf("admin: find was answered with %T", reply)
	}
}

// notSeated is the problem of a teammate who holds no seat, as far as that can be told.
func (s *Server) notSeated(ctx context.Context, license string) error {
	if _, _, err := s.wholeBoard(ctx, license); err != nil {
		return err
	}
	return problem(codeNotSeated, "the teammate holds no seat")
}

func staleFence(reply seats.StaleFence) error {
	return problem(codeStaleFence, "the teammate holds a seat with fence %d", reply.Held)
}

func asMember(t directory.Teammate) seats.Member {
	return seats.Member{Teammate: seats.TeammateID(t.ID), Name: t.Name, Operator: t.Operator, Administrator: t.Administrator}
}

// GetSeats implements [StrictServerInterface].
func (s *Server) GetSeats(ctx context.Context, r GetSeatsRequestObject) (GetSeatsResponseObject, error) {
	b, err := s.floors.Board(ctx, seats.LicenseID(r.License))
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
	out, err := s.do(ctx, l.ID, seats.Explain{Member: asMember(t), Revision: seats.Revision(l.Revision)}, seats.Read{})
	if err != nil {
		return nil, err
	}
	explained, ok := out.Replies[0].(seats.Explained)
	read, ok2 := out.Replies[1].(seats.BoardRead)
	if !ok || !ok2 {
		return nil, fmt.Errorf("admin: explain and read were answered with %T and %T", out.Replies[0], out.Replies[1])
	}
	return ExplainSeat200JSONResponse(shownExplanation(l, explained, read.Board)), nil
}

// HandOverSeat implements [StrictServerInterface].
func (s *Server) HandOverSeat(ctx context.Context, r HandOverSeatRequestObject) (HandOverSeatResponseObject, error) {
	l, to, err := s.directory.Profile(ctx, r.License, r.Body.To)
	if directory.FieldOf(err) == "teammate" {
		return nil, &requestError{code: codeNotFound, detail: "to: no such teammate", field: "to", cause: err}
	}
	if err != nil {
		return nil, err
	}
	fence := seats.Fence(value(r.Body.Fence))
	if r.Body.Fence == nil || to.ID == r.Teammate {
		held, err := s.seatOf(ctx, l.ID, r.Teammate)
		if err != nil {
			return nil, err
		}
		fence = held.Fence
	}
	if to.ID == r.Teammate {
		return nil, notHanded(seats.NotHanded{Code: seats.ToSeated})
	}
	reply, err := s.handOver(ctx, l, seats.HandOver{
		Teammate: seats.TeammateID(r.Teammate), Fence: fence, By: seats.TeammateID(callerOf(ctx).teammateID()),
		To: asMember(to), Revision: seats.Revision(l.Revision),
	})
	if err != nil {
		return nil, err
	}
	switch reply := reply.(type) {
	case seats.HandedOver:
		return HandOverSeat200JSONResponse{Number: reply.Number, Fence: int64(reply.Fence)}, nil
	case seats.NotHanded:
		return nil, notHanded(reply)
	case seats.NotSeated:
		return nil, s.notSeated(ctx, l.ID)
	case seats.StaleFence:
		return nil, staleFence(reply)
	default:
		return nil, fmt.Errorf("admin: hand over was answered with %T", reply)
	}
}

// handOver has the engine hand a seat over, between committing what the audit log tells and withdrawing it where nothing
// was done.
func (s *Server) handOver(ctx context.Context, l directory.License, c seats.HandOver) (reply seats.Reply, err error) {
	deed := audit.Deed{
		Action: audit.SeatHandedOver, Subject: string(c.Teammate), Ref: strconv.FormatInt(int64(c.Fence), 10),
		Detail: map[string]any{"fence": c.Fence, "to": c.To.Teammate},
	}
	err = s.deed(ctx, l.ID, deed, func(ctx context.Context) (done bool, err error) {
		out, err := s.do(ctx, l.ID, c)
		if err != nil {
			return false, err
		}
		reply = out.Replies[0]
		_, done = reply.(seats.HandedOver)
		return done, nil
	})
	return reply, err
}

// whyNotHanded tells in words why a seat was not handed over. The codes are the problems'.
var whyNotHanded = map[seats.HandOverCode]string{
	seats.HandOverIsOff:       "the license's policy has no handing over",
	seats.NotAskedFor:         "the license's policy wants the colleague to have asked for the seat",
	seats.GiverWarned:         "the holder is about to lose the seat to who waits, for being idle",
	seats.ToNotOperator:       "to: is not an operator",
	seats.ToSeated:            "to: holds a seat",
	seats.ToInCooldown:        "to: had a seat that was freed, and may not have one yet",
	seats.ToNotPresent:        "to: is not connected with an app that asks for a seat",
	seats.HandOverUnavailable: "no seats are granted at this time: try again",
}

func notHanded(n seats.NotHanded) error {
	why, ok := whyNotHanded[n.Code]
	if !ok {
		return fmt.Errorf("admin: hand over was refused with %q", n.Code)
	}
	return &requestError{code: code(n.Code), detail: why, retryAfter: n.RetryAfter}
}

// LiftCooldown implements [StrictServerInterface]. It goes from the records first: an engine that forgot between the
// two would bring it back. Sent again after an outage it finds none there, and ends the engine's all the same.
func (s *Server) LiftCooldown(ctx context.Context, r LiftCooldownRequestObject) (LiftCooldownResponseObject, error) {
	fence, err := s.acting(ctx).LiftCooldown(ctx, r.License, r.Teammate)
	if err != nil {
		return nil, err
	}
	lifted := fence > 0
	if !lifted { // no seat of this generation has a higher one
		fence = (callerOf(ctx).license.Generation+1)*seats.FencesPerGeneration - 1
	}
	_, err = s.do(context.WithoutCancel(ctx), r.License, seats.Lift{Teammate: seats.TeammateID(r.Teammate), Fence: seats.Fence(fence)})
	if err != nil {
		return nil, err
	}
	return LiftCooldown200JSONResponse{Lifted: lifted}, nil
}
