package seatsredis

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"usher/internal/lease"
	"usher/seats"
)

//go:embed *.lua
var embedded embed.FS

// files are what the script is made of: those that are embedded, but for a test of the tests (see export_test.go).
var files fs.ReadFileFS = embedded

// The script's files, in the order in which they need one another.
var (
	basics     = []string{"records", "state", "board", "begin"}
	modules    = []string{"sessions", "endings", "stays", "graces", "cooldowns", "losses", "line", "asks", "bars", "settling", "expire", "clock"}
	operations = []string{
		"open", "configure", "renew", "take", "unwait", "leave", "logout", "drop", "free", "hand_over", "claim", "ask",
		"answer", "idle", "routing", "lift", "find", "explain", "read",
	}
)

// format is the version of the announcements' shape. A node that reads another one takes it as something missed.
const format = "3"

// kindUse is how the files name a kind of records or of the index's members.
var kindUse = regexp.MustCompile(`\b([RI])\.(\w+)`)

// source assembles the script.
func source() string {
	text := kindUse.ReplaceAllStringFunc(strings.Join(parts(), "\n"), func(use string) string {
		kinds := recordKinds
		if use[0] == 'I' {
			kinds = indexKinds
		}
		kind, ok := kinds[use[2:]]
		if !ok {
			panic("seatsredis: a script uses an unknown kind: " + use)
		}
		return "'" + kind + "'"
	})
	return lease.Assemble(keyNames, text)
}

// parts are the script's files, in order. Those after the basics are blocks: a function has room for 200 local names.
func parts() []string {
	texts := []string{fmt.Sprintf(
		"local ENDED_MEMORY, MAX_BATCH, FENCES_PER_GENERATION, ASK_LIFE, MAX_ASKS, FORMAT = %d, %d, %d, %d, %d, '%s'\nlocal op, %s = {}, %s",
		seats.EndedMemory.Milliseconds(), seats.MaxBatch, int64(seats.FencesPerGeneration), seats.AskLife.Milliseconds(),
		seats.MaxAsks, format, strings.Join(modules, ", "), strings.Repeat("{}, ", len(modules)-1)+"{}",
	)}
	for _, name := range basics {
		texts = append(texts, part(name))
	}
	for _, name := range slices.Concat(modules, operations) {
		texts = append(texts, "do\n"+part(name)+"end")
	}
	return append(texts, part("main"))
}

func part(name string) string {
	text, err := files.ReadFile(name + ".lua")
	if err != nil {
		panic(err) // embedded: every test of the package would fail
	}
	return string(text)
}
