package wire

import _ "embed"

var (
	//go:embed asyncapi.yaml
	asyncAPI string
	//go:embed GUIDE.md
	guide string
)

// AsyncAPI is the wire as an AsyncAPI 3.0 document in YAML: every frame with its JSON Schema, and what follows what.
func AsyncAPI() string { return asyncAPI }

// Guide teaches how to write an agent app, in Markdown.
func Guide() string { return guide }
