package presenceredis

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/lease"
	"usher/presence"
)

// decode reads the script's reply to a batch: an outcome, or that nothing happened. now is the server's time when it
// could be read.
func decode(raw []any, commands int) (out presence.Outcome, now time.Time, err error) {
	f := lease.FieldsOf(raw)
	tag := f.Text()
	now = f.Moment()
	switch tag {
	case "late":
		err = presence.ErrLate
	case "unopened":
		err = &presence.UnopenedError{Last: presence.Generation(f.Number())}
	case "ok":
		out = outcome(f, commands)
		out.Now = now
	default:
		f.Err = errors.Join(f.Err, fmt.Errorf("reply tagged %q", tag))
	}
	if f.Err != nil {
		return presence.Outcome{}, now, fmt.Errorf("%w: %w: %w", presence.ErrUnavailable, ErrScript, f.Err)
	}
	return out, now, err
}

func outcome(f *lease.Fields, commands int) presence.Outcome {
	out := presence.Outcome{Due: f.Moment(), Epoch: f.Text(), Version: uint64(f.Number())}
	if packed := f.Text(); packed != "" {
		change, err := decodeChange(packed)
		if err != nil {
			f.Err = errors.Join(f.Err, err)
		}
		out.Changes = []presence.Change{change}
	}
	out.Replies = lease.ListOf(f, func(replies *lease.Fields) presence.Reply {
		r := replies.List()
		reply := reply(r)
		replies.Done(r)
		return reply
	})
	if f.Err == nil && len(out.Replies) != commands {
		f.Err = fmt.Errorf("%d replies to %d commands", len(out.Replies), commands)
	}
	return out
}

// reply reads what a command was answered with, by the tags in the .lua files' headers.
func reply(f *lease.Fields) presence.Reply {
	switch tag := f.Text(); tag {
	case "done":
		return presence.Done{}
	case "stale":
		return presence.StaleRevision{Engine: presence.Revision(f.Number())}
	case "present":
		return presence.Present{Entry: entry(f), Resumed: f.Flag()}
	case "too_many":
		return presence.TooManySessions{Limit: int(f.Number())}
	case "ended":
		return presence.Ended{Ending: ending(f)}
	case "unknown":
		return presence.Unknown{}
	case "no_teammate":
		return presence.NoTeammate{}
	case "no_lease":
		return presence.NoLease{}
	case "chosen":
		return presence.Chosen{Entry: entry(f)}
	case "expelled":
		return presence.Expelled{Devices: devices(f)}
	case "unchanged":
		return presence.Unchanged{}
	case "roster":
		r := presence.Roster{Head: head(f), Entries: lease.ListOf(f, stored)}
		byTeammate(r.Entries)
		return presence.RosterRead{Roster: r}
	default:
		f.Err = errors.Join(f.Err, fmt.Errorf("a command's reply is tagged %q", tag))
		return nil
	}
}

// decodeChange reads an announcement.
func decodeChange(packed string) (presence.Change, error) {
	f := unpacked(packed)
	if v := f.Text(); f.Err == nil && v != format {
		return presence.Change{}, fmt.Errorf("announcement of format %q, want %q", v, format)
	}
	c := presence.Change{
		From: uint64(f.Number()), Head: head(f), Due: f.Moment(), Large: f.Flag(), Entries: lease.ListOf(f, entry),
		Removed: lease.ListOf(f, func(f *lease.Fields) presence.TeammateID { return presence.TeammateID(f.Text()) }),
		Ended: lease.ListOf(f, func(outer *lease.Fields) presence.Ending {
			f := outer.List()
			defer outer.Done(f)
			return ending(f)
		}),
	}
	f.Done(f)
	if f.Err != nil {
		return presence.Change{}, fmt.Errorf("announcement: %w", f.Err)
	}
	byTeammate(c.Entries)
	slices.Sort(c.Removed)
	slices.SortFunc(c.Ended, func(a, b presence.Ending) int { return cmp.Compare(a.Session, b.Session) })
	return c, nil
}

// unpacked reads a packed list.
func unpacked(packed string) *lease.Fields {
	value, err := lease.Unpack(packed)
	if err != nil {
		return &lease.Fields{Err: err}
	}
	return lease.FieldsOf(value)
}

// packedIn reads an item that is a packed list.
func packedIn(f *lease.Fields) *lease.Fields {
	text := f.Text()
	if f.Err != nil {
		return &lease.Fields{Err: f.Err}
	}
	return unpacked(text)
}

func byTeammate(entries []presence.Entry) {
	slices.SortFunc(entries, func(a, b presence.Entry) int { return cmp.Compare(a.Teammate, b.Teammate) })
}

func head(outer *lease.Fields) presence.Head {
	f := outer.List()
	h := presence.Head{
		Epoch: f.Text(), Version: uint64(f.Number()), Revision: presence.Revision(f.Number()), WindowUntil: f.Moment(),
	}
	outer.Done(f)
	return h
}

// stored reads what is kept of a teammate, of which the entry is the first part.
func stored(outer *lease.Fields) presence.Entry {
	f := packedIn(outer)
	e := entry(f)
	_ = f.Text()
	outer.Done(f)
	return e
}

func entry(outer *lease.Fields) presence.Entry {
	f := packedIn(outer)
	e := presence.Entry{
		Teammate: presence.TeammateID(f.Text()), Name: f.Text(), Operator: f.Flag(), Administrator: f.Flag(),
		Status: presence.Status(f.Text()), Note: f.Text(), Until: f.Moment(), Since: f.Moment(), Devices: devices(f),
		GraceUntil: f.Moment(), VisibleSince: f.Moment(), Seen: presence.Seen{At: f.Moment(), Shown: f.Moment()}, Heard: f.Flag(),
	}
	outer.Done(f)
	return e
}

func devices(outer *lease.Fields) []presence.Device {
	f := packedIn(outer)
	var all []presence.Device
	for f.Err == nil && f.Left() > 0 {
		all = append(all, presence.Device{
			Session: presence.SessionID(f.Text()), Name: f.Text(), Node: presence.NodeID(f.Text()), Since: f.Moment(), Idle: f.Flag(),
		})
	}
	outer.Done(f)
	return all
}

func ending(f *lease.Fields) presence.Ending {
	return presence.Ending{
		Session: presence.SessionID(f.Text()), Cause: presence.Cause(f.Text()), By: presence.TeammateID(f.Text()),
	}
}
