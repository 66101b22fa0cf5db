package main

import (
	"bytes"
	"os"
	"testing"

	"usher/gateway/wire"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The document of the wire is one, as AsyncAPI's own schema has it.
func TestTheDocumentIsAsyncAPI(t *testing.T) {
	t.Parallel()
	needsNode(t, "@asyncapi/specs")
	const schema = "asyncapi-3.0.0"
	official, err := os.ReadFile(nodeModules + "/@asyncapi/specs/schemas/3.0.0.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := yaml.YAMLToJSON([]byte(wire.AsyncAPI()))
	if err != nil {
		t.Fatal(err)
	}
	parse := func(text []byte) any {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schema, parse(official)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(parse(document)); err != nil {
		t.Error(err)
	}
	for broken, with := range map[string][2]string{
		"version":   {"asyncapi: 3.0.0", "asyncapi: 4.0.0"},
		"action":    {"action: receive", "action: listen"},
		"reference": {"messages: [{$ref: '#/channels/agent/messages/hello'}]", "messages: [hello]"},
		"field":     {"defaultContentType:", "defaultContent:"},
		"schema":    {"{type: [string, 'null'], maxLength: 1024", "{type: [string, 'nil'], maxLength: 1024"},
	} {
		text := bytes.Replace([]byte(wire.AsyncAPI()), []byte(with[0]), []byte(with[1]), 1)
		other, err := yaml.YAMLToJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(text, []byte(wire.AsyncAPI())) || s.Validate(parse(other)) == nil {
			t.Errorf("a wrong %s passes", broken)
		}
	}
}
