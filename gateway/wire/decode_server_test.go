package wire_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"usher/gateway/wire"
)

// A frame in any order of fields, and with fields of later versions, reads as JSON has it.
func TestDecodeServerReadsAnyOrder(t *testing.T) {
	t.Parallel()
	for _, frame := range []string{
		`{"data":{"a":1},"type":"ok","id":"7"}`,
		`{"id":"7","type":"ok","data":{"a":"}\"]\\"},"later":{}}`,
		` {"type" : "ok"} `,
		`{"type":"board.changed","epoch":"1","from":2,"version":3,"data":{"a":[{"b":"\\\""}]}}`,
		`{"type":"board.changed","version":3,"epoch":"1","from":2,"data":{}}`,
		`{"type":"ok","data":[]}`, `{"type":"ok","data":{}}`, `{"type":"ok"}`, `{"type":"o\u006b","data":{}}`,
		`{"type":"ok","type":"other","data":{}}`, `{"type":"ok","data":{},"data":{"a":1}}`,
	} {
		readsAsJSON(t, []byte(frame))
	}
}

func readsAsJSON(t *testing.T, frame []byte) {
	t.Helper()
	var want wire.ServerFrame
	wrong := json.Unmarshal(frame, &want)
	got, err := wire.DecodeServer(frame)
	if wrong != nil { // what stands in the data is for who reads that
		return
	}
	if (err == nil) != (want.Type != "") || err == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nis read as %+v, %v\nnot as     %+v", frame, got, err, want)
	}
}

func FuzzDecodeServer(f *testing.F) {
	f.Add(wire.Reply("7", wire.TypeOK, wire.SeatReply{Seat: wire.Seat{State: wire.SeatNone}}))
	f.Add(wire.Push(wire.TypeSeatTicket, wire.SeatTicket{Ticket: `}"\`}))
	f.Add(wire.Feed(wire.TypeBoardChanged, "1", 2, 3, wire.BoardDelta{}))
	f.Add([]byte(`{"type":"ok","data":{},"data":{"a":1}}`))
	f.Fuzz(func(t *testing.T, frame []byte) { readsAsJSON(t, frame) })
}

func BenchmarkDecodeServer(b *testing.B) {
	board := wire.Board{Holders: make(wire.Holders, 100)}
	frame := wire.Reply("1", wire.TypeWelcome, wire.Welcome{Board: board, Seat: wire.Seat{State: wire.SeatNone}})
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		if _, err := wire.DecodeServer(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func TestHollow(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":{"b":[1,"}"]},"b":[{"a":1}],"c":"{\"a\":[1]}","d":1}`: `{"a":{},"b":[],"c":"{\"a\":[1]}","d":1}`,
		`{"c":{"a":[1]},"a":null,"b":"x"}`:                          `{"c":{"a":[1]},"a":null,"b":"x"}`,
		`{"d":1,"a":[]}`:                                            `{"d":1,"a":[]}`,
		`{}`:                                                        `{}`,
		`[1]`:                                                       `[1]`,
		``:                                                          ``,
		`{ "a":[1]}`:                                                `{ "a":[1]}`, // written in another way, or none at all
		`{"a" :[1]}`:                                                `{"a" :[1]}`,
		`{"a":[1`:                                                   `{"a":[1`,
		`{"a":`:                                                     `{"a":`,
		`{"a`:                                                       `{"a`,
	} {
		if got := wire.Hollow([]byte(in), "a", "b"); string(got) != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func FuzzHollow(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,"}"]},"b":[{"a":1}],"c":"x\\","d":1}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		before := string(in)
		got := wire.Hollow(in, "a", "b")
		if string(in) != before {
			t.Fatal("what was given changed")
		}
		var was, is map[string]json.RawMessage
		if json.Unmarshal(in, &was) != nil {
			return
		}
		if err := json.Unmarshal(got, &is); err != nil || len(is) != len(was) {
			t.Fatalf("%s became %s: %v", in, got, err)
		}
	})
}
