package lease

import (
	"strconv"
	"time"
)

// Arguments is the flat list that a script takes: a deadline, which [Engine.Call] sets, the node, and the commands.
type Arguments []any

// NewArguments has no commands yet. node is "" where none is needed.
func NewArguments(node string, commands int) Arguments {
	const each = 10 // of what is usual
	a := make(Arguments, 2, 2+each*commands)
	a[1] = node
	return a
}

// Add appends a command: the name of its operation, and the arguments in the order of its header.
func (a *Arguments) Add(op string, args ...any) {
	*a = append(append(*a, op, len(args)), args...)
}

// Flag is b as scripts have it.
func Flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// Seq is a sequence number as scripts have it: they compare them as texts, as their numbers end at 2⁵³.
func Seq(n uint64) string { return strconv.FormatUint(n, 10) }

// Moment is t as scripts have it, in Unix milliseconds; 0 is none, and what was before 1970 counts as none.
func Moment(t time.Time) string { return strconv.FormatInt(max(t.UnixMilli(), 0), 10) }
