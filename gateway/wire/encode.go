package wire

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Request is a frame of a client. data may be nil.
func Request(id, typ string, data any) ([]byte, error) {
	b := appendString(append(make([]byte, 0, 128), `{"id":`...), id)
	b = appendString(append(b, `,"type":`...), typ)
	if data != nil {
		d, err := encode(data)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"data":`...), d...)
	}
	return append(b, '}'), nil
}

// Reply is a server's answer to the client's frame with that id. An empty id, of a frame whose id could not be
// read, is left out.
//
// Like all encoders for servers it always returns a frame: data that can't be written is a mistake of ours, and
// becomes an error frame with the code internal.
func Reply(id, typ string, data any) []byte {
	b := append(make([]byte, 0, 256), '{')
	if id != "" {
		b = append(appendString(append(b, `"id":`...), id), ',')
	}
	mark := len(b)
	b = appendString(append(b, `"type":`...), typ)
	b, err := appendData(b, data)
	if err != nil {
		b, _ = appendData(append(b[:mark], `"type":"error"`...), unwritable)
	}
	return b
}

// Push is a frame that answers nothing.
func Push(typ string, data any) []byte { return Reply("", typ, data) }

// Feed is a push that leads a feed from one version to another.
func Feed(typ, epoch string, from, version uint64, data any) []byte {
	b := appendString(append(make([]byte, 0, 512), `{"type":`...), typ)
	b = appendString(append(b, `,"epoch":`...), epoch)
	b = strconv.AppendUint(append(b, `,"from":`...), from, 10)
	b = strconv.AppendUint(append(b, `,"version":`...), version, 10)
	b, err := appendData(b, data)
	if err != nil {
		return Push(TypeError, unwritable)
	}
	return b
}

var unwritable = Error{Code: CodeInternal, Message: "The answer can't be written.", Retryable: false}

// appendData ends a frame. On error it returns b as it was.
func appendData(b []byte, data any) ([]byte, error) {
	longer, err := appendValue(append(b, `,"data":`...), data)
	if err != nil {
		return b, err
	}
	return append(longer, '}'), nil
}

// appender is what consists of parts that were encoded before, for the most part: [encoding/json] would read them all again.
type appender interface {
	appendTo(b []byte) ([]byte, error)
}

func appendValue(b []byte, v any) ([]byte, error) {
	if a, ok := v.(appender); ok {
		return a.appendTo(b)
	}
	d, err := encode(v)
	return append(b, d...), err
}

// encodedPart is an element of a list; nil: it was not encoded yet.
type encodedPart interface{ part() []byte }

func appendList[T encodedPart](b []byte, list []T) ([]byte, error) {
	size := 2
	for _, v := range list {
		size += len(v.part()) + 1
	}
	b = append(slices.Grow(b, size), '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if part := v.part(); part != nil {
			b = append(b, part...)
			continue
		}
		d, err := encode(v)
		if err != nil {
			return b, err
		}
		b = append(b, d...)
	}
	return append(b, ']'), nil
}

// appendField appends a field that is not the first.
func appendField(b []byte, name string, v any) ([]byte, error) {
	return appendValue(append(append(append(b, ',', '"'), name...), '"', ':'), v)
}

// inside is what an object has within its braces.
func inside(object []byte) []byte { return object[1 : len(object)-1] }

// encode is json.Marshal without the escapes for HTML, which no frame ever is in.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func appendString(b []byte, s string) []byte {
	quoted, err := encode(s)
	if err != nil { // no string fails to encode
		quoted = []byte(`""`)
	}
	return append(b, quoted...)
}
