package seatsredis

import (
	"fmt"
	"strconv"
	"time"
)

// fields reads a list that a script made, item by item. The first thing amiss stays in err, and all that is
// read after it is zero.
type fields struct {
	items []any
	err   error
}

func fieldsOf(value any) *fields {
	items, ok := value.([]any)
	if !ok {
		return &fields{err: fmt.Errorf("%T where a list was expected", value)}
	}
	return &fields{items: items}
}

func (f *fields) next() any {
	if f.err != nil {
		return nil
	}
	if len(f.items) == 0 {
		f.err = fmt.Errorf("list too short")
		return nil
	}
	item := f.items[0]
	f.items = f.items[1:]
	return item
}

func (f *fields) text() string {
	item := f.next()
	s, ok := item.(string)
	if !ok && f.err == nil {
		f.err = fmt.Errorf("%T where a text was expected", item)
	}
	return s
}

func (f *fields) number() int64 {
	s := f.text()
	if f.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f.err = err
	}
	return n
}

func (f *fields) flag() bool { return f.text() == "1" }

// moment reads Unix milliseconds; 0 is no moment.
func (f *fields) moment() time.Time {
	ms := f.number()
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func (f *fields) duration() time.Duration { return time.Duration(f.number()) * time.Millisecond }

// list reads an item that is itself a list.
func (f *fields) list() *fields {
	item := f.next()
	if f.err != nil {
		return &fields{err: f.err}
	}
	inner := fieldsOf(item)
	f.err = inner.err
	return inner
}

// listOf reads an item that is a list of things.
func listOf[T any](f *fields, read func(*fields) T) []T {
	inner := f.list()
	var all []T
	for inner.err == nil && len(inner.items) > 0 {
		all = append(all, read(inner))
	}
	f.done(inner)
	return all
}

// done takes over what was amiss in an inner list, and that nothing is left of it.
func (f *fields) done(inner *fields) {
	switch {
	case f.err != nil:
	case inner.err != nil:
		f.err = inner.err
	case len(inner.items) > 0:
		f.err = fmt.Errorf("list has %d items too many", len(inner.items))
	}
}
