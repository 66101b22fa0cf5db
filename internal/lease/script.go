package lease

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed prelude.lua
var prelude string

// ClockLine is the one line of the prelude that reads the server's clock. Tests that need a clock of their own
// put another line in its place.
const ClockLine = "local now = moment(redis.call('TIME'))"

// Assemble makes one script of the prelude and an engine's parts, in their order. keys are the names by which
// the parts refer to the keys (K.name), in the order in which they are handed to the script. The last part
// returns the script's reply.
func Assemble(keys []string, parts ...string) string {
	var b strings.Builder
	b.WriteString("local K = {")
	for i, name := range keys {
		fmt.Fprintf(&b, "%s = KEYS[%d], ", name, i+1)
	}
	b.WriteString("}\n")
	b.WriteString(prelude)
	for _, part := range parts {
		b.WriteByte('\n')
		b.WriteString(part)
	}
	return b.String()
}
