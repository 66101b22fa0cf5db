package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"usher/internal/directory"
	"usher/seats"
)

// freeAllWait bounds how long seats are freed for one request. Each batch of them has engineWait.
const freeAllWait = 4 * engineWait

// FreeSeat implements [StrictServerInterface].
func (s *Server) FreeSeat(ctx context.Context, r FreeSeatRequestObject) (FreeSeatResponseObject, error) {
	body := value(r.Body)
	f, err := freeBy(callerOf(ctx), body.Reason)
	if err != nil {
		return nil, err
	}
	f.Teammate, f.Fence = seats.TeammateID(r.Teammate), seats.Fence(value(body.Fence))
	if body.CooldownMs != nil {
		f.Cooldown = time.Duration(*body.CooldownMs) * time.Millisecond
	}
	if body.Fence == nil {
		held, err := s.seatOf(ctx, r.License, r.Teammate)
		if err != nil {
			return nil, err
		}
		f.Fence = held.Fence
	}
	replies, err := s.free(ctx, r.License, []seats.Free{f})
	if err != nil {
		return nil, err
	}
	switch reply := replies[0].(type) {
	case seats.Freed:
		number := reply.Number
		if number == 0 {
			number = s.lastNumber(ctx, r.License, f)
		}
		return FreeSeat200JSONResponse{Number: number, Fence: int64(reply.Fence)}, nil
	case seats.NotSeated:
		return nil, s.notSeated(ctx, r.License)
	case seats.StaleFence:
		return nil, staleFence(reply)
	default:
		return nil, fmt.Errorf("admin: free was answered with %T", reply)
	}
}

// freeBy is what is alike in all that a caller frees.
func freeBy(who caller, reason *string) (seats.Free, error) {
	if len(value(reason)) > seats.MaxMessageBytes {
		return seats.Free{}, &requestError{
			code: codeBadRequest, detail: fmt.Sprintf("reason: must have at most %d bytes", seats.MaxMessageBytes), field: "reason",
		}
	}
	return seats.Free{
		Cooldown: who.license.Policy.Rules().Cooldown, By: seats.TeammateID(who.teammateID()), Message: value(reason),
	}, nil
}

// lastNumber is the number of a seat that nobody claimed after the engine forgot, if this node's replica shows it still;
// else 0.
func (s *Server) lastNumber(ctx context.Context, license string, f seats.Free) int {
	b, err := s.floors.Board(ctx, seats.LicenseID(license))
	if err != nil {
		return 0
	}
	for _, h := range b.Holders {
		if h.Teammate == f.Teammate && h.Fence == f.Fence {
			return h.Number
		}
	}
	for _, l := range b.Losses {
		if l.Teammate == f.Teammate && l.Fence == f.Fence {
			return l.Number
		}
	}
	return 0
}

// FreeSeats implements [StrictServerInterface].
func (s *Server) FreeSeats(ctx context.Context, r FreeSeatsRequestObject) (FreeSeatsResponseObject, error) {
	f, err := freeBy(callerOf(ctx), r.Body.Reason)
	if err != nil {
		return nil, err
	}
	b, now, err := s.wholeBoard(ctx, r.License)
	if err != nil {
		return nil, err
	}
	var (
		frees   []seats.Free
		numbers []int
	)
	for _, h := range b.Holders {
		if r.Body.IdleOverMs != nil && !idleOver(h, now, time.Duration(*r.Body.IdleOverMs)*time.Millisecond) {
			continue
		}
		f.Teammate, f.Fence = h.Teammate, h.Fence
		frees, numbers = append(frees, f), append(numbers, h.Number)
	}
	replies, err := s.free(ctx, r.License, frees)
	freed := []FreedSeat{}
	for i, reply := range replies {
		// Who is seated no longer, or anew, lost the seat meanwhile; what was asked for is so.
		if f, ok := reply.(seats.Freed); ok {
			freed = append(freed, FreedSeat{Teammate: string(frees[i].Teammate), Number: numbers[i], Fence: int64(f.Fence)})
		}
	}
	if err != nil {
		told := *translate(err)
		told.detail = fmt.Sprintf("%d of %d seats were freed; send it again for the others: %s", len(freed), len(frees), told.detail)
		return nil, &told
	}
	return FreeSeats200JSONResponse{Freed: freed}, nil
}

// idleOver tells whether a holder has been idle for longer than a time. Who is away altogether, in grace, is not idle.
func idleOver(h seats.Holder, now time.Time, over time.Duration) bool {
	return !h.IdleSince.IsZero() && now.Sub(h.IdleSince) > over
}

// free commits the cooldowns, and what the audit log tells, all at once, has the engine act, batch by batch, and withdraws
// both of those who were not freed after all. Once they are committed the caller's going away stops nothing. On an error
// replies has those of the first seats, for which the engine answered.
func (s *Server) free(ctx context.Context, license string, frees []seats.Free) (replies []seats.Reply, err error) {
	if len(frees) == 0 {
		return nil, nil
	}
	freeings := shownAll(frees, s.freeing)
	recorded, err := s.acting(ctx).RecordFrees(ctx, license, freeings)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeAllWait)
	defer cancel()
	// Freed says that the cooldown is in force, also where nothing changed: the engine did it before, and a lost
	// answer was asked for again.
	inForce := map[string]bool{}
	for some := range slices.Chunk(frees, seats.MaxBatch) {
		commands := make([]seats.Command, len(some))
		for i, f := range some {
			commands[i] = f
		}
		var out seats.Outcome
		if out, err = s.do(ctx, license, commands...); err != nil {
			break
		}
		for i, f := range some {
			_, freed := out.Replies[i].(seats.Freed)
			inForce[string(f.Teammate)] = freed
		}
		replies = append(replies, out.Replies...)
	}
	if len(recorded) < len(freeings) {
		// Of the others somebody else told before, who may have withdrawn it meanwhile: what is freed is told all the same.
		if _, err := s.acting(ctx).RecordFrees(ctx, license, slices.DeleteFunc(slices.Clone(freeings), func(f directory.Freeing) bool { return !inForce[f.Teammate] })); err != nil {
			s.log.ErrorContext(ctx, "seats were freed, and the audit log may not tell", "license", license, "error", err)
		}
	}
	why := "the seat was another's, or nobody's"
	if err != nil {
		why = "the engine did not answer"
	}
	s.withdraw(ctx, license, slices.DeleteFunc(recorded, func(f directory.Freeing) bool { return inForce[f.Teammate] }), why)
	return replies, err
}

func (s *Server) freeing(f seats.Free) directory.Freeing {
	free := directory.Freeing{Teammate: string(f.Teammate), Fence: int64(f.Fence), Reason: f.Message}
	if f.Cooldown > 0 {
		free.Until = s.now().Add(f.Cooldown)
	}
	return free
}

// withdraw takes back what was recorded, for which it has its own time: the engine may have used up the request's.
func (s *Server) withdraw(ctx context.Context, license string, frees []directory.Freeing, why string) {
	if len(frees) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), engineWait)
	defer cancel()
	if err := s.acting(ctx).WithdrawFrees(ctx, license, frees, why); err != nil {
		s.log.ErrorContext(ctx, "cooldowns of seats that were not freed are left in the database",
			"license", license, "cooldowns", len(frees), "first_teammate", frees[0].Teammate, "first_fence", frees[0].Fence, "error", err)
	}
}
