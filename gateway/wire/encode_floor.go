package wire

import "errors"

// The frames that show whole floors, put together from encoded holders and entries.

func (h Holder) part() []byte { return h.encoded }
func (e Entry) part() []byte  { return e.encoded }

func (h Holders) appendTo(b []byte) ([]byte, error) { return appendList(b, h) }

// appendHead appends a board up to its waitlist.
func (b Board) appendHead(to []byte) ([]byte, error) {
	head, err := encode(struct {
		Cap     int  `json:"cap"`
		Total   *int `json:"total"`
		Used    int  `json:"used"`
		Waiting int  `json:"waiting"`
	}{b.Cap, b.Total, b.Used, b.Waiting})
	if err != nil {
		return to, err
	}
	return appendField(append(append(to, '{'), inside(head)...), "holders", b.Holders)
}

func (b Board) appendTo(to []byte) ([]byte, error) {
	to, head := b.appendHead(to)
	to, waitlist := appendField(to, "waitlist", b.Waitlist)
	return append(to, '}'), errors.Join(head, waitlist)
}

func (d BoardDelta) appendTo(b []byte) ([]byte, error) {
	b, err := d.appendHead(b)
	if err == nil && len(d.Gone) > 0 {
		b, err = appendField(b, "gone", d.Gone)
	}
	if err == nil && d.Waitlist != nil {
		b, err = appendField(b, "waitlist", *d.Waitlist)
	}
	return append(b, '}'), err
}

func (d RosterDelta) appendTo(b []byte) ([]byte, error) {
	b, changes := appendList(append(b, `{"changes":`...), d.Changes)
	b, removed := appendField(b, "removed", d.Removed)
	return append(b, '}'), errors.Join(changes, removed)
}

func (w Welcome) appendTo(b []byte) ([]byte, error) {
	head, err := encode(struct {
		Session  string   `json:"session"`
		Resume   string   `json:"resume"`
		Resumed  bool     `json:"resumed"`
		Node     string   `json:"node"`
		License  License  `json:"license"`
		Teammate Teammate `json:"teammate"`
		Access   Access   `json:"access"`
		Seat     Seat     `json:"seat"`
	}{w.Session, w.Resume, w.Resumed, w.Node, w.License, w.Teammate, w.Access, w.Seat})
	if err != nil {
		return b, err
	}
	b = append(append(b, '{'), inside(head)...)
	b, board := appendField(b, "board", w.Board)
	b, roster := appendRoster(b, w.Roster)
	b, feeds := appendField(b, "feeds", w.Feeds)
	b, limits := appendField(b, "limits", w.Limits)
	return append(b, '}'), errors.Join(board, roster, feeds, limits)
}

// appendRoster appends the field of a roster; nil: null.
func appendRoster(b []byte, entries []Entry) ([]byte, error) {
	b = append(b, `,"roster":`...)
	if entries == nil {
		return append(b, "null"...), nil
	}
	return appendList(b, entries)
}

func (s Snapshot) appendTo(b []byte) ([]byte, error) {
	feeds, err := encode(s.Feeds)
	if err != nil {
		return b, err
	}
	b = append(append(b, `{"feeds":`...), feeds...)
	if s.Board != nil {
		if b, err = appendField(b, "board", *s.Board); err != nil {
			return b, err
		}
	}
	if len(s.Roster) > 0 {
		if b, err = appendRoster(b, s.Roster); err != nil {
			return b, err
		}
	}
	if s.First {
		b = append(b, `,"first":true`...)
	}
	if s.Last {
		b = append(b, `,"last":true`...)
	}
	return append(b, '}'), nil
}
