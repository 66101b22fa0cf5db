package wire_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/gateway/wire"
	"usher/gateway/wire/wiretest"
)

func document(t *testing.T) *wiretest.Document {
	t.Helper()
	d, err := wiretest.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// golden is a frame of testdata.
type golden struct {
	name    string
	message string // of the document
	client  bool
	frame   []byte
}

// goldens are all frames of testdata. A file is named like its message, with more behind it where there are several.
func goldens(t *testing.T, d *wiretest.Document) []golden {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden frames", err)
	}
	var all []golden
	for _, file := range files {
		frame, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := golden{
			name:   strings.TrimSuffix(filepath.Base(file), ".json"),
			client: filepath.Base(filepath.Dir(file)) == "client",
			frame:  bytes.TrimSpace(frame),
		}
		for _, message := range d.Messages() {
			if (g.name == message || strings.HasPrefix(g.name, message+".")) && len(message) > len(g.message) {
				g.message = message
			}
		}
		if g.message == "" {
			t.Errorf("%s is no message of the document", file)
			continue
		}
		all = append(all, g)
	}
	return all
}

func TestGoldenFramesAreInTheDocument(t *testing.T) {
	t.Parallel()
	d := document(t)
	shown := map[string]bool{}
	for _, g := range goldens(t, d) {
		shown[g.message] = true
		if err := d.Written(g.message, g.frame); err != nil {
			t.Errorf("%s: %v", g.name, err)
		}
		if asks := slices.Contains(d.Requests(), d.Type(g.message)); asks != g.client {
			t.Errorf("%s: the document has it from a client: %v", g.name, asks)
		}
	}
	for _, message := range d.Messages() {
		if !shown[message] {
			t.Errorf("%s has no golden frame", message)
		}
	}
}

var exampleLines = regexp.MustCompile(`(?m)^        - name: (\S+)\n          payload: (.*)$`)

// An example in the document is the golden frame that it names; -update copies these there.
func TestExamplesAreGoldenFrames(t *testing.T) {
	t.Parallel()
	d := document(t)
	frames := map[string][]byte{}
	for _, g := range goldens(t, d) {
		frames[g.name] = g.frame
	}
	text := exampleLines.ReplaceAllStringFunc(wire.AsyncAPI(), func(lines string) string {
		found := exampleLines.FindStringSubmatch(lines)
		frame, ok := frames[found[1]]
		if !ok {
			t.Errorf("there is no golden frame %s", found[1])
		}
		return strings.TrimSuffix(lines, found[2]) + string(frame)
	})
	if *update {
		if err := os.WriteFile("asyncapi.yaml", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(strings.Split(text, "\n"), strings.Split(wire.AsyncAPI(), "\n")); diff != "" {
		t.Errorf("examples (-golden +document):\n%s", diff)
	}
	for _, message := range d.Messages() {
		examples, _ := d.At("components", "messages", message, "examples").([]any)
		if len(examples) == 0 {
			t.Errorf("%s has no example", message)
		}
		for _, e := range examples {
			name, _ := wiretest.At(e, "name").(string)
			if !strings.HasPrefix(name, message) || frames[name] == nil {
				t.Errorf("%s: the example %s is none of its golden frames", message, name)
			}
		}
	}
}

// mayLack is what a frame is whole without.
var mayLack = map[string][]string{
	"hello":    {"data", "data.token", "data.device", "data.seat", "data.resume", "data.roster", "data.ticket", "data.feeds", "data.feeds.board", "data.feeds.roster"},
	"seat.ask": {"data", "data.of", "data.note"}, "status.set": {"data.until", "data.note"}, "sync": {"data", "data.feeds"}, "logout": {"data"},
	"welcome":   {"data.feeds.roster"},
	"ok.status": {"data.entry.until", "data.entry.devices[].node"},
	"error":     {"id", "data.retry_after_ms"}, "ask.received": {"data.of"},
	"seat.lost": {"data.message", "data.retry_after_ms"}, "board.changed": {"data.gone", "data.waitlist"},
	"roster.changed": {"data.changes[].until", "data.changes[].devices[].node"},
	"snapshot":       {"data.first", "data.last", "data.roster[].until", "data.roster[].devices[].node"},
}

// free has the strings that may be any.
var free = map[string]bool{
	"id": true, "token": true, "device": true, "resume": true, "to": true, "of": true, "note": true, "ask": true, "session": true, "node": true, "name": true,
	"message": true, "teammate": true, "ticket": true, "epoch": true, "by": true, "gone[]": true, "feeds[]": true, "removed[]": true,
}

// Whatever is taken from a frame, or made something else in it, is missed by who reads it by the document.
func TestTheDocumentRefusesBrokenFrames(t *testing.T) {
	t.Parallel()
	d := document(t)
	tried := map[string]int{}
	for _, g := range goldens(t, d) {
		refuses := func(what, path string, frame any) {
			t.Helper()
			tried[what]++
			b, err := json.Marshal(frame)
			if err != nil {
				t.Fatal(err)
			}
			if d.Read(g.message, b) == nil {
				t.Errorf("%s: %s with %s", g.name, path, what)
			}
		}
		var frame any
		if err := json.Unmarshal(g.frame, &frame); err != nil {
			t.Fatal(err)
		}
		walk(frame, "", func(path string, value any, set func(any), remove func()) {
			key := path[strings.LastIndexByte(path, '.')+1:]
			if remove != nil && !slices.Contains(mayLack[g.message], path) {
				remove()
				refuses("nothing there", path, frame)
			}
			for what, other := range otherThan(value) {
				if what == "a word of its own" && free[key] {
					continue
				}
				set(other)
				refuses(what, path, frame)
			}
			set(value)
		})
		if d.Read(g.message, g.frame) != nil {
			t.Errorf("%s was not mended", g.name)
		}
	}
	if len(tried) != 5 {
		t.Errorf("tried %v", tried)
	}
}

// otherThan are values of which none can stand in the place of one.
func otherThan(value any) map[string]any {
	const kind = "another type"
	switch value.(type) {
	case string:
		return map[string]any{kind: 7, "a word of its own": "sofa"}
	case float64:
		return map[string]any{kind: "7", "a negative number": -1, "a fraction": 1.5}
	case []any:
		return map[string]any{kind: map[string]any{}}
	case map[string]any:
		return map[string]any{kind: []any{}}
	case bool:
		return map[string]any{kind: "true"}
	}
	return map[string]any{kind: true} // null
}

// walk visits what is in a value, with its path; remove is nil in a list.
func walk(v any, path string, visit func(path string, value any, set func(any), remove func())) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			value, at := v[key], strings.TrimPrefix(path+"."+key, ".")
			visit(at, value, func(other any) { v[key] = other }, func() { delete(v, key) })
			walk(value, at, visit)
		}
	case []any:
		for i, value := range v {
			visit(path+"[]", value, func(other any) { v[i] = other }, nil)
			walk(value, path+"[]", visit)
		}
	}
}

// valuesOf are the values of the constants of this package whose names begin so.
func valuesOf(t *testing.T, prefix string) []string {
	t.Helper()
	all, err := wiretest.Constants(".")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, c := range all {
		if strings.HasPrefix(c.Name, prefix) {
			values = append(values, c.Value)
		}
	}
	return values
}

func sameWords(t *testing.T, what string, code, doc []string) {
	t.Helper()
	code, doc = slices.Sorted(slices.Values(code)), slices.Sorted(slices.Values(doc))
	if len(code) == 0 {
		t.Errorf("%s: the code has none", what)
	}
	if diff := cmp.Diff(code, doc); diff != "" {
		t.Errorf("%s (-code +document):\n%s", what, diff)
	}
}

func words(list any) []string {
	var all []string
	values, _ := list.([]any)
	for _, v := range values {
		all = append(all, fmt.Sprint(v))
	}
	return all
}

func TestTypesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	d := document(t)
	types := map[string]bool{}
	for _, message := range d.Messages() {
		types[d.Type(message)] = true
		if asks := slices.Contains(d.Requests(), d.Type(message)); asks && d.Type(message) != message {
			t.Errorf("%s is not named like its frames", message)
		}
		said := slices.Contains(d.Requests(), d.Type(message)) || d.Says(message)
		if _, there := d.At("channels", "agent", "messages", message).(map[string]any); !there || !said {
			t.Errorf("%s is in no operation, or not in the channel", message)
		}
	}
	sameWords(t, "types", valuesOf(t, "Type"), slices.Collect(maps.Keys(types)))
}

// The values that a field may have are those that the code has names for.
func TestValuesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	d := document(t)
	shape := func(path ...string) []string {
		return words(d.At(append([]string{"components", "schemas"}, path...)...))
	}
	for prefix, doc := range map[string][]string{
		"Code":      shape("ErrorCode", "enum"),
		"Inbox":     shape("Access", "properties", "inbox", "enum"),
		"Scope":     shape("Scope", "enum"),
		"Would":     shape("Explain", "properties", "would", "enum"),
		"Cause":     shape("SeatGranted", "properties", "cause", "enum"),
		"Warned":    shape("SeatWarned", "properties", "reason", "enum"),
		"Holder":    shape("Holder", "properties", "state", "enum"),
		"Waiter":    shape("Waiter", "properties", "state", "enum"),
		"Status":    shape("Entry", "properties", "status", "enum"),
		"Roster":    shape("Hello", "properties", "roster", "enum"),
		"Feed":      slices.Collect(maps.Keys(d.At("components", "schemas", "Feeds", "properties").(map[string]any))),
		"Accepting": shape("Routing", "enum")[:1], "NotAccepting": shape("Routing", "enum")[1:],
		"Ask": slices.Concat(shape("Hello", "properties", "seat", "enum"), shape("AskAnswered", "properties", "outcome", "enum")),
	} {
		sameWords(t, prefix, valuesOf(t, prefix), doc)
	}
	states := []string{}
	for _, one := range d.At("components", "schemas", "Seat", "oneOf").([]any) {
		ref := wiretest.At(one, "$ref").(string)
		states = append(states, d.At("components", "schemas", ref[strings.LastIndexByte(ref, '/')+1:], "properties", "state", "const").(string))
	}
	sameWords(t, "Seat", valuesOf(t, "Seat"), states)
	chosen := shape("SetStatus", "properties", "status", "enum")
	sameWords(t, "SetStatus", slices.DeleteFunc(valuesOf(t, "Status"), func(s string) bool { return s == wire.StatusOffline }), chosen)
}

func TestCloseCodesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	rows, _ := document(t).At("x-close-codes").([]any)
	codes := []string{}
	for _, row := range rows {
		code := fmt.Sprint(wiretest.At(row, "code"))
		codes = append(codes, code)
		n, err := strconv.Atoi(code)
		if err != nil {
			t.Fatal(err)
		}
		c := wire.CloseCode(n)
		want := c.Reason()
		if c == wire.CloseAbnormal {
			want = "abnormal" // which no frame says
		}
		if wiretest.At(row, "reason") != want || wiretest.At(row, "reconnect") != c.Reconnect() || wiretest.At(row, "when") == nil {
			t.Errorf("%v: the code has %q, reconnect %v", row, want, c.Reconnect())
		}
	}
	sameWords(t, "close codes", valuesOf(t, "Close"), codes)
}

func TestReferencesInTheDocumentLead(t *testing.T) {
	t.Parallel()
	d := document(t)
	followed := 0
	walk(d.At(), "", func(path string, value any, _ func(any), _ func()) {
		ref, isRef := value.(string)
		if !isRef || !strings.HasSuffix(path, ".$ref") {
			return
		}
		followed++
		if d.At(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...) == nil {
			t.Errorf("%s leads nowhere: %s", path, ref)
		}
	})
	if followed < 100 {
		t.Errorf("%d references were followed", followed)
	}
}

func TestBoundsAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	d := document(t)
	for path, want := range map[string]int{
		"RequestID": wire.MaxIDBytes, "ID": wire.MaxIDBytes,
		"Ask.properties.of": wire.MaxIDBytes, "Ask.properties.note": wire.MaxNoteBytes, "AskReceived.properties.note": wire.MaxNoteBytes,
		"Hello.properties.token": wire.MaxTokenBytes, "TokenRefresh.properties.token": wire.MaxTokenBytes,
		"Hello.properties.resume": wire.MaxResumeBytes, "Welcome.properties.resume": wire.MaxResumeBytes,
		"Hello.properties.device": wire.MaxDeviceBytes, "Device.properties.device": wire.MaxDeviceBytes,
		"SetStatus.properties.note": wire.MaxStatusNoteBytes, "Entry.properties.note": wire.MaxStatusNoteBytes, "Position.properties.epoch": wire.MaxIDBytes,
	} {
		at := append([]string{"components", "schemas"}, strings.Split(path, ".")...)
		if got := fmt.Sprint(d.At(append(at, "maxLength")...)); got != strconv.Itoa(want) {
			t.Errorf("%s: maxLength %s, want %d", path, got, want)
		}
	}
}
