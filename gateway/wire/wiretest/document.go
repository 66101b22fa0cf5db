package wiretest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"usher/gateway/wire"
)

// Document is the AsyncAPI document with its schemas compiled. It never changes.
type Document struct {
	root     any
	messages map[string]message
	replies  map[string][]string // by the type of a request: the messages that may answer it
	pushes   []string            // messages that answer nothing
}

// message is one of the document's.
type message struct {
	typ           string // of its frames
	read, written *jsonschema.Schema
}

// Load returns the document that gateway/wire has. It is read once. Errors: it can't be read, or a schema is wrong.
var Load = sync.OnceValues(func() (*Document, error) { return Parse([]byte(wire.AsyncAPI())) })

// Parse reads a document. Errors: as those of Load.
func Parse(text []byte) (*Document, error) {
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("asyncapi: %w", err)
	}
	parse := func() any { // anew for each reading, as one of them is changed
		root, e := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		err = errors.Join(err, e)
		return root
	}
	open, closed := parse(), parse()
	if err != nil {
		return nil, fmt.Errorf("asyncapi: %w", err)
	}
	d := &Document{root: open, messages: map[string]message{}, replies: map[string][]string{}}
	allowNothingElse(At(closed, "components", "schemas"))
	read, written := compiler(open), compiler(closed)
	for name, m := range object(d.At("components", "messages")) {
		pointer := str(At(m, "payload", "$ref"))
		var compiled message
		compiled.read, err = read.Compile(location + pointer)
		if err == nil {
			compiled.written, err = written.Compile(location + pointer)
		}
		if err != nil {
			return nil, fmt.Errorf("asyncapi: message %s: %w", name, err)
		}
		compiled.typ = str(d.At(append(strings.Split(strings.TrimPrefix(pointer, "#/"), "/"), "properties", "type", "const")...))
		d.messages[name] = compiled
	}
	d.readOperations()
	return d, nil
}

const location = "urn:usher:asyncapi"

func compiler(root any) *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7) // what AsyncAPI's schemas are made of
	c.AssertFormat()
	_ = c.AddResource(location, root) // fails for a location that is there already
	return c
}

// allowNothingElse has every object that lists its fields refuse others.
func allowNothingElse(schema any) {
	if list, ok := schema.([]any); ok {
		for _, s := range list {
			allowNothingElse(s)
		}
	}
	o := object(schema)
	for _, s := range o {
		allowNothingElse(s)
	}
	if _, lists := o["properties"].(map[string]any); lists && o["type"] == "object" {
		o["additionalProperties"] = false
	}
}

func (d *Document) readOperations() {
	for _, op := range object(d.At("operations")) {
		said := targets(At(op, "messages"))
		if At(op, "action") == "send" {
			d.pushes = append(d.pushes, said...)
			continue
		}
		for _, name := range said {
			typ := d.messages[name].typ
			d.replies[typ] = append(d.replies[typ], targets(At(op, "reply", "messages"))...)
		}
	}
}

// targets are the last parts of references.
func targets(references any) []string {
	list, _ := references.([]any)
	names := make([]string, len(list))
	for i, r := range list {
		ref := str(At(r, "$ref"))
		names[i] = ref[strings.LastIndexByte(ref, '/')+1:]
	}
	return names
}

// Messages are the names of all messages, in order.
func (d *Document) Messages() []string { return slices.Sorted(maps.Keys(d.messages)) }

// Requests are the types of all frames of clients, in order.
func (d *Document) Requests() []string { return slices.Sorted(maps.Keys(d.replies)) }

// Says tells whether a message is one of the server's that an operation has.
func (d *Document) Says(message string) bool {
	for _, replies := range d.replies {
		if slices.Contains(replies, message) {
			return true
		}
	}
	return slices.Contains(d.pushes, message)
}

// Type is the type of a message's frames.
func (d *Document) Type(message string) string { return d.messages[message].typ }

// At is the value at a path of the document, or nil.
func (d *Document) At(path ...string) any { return At(d.root, path...) }

// At is the value at a path below v, or nil.
func At(v any, path ...string) any {
	for _, name := range path {
		v = object(v)[name]
	}
	return v
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

func str(v any) string {
	s, _ := v.(string)
	return s
}
