package wire

import _ "embed"

//go:embed asyncapi.yaml
var asyncAPI string

// AsyncAPI is the wire as an AsyncAPI 3.0 document in YAML: every frame with its JSON Schema, and what answers what.
func AsyncAPI() string { return asyncAPI }
