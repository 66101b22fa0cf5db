package wire

import (
	"bytes"
	"encoding/json"
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
	d, err := encode(data)
	if err != nil {
		return b, err
	}
	return append(append(append(b, `,"data":`...), d...), '}'), nil
}

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
