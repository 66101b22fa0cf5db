package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep a client's frame may be nested: far more than any frame needs.
const maxDepth = 16

// DecodeClient reads a frame of a client: one JSON object in UTF-8 with nothing after it, an id and a type of 1
// to [MaxIDBytes] bytes, and data that is an object, null or absent. Unknown fields are ignored; one of these
// three given twice is an error, since nobody could tell which is meant. (Inside data the last one counts.)
//
// The error is fit to be shown to the client. The frame returned with it has the id, when it came before what
// is wrong, so that the client learns which frame is meant. The data may be a part of frame, which must not be changed any more.
func DecodeClient(frame []byte) (ClientFrame, error) {
	if !utf8.Valid(frame) {
		return ClientFrame{}, errors.New("frame is not UTF-8")
	}
	if err := checkDepth(frame); err != nil {
		return ClientFrame{}, err
	}
	if f, ok := decodeUsual(frame); ok {
		return f, nil
	}
	dec := json.NewDecoder(bytes.NewReader(frame))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return ClientFrame{}, errors.New("frame is not a JSON object")
	}
	f, err := decodeFields(dec)
	if err != nil {
		return f, err
	}
	switch {
	case f.ID == "":
		return f, errors.New("id is missing")
	case f.Type == "":
		return f, errors.New("type is missing")
	}
	return f, nil
}

// decodeUsual reads a frame that has id, type and an object as data, in this order and without white space between them, as most apps
// write it: for an eighth of what the decoder takes. False: it is another one, or none.
func decodeUsual(frame []byte) (f ClientFrame, ok bool) {
	rest, ok := bytes.CutPrefix(frame, []byte(`{"id":`))
	if !ok {
		return f, false
	}
	if f.ID, rest, ok = plainString(rest); !ok || f.ID == "" {
		return f, false
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(`"type":`)); !ok {
		return f, false
	}
	if f.Type, rest, ok = plainString(rest); !ok || f.Type == "" {
		return f, false
	}
	rest, ok = bytes.CutPrefix(rest, []byte(`"data":`))
	end := len(rest) - 1
	if !ok || end < 2 || rest[end] != '}' || objectEnd(rest) != end || !json.Valid(rest[:end]) {
		return f, false
	}
	f.Data = rest[:end:end]
	return f, true
}

// decodeFields reads the fields of a frame up to its end, and what was read of them before an error.
func decodeFields(dec *json.Decoder) (ClientFrame, error) {
	var (
		f    ClientFrame
		seen = map[string]bool{}
	)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return f, errors.New("frame is not valid JSON")
		}
		name, _ := key.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return f, errors.New("frame is not valid JSON")
		}
		switch name {
		case "id", "type", "data":
			if seen[name] {
				return f, fmt.Errorf("%s is there twice", name)
			}
			seen[name] = true
			if err := f.set(name, value); err != nil {
				return f, err
			}
		}
	}
	if _, err := dec.Token(); err != nil {
		return f, errors.New("frame is not valid JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return f, errors.New("frame has something after its end")
	}
	return f, nil
}

func (f *ClientFrame) set(name string, value json.RawMessage) error {
	if name == "data" {
		switch {
		case value[0] == '{':
			f.Data = value
		case string(value) != "null":
			return errors.New("data must be an object")
		}
		return nil
	}
	var s string
	if value[0] != '"' || json.Unmarshal(value, &s) != nil || s == "" || len(s) > MaxIDBytes {
		return fmt.Errorf("%s must be a string of 1 to %d bytes", name, MaxIDBytes)
	}
	if name == "id" {
		f.ID = s
	} else {
		f.Type = s
	}
	return nil
}

// checkDepth bounds what parsing a frame may cost. It need not understand what is no JSON anyway.
func checkDepth(frame []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(frame); i++ {
		switch c := frame[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("frame is nested more than %d deep", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// Decode reads the data of a client's frame as what its type calls for, and checks its bounds. Absent data
// reads as an empty object. The error is fit to be shown to the client: it names the field and never repeats a
// value, which may be a token.
func Decode[T any](f ClientFrame) (T, error) {
	var v T
	if len(f.Data) > 0 {
		if err := json.Unmarshal(f.Data, &v); err != nil {
			var zero T
			return zero, fmt.Errorf("data of %s: %w", f.Type, fieldError(err))
		}
	}
	if check, ok := any(v).(interface{ Validate() error }); ok {
		if err := check.Validate(); err != nil {
			var zero T
			return zero, fmt.Errorf("data of %s: %w", f.Type, err)
		}
	}
	return v, nil
}

// fieldError says in the words of JSON what encoding/json says in those of Go.
func fieldError(err error) error {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) || mismatch.Field == "" {
		return errors.New("is not what it should be")
	}
	got, _, _ := strings.Cut(mismatch.Value, " ")
	return fmt.Errorf("%s can't be a value of type %s", mismatch.Field, got)
}
