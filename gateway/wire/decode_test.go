package wire_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"usher/gateway/wire"
)

func TestDecodeClientTakes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]wire.ClientFrame{
		`{"id":"1","type":"hello"}`:                              {ID: "1", Type: "hello"},
		" {\n\"type\":\"sync\",\"id\":\"ü\"}\r\n":                {ID: "ü", Type: "sync"},
		`{"id":"1","type":"x","data":null}`:                      {ID: "1", Type: "x"},
		`{"id":"1","type":"x","data":{"a":[1]}}`:                 {ID: "1", Type: "x", Data: json.RawMessage(`{"a":[1]}`)},
		`{"v":2,"id":"1","more":[{}],"type":"x"}`:                {ID: "1", Type: "x"},
		`{"v":2,"v":3,"id":"1","type":"x"}`:                      {ID: "1", Type: "x"},
		`{"ID":"2","id":"1","type":"x","Type":"y"}`:              {ID: "1", Type: "x"},
		`{"id":"` + strings.Repeat("i", 64) + `","type":"x"}`:    {ID: strings.Repeat("i", 64), Type: "x"},
		`{"id":"1","type":"x","s":"[[[[[[[[[[[[[[[[[[[[\"{{{{"}`: {ID: "1", Type: "x"},
	} {
		f, err := wire.DecodeClient([]byte(in))
		if err != nil || f.ID != want.ID || f.Type != want.Type || string(f.Data) != string(want.Data) {
			t.Errorf("%s: %+v, %v", in, f, err)
		}
	}
}

func TestDecodeClientRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65)
	for _, tc := range []struct{ name, in, says, id string }{
		{"nothing", "", "not a JSON object", ""},
		{"not UTF-8", "{\"id\":\"1\",\"type\":\"\xff\"}", "not UTF-8", ""},
		{"a list", `[{"id":"1","type":"x"}]`, "not a JSON object", ""},
		{"null", `null`, "not a JSON object", ""},
		{"text", `hello`, "not a JSON object", ""},
		{"cut", `{"id":"1","type":"x"`, "not valid JSON", "1"},
		{"cut in the middle", `{"id":"1","type":`, "not valid JSON", "1"},
		{"trailing comma", `{"id":"1","type":"x",}`, "not valid JSON", "1"},
		{"trailing frame", `{"id":"1","type":"x"}{}`, "after its end", "1"},
		{"trailing bracket", `{"id":"1","type":"x"}]`, "after its end", "1"},
		{"no id", `{"type":"x"}`, "id is missing", ""},
		{"id is a number", `{"id":7,"type":"x"}`, "id must be a string", ""},
		{"id is null", `{"id":null,"type":"x"}`, "id must be a string", ""},
		{"id is empty", `{"id":"","type":"x"}`, "id must be a string", ""},
		{"id is long", `{"id":"` + long + `","type":"x"}`, "1 to 64 bytes", ""},
		{"id twice", `{"id":"1","type":"x","id":"2"}`, "id is there twice", "1"},
		{"no type", `{"id":"1"}`, "type is missing", "1"},
		{"type is an object", `{"id":"1","type":{}}`, "type must be a string", "1"},
		{"type is long", `{"id":"1","type":"` + long + `"}`, "1 to 64 bytes", "1"},
		{"type twice", `{"id":"1","type":"x","type":"x"}`, "type is there twice", "1"},
		{"data is a list", `{"id":"1","type":"x","data":[]}`, "data must be an object", "1"},
		{"data is text", `{"id":"1","type":"x","data":"{}"}`, "data must be an object", "1"},
		{"data twice", `{"id":"1","type":"x","data":{},"data":{}}`, "data is there twice", "1"},
		{"deep", `{"id":"1","type":"x","data":` + strings.Repeat(`{"a":`, 16) + "1" + strings.Repeat("}", 17), "nested", ""},
		{"very deep", strings.Repeat("[", 100_000), "nested", ""},
	} {
		f, err := wire.DecodeClient([]byte(tc.in))
		if err == nil || !strings.Contains(err.Error(), tc.says) || f.ID != tc.id {
			t.Errorf("%s: id %q, %v; want id %q and %q", tc.name, f.ID, err, tc.id, tc.says)
		}
	}
}

func TestDecodeData(t *testing.T) {
	t.Parallel()
	hello := func(data string) error {
		_, err := wire.Decode[wire.Hello](wire.ClientFrame{Type: "hello", Data: json.RawMessage(data)})
		return err
	}
	refresh := func(data string) error {
		_, err := wire.Decode[wire.TokenRefresh](wire.ClientFrame{Type: "token.refresh", Data: json.RawMessage(data)})
		return err
	}
	sync := func(data string) error {
		_, err := wire.Decode[wire.Sync](wire.ClientFrame{Type: "sync", Data: json.RawMessage(data)})
		return err
	}
	repeat := strings.Repeat
	data := func(typ, data string) error { return decode(wire.ClientFrame{Type: typ, Data: json.RawMessage(data)}) }
	note := func(bytes int) string { return `{"of":"tm_bob","note":"` + repeat("n", bytes) + `"}` }
	for _, tc := range []struct {
		name string
		err  error
		says string // "": good
	}{
		{"hello without data", hello(""), ""},
		{"hello with all", hello(`{"token":"t","device":"web","seat":"auto","resume":null,"roster":"none","ticket":true}`), ""},
		{"hello at its bounds", hello(`{"token":"` + repeat("t", 8192) + `","device":"` + repeat("d", 32) + `","resume":"` + repeat("r", 1024) + `"}`), ""},
		{"long token", hello(`{"token":"` + repeat("t", 8193) + `"}`), "token has more than 8192"},
		{"long device", hello(`{"device":"` + repeat("d", 33) + `"}`), "device has more than 32"},
		{"long resume", hello(`{"resume":"` + repeat("r", 1025) + `"}`), "resume has more than 1024"},
		{"wait", hello(`{"seat":"wait"}`), ""},
		{"another seat", hello(`{"seat":"sofa"}`), "seat must be auto, wait or none"},
		{"another roster", hello(`{"roster":"some"}`), "roster must be full or none"},
		{"token is a number", hello(`{"token":4711}`), "data of hello: token can't be a value of type number"},
		{"resume is a list", hello(`{"resume":["s3cret"]}`), "resume can't be a value of type array"},
		{"refresh", refresh(`{"token":"t"}`), ""},
		{"refresh without token", refresh(``), "token is missing"},
		{"refresh with long token", refresh(`{"token":"` + repeat("t", 8193) + `"}`), "token has more than"},
		{"sync", sync(`{"feeds":["board","roster"]}`), ""},
		{"sync of much", sync(`{"feeds":["a","b","c","d","e","f","g","h","i"]}`), "more than 8"},
		{"ticket is text", hello(`{"ticket":"yes"}`), "ticket can't be a value of type string"},
		{"hand over", data("seat.hand_over", `{"to":"tm_eve"}`), ""},
		{"hand over to nobody", data("seat.hand_over", ``), "to is missing"},
		{"hand over to a long name", data("seat.hand_over", `{"to":"`+repeat("t", 65)+`"}`), "to has more than 64"},
		{"ask", data("seat.ask", note(500)), ""},
		{"ask the administrators", data("seat.ask", ``), ""},
		{"ask with much to say", data("seat.ask", note(501)), "note has more than 500"},
		{"ask a long name", data("seat.ask", `{"of":"`+repeat("t", 65)+`"}`), "of has more than 64"},
		{"answer", data("seat.answer", `{"ask":"ask_1","accept":false}`), ""},
		{"answer without saying what", data("seat.answer", `{"ask":"ask_1"}`), "accept is missing"},
		{"answer to nothing", data("seat.answer", `{"accept":true}`), "ask is missing"},
		{"answer to much", data("seat.answer", `{"accept":true,"ask":"`+repeat("a", 65)+`"}`), "ask has more than 64"},
		{"routing", data("routing.set", `{"routing":"not_accepting_chats"}`), ""},
		{"routing anywhere", data("routing.set", `{"routing":"elsewhere"}`), "routing must be accepting_chats or"},
		{"routing nowhere", data("routing.set", ``), "routing must be accepting_chats or"},
		{"activity", data("activity", `{"idle":false}`), ""},
		{"activity without saying what", data("activity", `{}`), "idle is missing"},
		{"activity as a number", data("activity", `{"idle":1}`), "idle can't be a value of type number"},
		{"sync of numbers", sync(`{"feeds":[1]}`), "feeds can't be a value of type number"},
	} {
		switch {
		case tc.says == "" && tc.err != nil, tc.says != "" && (tc.err == nil || !strings.Contains(tc.err.Error(), tc.says)):
			t.Errorf("%s: %v, want %q", tc.name, tc.err, tc.says)
		case tc.err != nil && (strings.Contains(tc.err.Error(), "4711") || strings.Contains(tc.err.Error(), "s3cret")):
			t.Errorf("%s: %v repeats the value", tc.name, tc.err)
		}
	}
}

// decode reads the data of a frame as its type calls for.
func decode(f wire.ClientFrame) error {
	var err error
	switch f.Type {
	case wire.TypeHello:
		_, err = wire.Decode[wire.Hello](f)
	case wire.TypeTokenRefresh:
		_, err = wire.Decode[wire.TokenRefresh](f)
	case wire.TypeSync:
		_, err = wire.Decode[wire.Sync](f)
	case wire.TypeSeatHandOver:
		_, err = wire.Decode[wire.HandOver](f)
	case wire.TypeSeatAsk:
		_, err = wire.Decode[wire.Ask](f)
	case wire.TypeSeatAnswer:
		_, err = wire.Decode[wire.Answer](f)
	case wire.TypeRoutingSet:
		_, err = wire.Decode[wire.Routing](f)
	case wire.TypeActivity:
		_, err = wire.Decode[wire.Activity](f)
	}
	return err
}

func TestDecodeServerRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "[]", "{}", `{"type":5}`, `{"type":"ok"}x`, `{"type":"board.changed","from":-1}`} {
		if _, err := wire.DecodeServer([]byte(in)); err == nil {
			t.Errorf("%q was taken", in)
		}
	}
}

func FuzzDecodeClient(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, path := range seeds {
		seed, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Add([]byte(`{"id":"1","type":"x","data":{"a":{"b":[1,2,{"c":"\u0000"}]}}} `))
	f.Add([]byte(`{"id":"\ud800","type":"x"}`))
	f.Add([]byte(`{"id":"1","type":"x","data":{"a":tru}}`)) // looks usual, and is no JSON
	f.Add([]byte(`{"id":"1","type":"x","data":{"a":1}}`))
	f.Add([]byte(`{"id":"1","type":"x","data":{"a":1,}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		frame, err := wire.DecodeClient(in)
		// With a space before it no frame is a usual one.
		if slow, failed := wire.DecodeClient(append([]byte(" "), in...)); fmt.Sprint(slow, failed) != fmt.Sprint(frame, err) {
			t.Fatalf("took %q as %v, %v, and as %v, %v", in, frame, err, slow, failed)
		}
		if len(frame.ID) > wire.MaxIDBytes || !utf8.ValidString(frame.ID) {
			t.Fatalf("id %q", frame.ID)
		}
		if err != nil {
			return
		}
		if !json.Valid(in) || frame.ID == "" || frame.Type == "" || len(frame.Data) > 0 && frame.Data[0] != '{' {
			t.Fatalf("took %q as %+v", in, frame)
		}
		var data any
		if len(frame.Data) > 0 {
			data = frame.Data
		}
		again, err := wire.Request(frame.ID, frame.Type, data)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := wire.DecodeClient(again)
		if err != nil || twice.ID != frame.ID || twice.Type != frame.Type {
			t.Fatalf("written and read again: %+v, %v", twice, err)
		}
		for _, typ := range []string{
			wire.TypeHello, wire.TypeTokenRefresh, wire.TypeSync, wire.TypeSeatHandOver, wire.TypeSeatAsk,
			wire.TypeSeatAnswer, wire.TypeRoutingSet, wire.TypeActivity,
		} {
			frame.Type = typ
			_ = decode(frame)
		}
		if ask, err := wire.Decode[wire.Ask](frame); err == nil && (len(ask.Note) > wire.MaxNoteBytes || len(ask.Of) > wire.MaxIDBytes) {
			t.Fatalf("took %+v", ask)
		}
		if a, err := wire.Decode[wire.Answer](frame); err == nil && (a.Accept == nil || a.Ask == "" || len(a.Ask) > wire.MaxIDBytes) {
			t.Fatalf("took %+v", a)
		}
	})
}

func BenchmarkDecodeClient(b *testing.B) {
	frame := []byte(`{"id":"1","type":"hello","data":{"token":"` + strings.Repeat("x", 300) + `","device":"web"}}`)
	for name, frame := range map[string][]byte{"usual": frame, "other": append([]byte(" "), frame...)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := wire.DecodeClient(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
