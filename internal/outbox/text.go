package outbox

import (
	"strings"
	"unicode"
)

// toText makes what came from a mail server fit for a database and a log.
func toText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
