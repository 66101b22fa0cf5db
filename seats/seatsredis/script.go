package seatsredis

import (
	"embed"
	"fmt"

	"usher/internal/lease"
	"usher/seats"
)

//go:embed *.lua
var files embed.FS

// parts are the script's files, in the order in which they need one another.
var parts = []string{
	"records", "trust", "board", "effects", "expire",
	"open", "configure", "renew", "take", "leave", "logout", "drop", "free", "explain", "read", "main",
}

// format is the version of the announcements' shape. A node that reads another one takes it as something missed.
const format = "1"

// source assembles the script.
func source() string {
	texts := []string{fmt.Sprintf("local ENDED_MEMORY, MAX_BATCH, FENCES_PER_GENERATION, FORMAT = %d, %d, %d, '%s'",
		seats.EndedMemory.Milliseconds(), seats.MaxBatch, int64(seats.FencesPerGeneration), format)}
	for _, part := range parts {
		text, err := files.ReadFile(part + ".lua")
		if err != nil {
			panic(err) // embedded: every test of the package would fail
		}
		texts = append(texts, string(text))
	}
	return lease.Assemble(keyNames, texts...)
}
