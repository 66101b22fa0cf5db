package seatsredis

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"usher/internal/lease"
	"usher/seats"
)

//go:embed *.lua
var embedded embed.FS

// files are what the script is made of: those that are embedded, but for a test of the tests (see export_test.go).
var files fs.ReadFileFS = embedded

// The script's files, in the order in which they need one another. An operation is made where a command calls it, the
// modules for busy calls, and the rarer ones at the first use of one of them in an unusual call: see begin.lua.
var (
	basics     = []string{"records", "board", "begin"}
	modules    = []string{"sessions", "stays", "graces", "cooldowns", "endings", "losses"}
	rarer      = []string{"line", "asks", "bars", "settling", "expire", "clock"}
	operations = []string{
		"open", "configure", "renew", "take", "unwait", "leave", "logout", "drop", "free", "hand_over", "claim", "ask",
		"answer", "idle", "routing", "lift", "find", "explain", "read",
	}
)

// format is the version of the announcements' shape. A node that reads another one takes it as something missed.
const format = "2"

// source assembles the script.
func source() string {
	tables := slices.Concat(modules, rarer)
	texts := []string{fmt.Sprintf(
		"local ENDED_MEMORY, MAX_BATCH, FENCES_PER_GENERATION, ASK_LIFE, MAX_ASKS, FORMAT = %d, %d, %d, %d, %d, '%s'\nlocal %s = %s",
		seats.EndedMemory.Milliseconds(), seats.MaxBatch, int64(seats.FencesPerGeneration), seats.AskLife.Milliseconds(),
		seats.MaxAsks, format, strings.Join(tables, ", "), strings.Repeat("{}, ", len(tables)-1)+"{}",
	)}
	add := func(names ...string) {
		for _, name := range names {
			texts = append(texts, part(name))
		}
	}
	add(basics...)
	texts = append(texts, "if busy then")
	add(modules...)
	texts = append(texts, "end\nif unusual then\nlater({"+strings.Join(rarer, ", ")+"}, function()")
	add(rarer...)
	texts = append(texts, "end)\nend")
	for _, name := range operations {
		texts = append(texts, "if called."+name+" then\n"+part(name)+"end")
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
