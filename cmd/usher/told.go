package main

import (
	"errors"
	"slices"
	"strings"

	"usher/internal/directory"
)

// told is an error as whoever typed the command is told of it: without the names of packages, which are for logs.
func told(err error) string {
	text := err.Error()
	if mistake, ok := errors.AsType[*directory.Error](err); ok {
		text = strings.Replace(text, mistake.Error(), mistakeText(mistake), 1)
	}
	lines := strings.Split(text, "\n") // of errors that were joined
	for i, line := range lines {
		lines[i] = withoutPackages(line)
	}
	return strings.Join(lines, "\n")
}

func mistakeText(e *directory.Error) string {
	switch {
	case e.Reason == "":
		return e.Field + ": " + string(e.Code)
	case e.Code == directory.NotFound:
		return e.Reason
	}
	return e.Field + ": " + e.Reason
}

// packages are those of ours whose errors begin with their name.
func packages() []string {
	return []string{"audit", "auth", "database", "directory", "gateway", "admin", "lease", "ledger", "loadtest", "seats", "seatsmem", "seatsredis", "telemetry"}
}

func withoutPackages(line string) string {
	for {
		first, rest, ok := strings.Cut(line, ": ")
		if !ok || !slices.Contains(packages(), first) {
			return line
		}
		line = rest
	}
}
