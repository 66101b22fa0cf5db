package seatsredis

import (
	"errors"
	"fmt"
	"time"

	"usher/seats"
)

// decode reads the script's reply to a batch: an outcome, or that nothing happened. now is the server's time
// when it could be read.
func decode(raw []any, commands int) (out seats.Outcome, now time.Time, err error) {
	f := &fields{items: raw}
	tag := f.text()
	now = f.moment()
	switch tag {
	case "late":
		err = seats.ErrLate
	case "unopened":
		err = &seats.UnopenedError{Last: seats.Generation(f.number())}
	case "ok":
		out = outcome(f, commands)
		out.Now = now
	default:
		f.err = errors.Join(f.err, fmt.Errorf("reply tagged %q", tag))
	}
	if f.err != nil {
		return seats.Outcome{}, now, fmt.Errorf("%w: %w: %w", seats.ErrUnavailable, ErrScript, f.err)
	}
	return out, now, err
}

func outcome(f *fields, commands int) seats.Outcome {
	var out seats.Outcome
	out.Due = f.moment()
	out.Epoch = f.text()
	out.Version = uint64(f.number())
	if packed := f.text(); packed != "" {
		change, err := decodeChange(packed)
		if err != nil {
			f.err = errors.Join(f.err, err)
		}
		out.Changes = []seats.Change{change}
	}
	replies := f.list()
	for replies.err == nil && len(replies.items) > 0 {
		r := replies.list()
		out.Replies = append(out.Replies, reply(r))
		replies.done(r)
	}
	f.done(replies)
	if f.err == nil && len(out.Replies) != commands {
		f.err = fmt.Errorf("%d replies to %d commands", len(out.Replies), commands)
	}
	return out
}

// reply reads what a command was answered with, by the tags in the .lua files' headers.
func reply(f *fields) seats.Reply {
	switch tag := f.text(); tag {
	case "granted":
		return seats.Granted{Holder: innerHolder(f), New: f.flag(), Resumed: f.flag()}
	case "waiting":
		return seats.Waiting{Waiter: innerWaiter(f), Place: int(f.number()), Resumed: f.flag()}
	case "too_many":
		return seats.TooManySessions{Limit: int(f.number())}
	case "refused":
		return seats.Refused{Code: seats.RefusalCode(f.text()), RetryAfter: f.duration(), Resumed: f.flag()}
	case "done":
		return seats.Done{}
	case "superseded":
		return seats.Superseded{}
	case "ended":
		return seats.Ended{}
	case "stale":
		return seats.StaleRevision{Engine: seats.Revision(f.number())}
	case "no_lease":
		return seats.NoLease{}
	case "renewed":
		return seats.Renewed{Known: f.flag()}
	case "freed":
		return seats.Freed{Number: int(f.number()), Fence: seats.Fence(f.number())}
	case "not_seated":
		return seats.NotSeated{}
	case "stale_fence":
		return seats.StaleFence{Held: seats.Fence(f.number())}
	case "handed":
		return seats.HandedOver{Number: int(f.number()), Fence: seats.Fence(f.number())}
	case "not_handed":
		return seats.NotHanded{Code: seats.HandOverCode(f.text()), RetryAfter: f.duration()}
	case "lost":
		return seats.Lost{Loss: loss(f)}
	case "unclaimed":
		return seats.Unclaimed{}
	case "asked":
		return seats.Asked{Ask: ask(f), Delivered: int(f.number())}
	case "not_asked":
		return seats.NotAsked{Code: seats.AskCode(f.text()), RetryAfter: f.duration()}
	case "found":
		return seats.Found{Holder: innerHolder(f)}
	case "explained":
		return seats.Explained{
			Rule: seats.Rule(f.text()),
			Occupancy: seats.Occupancy{
				Total: int(f.number()), Used: int(f.number()), Reserved: int(f.number()), Administrators: int(f.number()),
			},
			ReservedForOthers: int(f.number()), Place: int(f.number()), RetryAfter: f.duration(), NextChance: f.duration(),
		}
	case "board":
		return seats.BoardRead{Board: board(f)}
	default:
		f.err = errors.Join(f.err, fmt.Errorf("a command's reply is tagged %q", tag))
		return nil
	}
}
