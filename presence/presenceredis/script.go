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

// The script's files, in the order in which they need one another.
var (
	basics     = []string{"records", "begin"}
	modules    = []string{"sessions", "roster", "nodes", "due", "pass", "clock"}
	operations = []string{"open", "configure", "arrive", "idle", "depart", "drop", "choose", "expel", "read"}
)

// format is the version of the announcements' shape. A node that reads another one takes it as something missed.
const format = "1"

// silence is which part of a lease is waited for when all leases are over.
const silence = 3

// source assembles the script, for leases that last so long.
func source(leaseTime time.Duration) string {
	texts := []string{
		fmt.Sprintf("local ENDED_MEMORY, MOST_ANNOUNCED, SILENCE, FORMAT = %d, %d, %d, '%s'",
			presence.EndedMemory.Milliseconds(), presence.MostAnnounced, leaseTime.Milliseconds()/silence, format),
		"local roster, sessions, nodes, pass, clock, op = {}, {}, {}, {}, {}, {}",
	}
	for _, name := range slices.Concat(basics, modules) {
		texts = append(texts, part(name))
	}
	for _, name := range operations {
		texts = append(texts, "do\n"+part(name)+"end")
	}
	texts = append(texts, part("main"))
	return lease.Assemble(keyNames, texts...)
}

func part(name string) string {
	text, err := files.ReadFile(name + ".lua")
	if err != nil {
		panic(err) // embedded: every test of the package would fail
	}
	return string(text)
}
