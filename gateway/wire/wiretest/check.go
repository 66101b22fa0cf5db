package wiretest

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"usher/gateway/wire"
)

// Read tells what is wrong with a frame of that message to who ignores unknown fields, or nil.
func (d *Document) Read(message string, frame []byte) error {
	return d.check(message, frame, d.messages[message].read)
}

// Written tells what is wrong with a frame of that message, fields that are not in the document too, or nil.
func (d *Document) Written(message string, frame []byte) error {
	return d.check(message, frame, d.messages[message].written)
}

func (d *Document) check(message string, frame []byte, by *jsonschema.Schema) error {
	if by == nil {
		return fmt.Errorf("the document has no message %q", message)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(frame))
	if err == nil {
		err = by.Validate(v)
	}
	if err != nil {
		return fmt.Errorf("%s is no %s of the document: %w", frame, message, err)
	}
	return nil
}

// Conversation is what both sides of one connection say. Its methods are safe for concurrent use.
type Conversation struct {
	mu   sync.Mutex
	said map[string][]string // by id: the different requests that the client sent under it
}

// Said takes a frame of the client, good or bad.
func (c *Conversation) Said(frame []byte) {
	f, err := wire.DecodeClient(frame)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said == nil {
		c.said = map[string][]string{}
	}
	if !slices.Contains(c.said[f.ID], string(frame)) {
		c.said[f.ID] = append(c.said[f.ID], string(frame))
	}
}

// Heard tells what is wrong with a frame of the server, or nil: it has to be what the document has as a reply to a request
// with its id, or as a push; and a request that was not answered with an error has to be as the document has it.
func (c *Conversation) Heard(frame []byte) error {
	d, err := Load()
	if err != nil {
		return err
	}
	f, err := wire.DecodeServer(frame)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", frame, err)
	case f.ID == "":
		return d.oneOf(d.pushes, f.Type, frame)
	case f.Type == wire.TypeError: // also to what was no request
		return d.Written(wire.TypeError, frame)
	}
	err = fmt.Errorf("%s answers nothing that was asked", frame)
	for _, request := range c.requests(f.ID) {
		if err = d.answers([]byte(request), f.Type, frame); err == nil {
			return nil
		}
	}
	return err
}

func (c *Conversation) requests(id string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.said[id])
}

func (d *Document) answers(request []byte, typ string, frame []byte) error {
	asked, err := wire.DecodeClient(request)
	if err == nil {
		err = d.Read(asked.Type, request)
	}
	if err != nil {
		return fmt.Errorf("the server took it: %w", err)
	}
	return d.oneOf(d.replies[asked.Type], typ, frame)
}

// oneOf checks a frame against that of the messages which has its type.
func (d *Document) oneOf(messages []string, typ string, frame []byte) error {
	for _, name := range messages {
		if d.messages[name].typ == typ {
			return d.Written(name, frame)
		}
	}
	return fmt.Errorf("the document does not have %s here: %s", typ, frame)
}
