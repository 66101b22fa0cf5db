package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// DecodeServer reads a frame of a server. It is for clients, which trust their server more than it trusts them: whether the data is
// what it should be shows when that is read. The data is a part of frame, which must not be changed any more.
func DecodeServer(frame []byte) (ServerFrame, error) {
	f, ok := decodeOurs(frame)
	if !ok {
		f = ServerFrame{}
		if err := json.Unmarshal(frame, &f); err != nil {
			return ServerFrame{}, fmt.Errorf("frame of the server: %w", err)
		}
	}
	if f.Type == "" {
		return ServerFrame{}, errors.New("frame of the server: type is missing")
	}
	return f, nil
}

// decodeOurs reads a frame whose fields stand as the encoders of this package write them, and what is in its data only for
// where it ends: most frames are looked at by thousands of clients, and by few for what they say. False: they stand in another way, or it is no frame.
func decodeOurs(frame []byte) (f ServerFrame, ok bool) {
	rest, ok := bytes.CutPrefix(frame, []byte(`{`))
	if !ok {
		return f, false
	}
	if after, ok := bytes.CutPrefix(rest, []byte(`"id":`)); ok {
		if f.ID, rest, ok = plainString(after); !ok {
			return f, false
		}
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(`"type":`)); !ok {
		return f, false
	}
	if f.Type, rest, ok = plainString(rest); !ok {
		return f, false
	}
	if after, ok := bytes.CutPrefix(rest, []byte(`"epoch":`)); ok {
		if rest, ok = f.span(after); !ok {
			return f, false
		}
	}
	rest, ok = bytes.CutPrefix(rest, []byte(`"data":`))
	end := len(rest) - 1
	if !ok || end < 2 || rest[end] != '}' || objectEnd(rest) != end { // data comes last
		return f, false
	}
	f.Data = rest[:end:end]
	return f, true
}

// span reads where a change of a feed leads from and to.
func (f *ServerFrame) span(rest []byte) (after []byte, ok bool) {
	if f.Epoch, rest, ok = plainString(rest); !ok {
		return nil, false
	}
	if f.From, rest, ok = plainNumber(rest, `"from":`); !ok {
		return nil, false
	}
	f.Version, rest, ok = plainNumber(rest, `"version":`)
	return rest, ok
}

// plainString reads a string without escapes, and the comma after it.
func plainString(b []byte) (s string, after []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return "", nil, false
	}
	quote := bytes.IndexByte(b[1:], '"')
	if quote < 0 || quote > MaxIDBytes {
		return "", nil, false
	}
	inside, rest := b[1:1+quote], b[quote+2:]
	for _, c := range inside {
		if c < ' ' || c > '~' || c == '\\' {
			return "", nil, false
		}
	}
	rest, ok = bytes.CutPrefix(rest, []byte(","))
	return string(inside), rest, ok
}

// plainNumber reads a field with a whole number, and the comma after it.
func plainNumber(b []byte, name string) (n *uint64, after []byte, ok bool) {
	b, ok = bytes.CutPrefix(b, []byte(name))
	digits, after, comma := bytes.Cut(b, []byte(","))
	if !ok || !comma || len(digits) == 0 || len(digits) > 1 && digits[0] == '0' || digits[0] == '+' {
		return nil, nil, false
	}
	v, err := strconv.ParseUint(string(digits), 10, 64)
	return &v, after, err == nil
}

// Hollow is an object in which the objects and lists of those names are empty, for who need not know more of them than that they are
// there. An object that does not stand as the encoders of this package write it is returned as it is.
func Hollow(object []byte, names ...string) []byte {
	if len(object) == 0 || object[0] != '{' {
		return object
	}
	var hollow []byte
	rest := 0 // where what is not in it yet begins
	for i := 1; i < len(object) && object[i] == '"'; {
		quote := stringEnd(object, i)
		value := quote + len(`":`)
		if value >= len(object) || object[quote+1] != ':' {
			return object
		}
		end := valueEnd(object, value)
		if end == value {
			return object
		}
		if (object[value] == '{' || object[value] == '[') && slices.Contains(names, string(object[i+1:quote])) {
			hollow = append(hollow, object[rest:value+1]...)
			rest = end - 1
		}
		if i = end; i < len(object) && object[i] == ',' {
			i++
		}
	}
	return append(hollow, object[rest:]...)
}

// valueEnd is where the value ends that begins at i; i: nowhere.
func valueEnd(b []byte, i int) int {
	switch b[i] {
	case '{', '[':
		return i + bracketEnd(b[i:])
	case '"':
		return min(stringEnd(b, i)+1, len(b))
	}
	return i + max(bytes.IndexAny(b[i:], ",}]"), 0)
}

// objectEnd is where the object ends with which b begins; 0: nowhere, or it does not begin with one.
func objectEnd(b []byte) int {
	if b[0] != '{' {
		return 0
	}
	return bracketEnd(b)
}

// bracketEnd is where the object or list ends with which b begins; 0: nowhere.
func bracketEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// stringEnd is where the string that begins at i has its last quote; the end of b: nowhere.
func stringEnd(b []byte, i int) int {
	for i++; ; i++ {
		quote := bytes.IndexByte(b[i:], '"')
		if quote < 0 {
			return len(b)
		}
		escaped := false
		for back := i + quote - 1; b[back] == '\\'; back-- {
			escaped = !escaped
		}
		if i += quote; !escaped {
			return i
		}
	}
}
