package seatsredis

import (
	"fmt"

	"usher/internal/lease"
	"usher/seats"
)

// decode reads the script's reply to a batch: an outcome, or that nothing happened.
func decode(r lease.Reply, commands int) (out seats.Outcome, err error) {
	switch r.Tag {
	case lease.Late:
		err = seats.ErrLate
	case "unopened":
		err = &seats.UnopenedError{Last: seats.Generation(r.Number())}
	case "ok":
		out = outcome(r.Fields, commands)
		out.Now = r.Now
	default:
		r.Fail(fmt.Errorf("reply tagged %q", r.Tag))
	}
	if r.Err() != nil {
		return seats.Outcome{}, fmt.Errorf("%w: %w: %w", seats.ErrUnavailable, ErrScript, r.Err())
	}
	return out, err
}

func outcome(f *lease.Fields, commands int) seats.Outcome {
	var out seats.Outcome
	out.Due = f.Moment()
	out.Epoch = f.Text()
	out.Version = uint64(f.Number())
	if packed := f.Text(); packed != "" {
		change, err := decodeChange(packed)
		if err != nil {
			f.Fail(err)
		}
		out.Changes = []seats.Change{change}
	}
	replies := f.List()
	for replies.More() {
		r := replies.List()
		out.Replies = append(out.Replies, reply(r))
		replies.Done(r)
	}
	f.Done(replies)
	if f.Err() == nil && len(out.Replies) != commands {
		f.Fail(fmt.Errorf("%d replies to %d commands", len(out.Replies), commands))
	}
	return out
}

// reply reads what a command was answered with, by the tags in the .lua files' headers.
func reply(f *lease.Fields) seats.Reply {
	switch tag := f.Text(); tag {
	case "granted":
		return seats.Granted{Holder: innerHolder(f), New: f.Flag(), Resumed: f.Flag()}
	case "waiting":
		return seats.Waiting{Waiter: innerWaiter(f), Place: int(f.Number()), Resumed: f.Flag()}
	case "too_many":
		return seats.TooManySessions{Limit: int(f.Number())}
	case "refused":
		return seats.Refused{Code: seats.RefusalCode(f.Text()), RetryAfter: f.Duration(), Resumed: f.Flag()}
	case "done":
		return seats.Done{}
	case "superseded":
		return seats.Superseded{}
	case "ended":
		return seats.Ended{}
	case "stale":
		return seats.StaleRevision{Engine: seats.Revision(f.Number())}
	case "no_lease":
		return seats.NoLease{}
	case "renewed":
		return seats.Renewed{Known: f.Flag()}
	case "freed":
		return seats.Freed{Number: int(f.Number()), Fence: seats.Fence(f.Number())}
	case "not_seated":
		return seats.NotSeated{}
	case "stale_fence":
		return seats.StaleFence{Held: seats.Fence(f.Number())}
	case "handed":
		return seats.HandedOver{Number: int(f.Number()), Fence: seats.Fence(f.Number())}
	case "not_handed":
		return seats.NotHanded{Code: seats.HandOverCode(f.Text()), RetryAfter: f.Duration()}
	case "lost":
		return seats.Lost{Loss: loss(f)}
	case "unclaimed":
		return seats.Unclaimed{}
	case "asked":
		return seats.Asked{Ask: ask(f), Delivered: int(f.Number())}
	case "not_asked":
		return seats.NotAsked{Code: seats.AskCode(f.Text()), RetryAfter: f.Duration()}
	case "found":
		return seats.Found{Holder: innerHolder(f)}
	case "explained":
		return seats.Explained{
			Rule: seats.Rule(f.Text()),
			Occupancy: seats.Occupancy{
				Total: int(f.Number()), Used: int(f.Number()), Reserved: int(f.Number()), Administrators: int(f.Number()),
			},
			ReservedForOthers: int(f.Number()), Place: int(f.Number()), RetryAfter: f.Duration(), NextChance: f.Duration(),
		}
	case "board":
		return seats.BoardRead{Board: board(f)}
	default:
		f.Fail(fmt.Errorf("a command's reply is tagged %q", tag))
		return nil
	}
}
