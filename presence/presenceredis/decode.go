package presenceredis

import (
	"cmp"
	"fmt"
	"slices"

	"usher/internal/lease"
	"usher/presence"
)

// decode reads the script's reply to a batch: an outcome, or that nothing happened.
func decode(r lease.Reply, commands int) (out presence.Outcome, err error) {
	switch r.Tag {
	case lease.Late:
		err = presence.ErrLate
	case "unopened":
		err = &presence.UnopenedError{Last: presence.Generation(r.Number())}
	case "ok":
		out = outcome(r.Fields, commands)
		out.Now = r.Now
	default:
		r.Fail(fmt.Errorf("reply tagged %q", r.Tag))
	}
	if r.Err() != nil {
		return presence.Outcome{}, fmt.Errorf("%w: %w: %w", presence.ErrUnavailable, ErrScript, r.Err())
	}
	return out, err
}

func outcome(f *lease.Fields, commands int) presence.Outcome {
	out := presence.Outcome{Due: f.Moment(), Epoch: f.Text(), Version: uint64(f.Number())}
	if packed := f.Text(); packed != "" {
		change, err := decodeChange(packed)
		if err != nil {
			f.Fail(err)
		}
		out.Changes = []presence.Change{change}
	}
	out.Replies = lease.ListOf(f, lease.Inner(reply))
	if f.Err() == nil && len(out.Replies) != commands {
		f.Fail(fmt.Errorf("%d replies to %d commands", len(out.Replies), commands))
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
		return presence.Present{Entry: packedEntry(f), Resumed: f.Flag()}
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
		return presence.Chosen{Entry: packedEntry(f)}
	case "expelled":
		e := presence.Expelled{Devices: lease.ListOf(f, lease.Inner(device))}
		slices.SortFunc(e.Devices, func(a, b presence.Device) int {
			return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Session, b.Session))
		})
		return e
	case "roster":
		r := presence.Roster{Head: head(f), Entries: lease.ListOf(f, packedEntry)}
		byTeammate(r.Entries)
		return presence.RosterRead{Roster: r}
	case "unchanged":
		return presence.Unchanged{}
	default:
		f.Fail(fmt.Errorf("a command's reply is tagged %q", tag))
		return nil
	}
}

// decodeChange reads an announcement.
func decodeChange(packed string) (presence.Change, error) {
	value, err := lease.Unpack(packed)
	if err != nil {
		return presence.Change{}, err
	}
	f := lease.FieldsOf(value)
	if v := f.Text(); f.Err() == nil && v != format {
		return presence.Change{}, fmt.Errorf("announcement of format %q, want %q", v, format)
	}
	c := presence.Change{
		From: uint64(f.Number()), Head: head(f), Due: f.Moment(), Large: f.Flag(),
		Entries: lease.ListOf(f, packedEntry), Removed: lease.ListOf(f, lease.ID[presence.TeammateID]),
		Ended: lease.ListOf(f, lease.Inner(ending)),
	}
	f.Done(f)
	if f.Err() != nil {
		return presence.Change{}, fmt.Errorf("announcement: %w", f.Err())
	}
	// The script's own comparison of texts follows the server's locale; the order is made here.
	byTeammate(c.Entries)
	slices.Sort(c.Removed)
	slices.SortFunc(c.Ended, func(a, b presence.Ending) int { return cmp.Compare(a.Session, b.Session) })
	return c, nil
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

// packedEntry reads an entry as it is stored.
func packedEntry(outer *lease.Fields) presence.Entry {
	packed := outer.Text()
	if outer.Err() != nil {
		return presence.Entry{}
	}
	value, err := lease.Unpack(packed)
	if err != nil {
		outer.Fail(err)
		return presence.Entry{}
	}
	f := lease.FieldsOf(value)
	e := presence.Entry{
		Teammate: presence.TeammateID(f.Text()), Name: f.Text(), Operator: f.Flag(), Administrator: f.Flag(),
		Status: presence.Status(f.Text()), Note: f.Text(), Until: f.Moment(), Since: f.Moment(), GraceUntil: f.Moment(),
		VisibleSince: f.Moment(), Seen: presence.Seen{At: f.Moment(), Shown: f.Moment()}, Heard: f.Flag(),
	}
	for f.More() {
		e.Devices = append(e.Devices, device(f))
	}
	outer.Done(f)
	return e
}

func device(f *lease.Fields) presence.Device {
	return presence.Device{
		Session: presence.SessionID(f.Text()), Name: f.Text(), Node: presence.NodeID(f.Text()), Since: f.Moment(), Idle: f.Flag(),
	}
}

func ending(f *lease.Fields) presence.Ending {
	return presence.Ending{
		Session: presence.SessionID(f.Text()), Cause: presence.Cause(f.Text()), By: presence.TeammateID(f.Text()),
	}
}
