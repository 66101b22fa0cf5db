package presenceredis

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"usher/internal/lease"
	"usher/presence"
)

//go:embed *.lua
var embedded embed.FS

// files are what the script is made of: those that are embedded, but for a test of the tests (see export_test.go).
var files fs.ReadFileFS = embedded

// The script's files, in the order in which they need one another. An operation is made where a command calls it: functions are
// made anew for each call.
var (
	modules    = []string{"records", "begin", "show", "ends", "pass", "called"}
	operations = []string{"open", "configure", "arrive", "idle", "depart", "drop", "choose", "expel", "read"}
)

// format is the version of the announcements' shape. A node that reads another one takes it as something missed.
const format = "1"

// source assembles the script. length is how long leases last.
func source(length time.Duration) string {
	texts := []string{fmt.Sprintf("local ENDED_MEMORY, MOST_ANNOUNCED, LEASE, FORMAT = %d, %d, %d, '%s'",
		presence.EndedMemory.Milliseconds(), presence.MostAnnounced, length.Milliseconds(), format)}
	for _, name := range modules {
		texts = append(texts, part(name))
	}
	for _, name := range operations {
		texts = append(texts, "if called."+name+" then\n"+part(name)+"end")
	}
	return lease.Assemble(keyNames, slices.Concat(texts, []string{part("main")})...)
}

func part(name string) string {
	text, err := files.ReadFile(name + ".lua")
	if err != nil {
		panic(err) // embedded: every test of the package would fail
	}
	return string(text)
}
