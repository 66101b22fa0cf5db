package lease

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fields reads a list that a script made, item by item. The first thing amiss is kept, and all that is read after it
// is zero.
type Fields struct {
	items []any
	err   error
}

// FieldsOf reads a value that should be a list.
func FieldsOf(value any) *Fields {
	items, ok := value.([]any)
	if !ok {
		return &Fields{err: fmt.Errorf("%T where a list was expected", value)}
	}
	return &Fields{items: items}
}

// Err is what was amiss, or nil.
func (f *Fields) Err() error { return f.err }

// Fail says that what was read can't be.
func (f *Fields) Fail(err error) { f.err = errors.Join(f.err, err) }

// More tells whether there is another item.
func (f *Fields) More() bool { return f.err == nil && len(f.items) > 0 }

func (f *Fields) next() any {
	if f.err != nil {
		return nil
	}
	if len(f.items) == 0 {
		f.err = errors.New("list too short")
		return nil
	}
	item := f.items[0]
	f.items = f.items[1:]
	return item
}

// Text reads a text, or a whole number as one.
func (f *Fields) Text() string {
	switch item := f.next().(type) {
	case string:
		return item
	case int64:
		return strconv.FormatInt(item, 10)
	default:
		if f.err == nil {
			f.err = fmt.Errorf("%T where a text was expected", item)
		}
		return ""
	}
}

// Number reads a whole number, which may be written as a text.
func (f *Fields) Number() int64 {
	switch item := f.next().(type) {
	case int64:
		return item
	case string:
		n, err := strconv.ParseInt(item, 10, 64)
		if err != nil {
			f.err = err
		}
		return n
	default:
		if f.err == nil {
			f.err = fmt.Errorf("%T where a number was expected", item)
		}
		return 0
	}
}

// Flag reads 0 or 1.
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

// List reads an item that is itself a list, to be read before [Fields.Done].
func (f *Fields) List() *Fields {
	item := f.next()
	if f.err != nil {
		return &Fields{err: f.err}
	}
	inner := FieldsOf(item)
	f.err = inner.err
	return inner
}

// Split reads a text of so many items with a separator between them, to be read before [Fields.Done]. The last item may
// have separators in it.
func (f *Fields) Split(separator string, n int) *Fields {
	text := f.Text()
	if f.err != nil {
		return &Fields{err: f.err}
	}
	inner := &Fields{items: make([]any, 0, n)}
	for _, item := range strings.SplitN(text, separator, n) {
		inner.items = append(inner.items, item)
	}
	return inner
}

// ListOf reads an item that is a list of things.
func ListOf[T any](f *Fields, read func(*Fields) T) []T {
	inner := f.List()
	var all []T
	for inner.More() {
		all = append(all, read(inner))
	}
	f.Done(inner)
	return all
}

// Inner reads an item that is itself a list, all of it, by what reads its items.
func Inner[T any](read func(*Fields) T) func(*Fields) T {
	return func(f *Fields) T {
		inner := f.List()
		v := read(inner)
		f.Done(inner)
		return v
	}
}

// ID reads an id.
func ID[T ~string](f *Fields) T { return T(f.Text()) }

// Done takes over what was amiss in an inner list, and that nothing is left of it.
func (f *Fields) Done(inner *Fields) {
	switch {
	case f.err != nil:
	case inner.err != nil:
		f.err = inner.err
	case len(inner.items) > 0:
		f.err = fmt.Errorf("list has %d items too many", len(inner.items))
	}
}
