package presenceredis

import (
	"embed"
	"fmt"
	"io/fs"
	"time"

	"usher/internal/lease"
	"usher/presence"
)

//go:embed *.lua
var embedded embed.FS

// files are what the script is made of: those that are embedded, but for a test of the tests (see export_test.go).
var files fs.ReadFileFS = embedded

// The script's files, in the order in which they need one another. An operation is made where a command calls it, and what
// lets time pass where there is something due: see begin.lua.
var (
	basics     = []string{"records", "begin"}
	modules    = []string{"sessions", "roster", "nodes", "due"}
	rarer      = []string{"pass", "clock"}
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
		"local roster, sessions, nodes, pass, clock = {}, {}, {}, {}, {}",
	}
	add := func(names ...string) {
		for _, name := range names {
			texts = append(texts, part(name))
		}
	}
	addIf := func(condition, name string) { texts = append(texts, "if "+condition+" then\n"+part(name)+"end") }
	add(basics...)
	add(modules...)
	addIf("passing", "pass")
	addIf("back > BACK_AT_MOST", "clock")
	for _, name := range operations {
		addIf("called."+name, name)
	}
	add("main")
	return lease.Assemble(keyNames, texts...)
}

func part(name string) string {
	text, err := files.ReadFile(name + ".lua")
	if err != nil {
		panic(err) // embedded: every test of the package would fail
	}
	return string(text)
}
