package lease

import (
	"fmt"
	"strconv"
	"time"
)

// Fields reads a list that a script made, item by item: a reply, or what [Unpack] returned. The first thing amiss stays in
// Err, and all that is read after it is zero.
type Fields struct {
	items []any
	Err   error
}

// FieldsOf reads a value that should be a list.
func FieldsOf(value any) *Fields {
	items, ok := value.([]any)
	if !ok {
		return &Fields{Err: fmt.Errorf("%T where a list was expected", value)}
	}
	return &Fields{items: items}
}

func (f *Fields) next() any {
	if f.Err != nil {
		return nil
	}
	if len(f.items) == 0 {
		f.Err = fmt.Errorf("list too short")
		return nil
	}
	item := f.items[0]
	f.items = f.items[1:]
	return item
}

// Text reads a text.
func (f *Fields) Text() string {
	item := f.next()
	s, ok := item.(string)
	if !ok && f.Err == nil {
		f.Err = fmt.Errorf("%T where a text was expected", item)
	}
	return s
}

// Number reads a whole number.
func (f *Fields) Number() int64 {
	s := f.Text()
	if f.Err != nil {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f.Err = err
	}
	return n
}

// Flag reads 1 or 0.
func (f *Fields) Flag() bool { return f.Text() == "1" }

// Moment reads Unix milliseconds; 0 is no moment.
func (f *Fields) Moment() time.Time {
	ms := f.Number()
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Duration reads milliseconds.
func (f *Fields) Duration() time.Duration { return time.Duration(f.Number()) * time.Millisecond }

// List reads an item that is itself a list.
func (f *Fields) List() *Fields {
	item := f.next()
	if f.Err != nil {
		return &Fields{Err: f.Err}
	}
	inner := FieldsOf(item)
	f.Err = inner.Err
	return inner
}

// ListOf reads an item that is a list of things.
func ListOf[T any](f *Fields, read func(*Fields) T) []T {
	inner := f.List()
	var all []T
	for inner.Err == nil && len(inner.items) > 0 {
		all = append(all, read(inner))
	}
	f.Done(inner)
	return all
}

// Done takes over what was amiss in an inner list, and that nothing is left of it.
func (f *Fields) Done(inner *Fields) {
	switch {
	case f.Err != nil:
	case inner.Err != nil:
		f.Err = inner.Err
	case len(inner.items) > 0:
		f.Err = fmt.Errorf("list has %d items too many", len(inner.items))
	}
}

// Left is how many items were not read yet.
func (f *Fields) Left() int { return len(f.items) }
