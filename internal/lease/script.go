package lease

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed prelude.lua
var prelude string

// ClockLine is the one line of the prelude that reads the server's clock. Tests that need a clock of their own
// put another line in its place.
const ClockLine = "local now = moment(redis.call('TIME'))"

// keyUse is how a part names a key.
var keyUse = regexp.MustCompile(`\bK\.(\w+)`)

// Assemble makes one script of the prelude and an engine's parts, in their order. keys are the names by which
// the parts refer to the keys (K.name), in the order in which they are handed to the script; each use becomes the
// key's place, as a table of them would have to be made for each call. The last part returns the script's reply.
func Assemble(keys []string, parts ...string) string {
	script := prelude + "\n" + strings.Join(parts, "\n")
	return keyUse.ReplaceAllStringFunc(script, func(use string) string {
		i := slices.Index(keys, strings.TrimPrefix(use, "K."))
		if i < 0 {
			panic("lease: a script uses an unknown key: " + use)
		}
		return fmt.Sprintf("KEYS[%d]", i+1)
	})
}
