package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// mutant is one seeded bug.
type mutant struct {
	name  string   // what is wrong, in a few words
	file  string   // from the module's root, with slashes: Go, or a script of a Redis engine
	old   string   // the text that is replaced; must be there exactly once
	new   string   // what stands there instead
	tests []string // each of them must fail: the names as go test prints them
	pkg   string   // whose tests they are; "": the engine's

	engine  string // filled in from engines, as is the next
	control string // a test that must pass in spite of the bug
}

func (m mutant) title() string { return m.engine + ": " + m.name }

// engines are the packages under test with their mutants. The control test tells a bug that was found from one
// that breaks everything: a script that does not load, a license that can't be opened.
var engines = []struct {
	name    string
	pkg     string
	control string
	mutants []mutant
}{
	{"seatsmem", "./seats/seatsmem", "TestConformance/UnopenedIsAnErrorUntilOpened", seatsMem},
	{"seatsredis", "./seats/seatsredis", "TestConformance/Single/UnopenedIsAnErrorUntilOpened", seatsRedis},
	{"presence", "./presence", "TestDerive", presenceRules},
	{"presencemem", "./presence/presencemem", "TestConformance/AnUnknownLicenseIsUnopened", presenceMem},
	{"presenceredis", "./presence/presenceredis", "TestConformance/Single/AnUnknownLicenseIsUnopened", presenceRedis},
}

// text is the mutant's file with the bug in it.
func (m mutant) text(root string) (string, error) {
	sound, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(sound), m.old); n != 1 {
		return "", fmt.Errorf("%s has %q %d times, want once", m.file, m.old, n)
	}
	return strings.Replace(string(sound), m.old, m.new, 1), nil
}
