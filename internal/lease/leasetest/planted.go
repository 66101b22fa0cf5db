package leasetest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
)

// planted has one of a script's files with a bug in it.
type planted struct {
	fs.ReadFileFS
	name string
	text []byte
}

func (p planted) ReadFile(name string) ([]byte, error) {
	if name == p.name {
		return p.text, nil
	}
	return p.ReadFileFS.ReadFile(name)
}

// Planted are a script's files, with the one that USHER_TEST_LUA is the path of in the place of that of its name. So one
// test binary shows all bugs that internal/mutants plants.
func Planted(files fs.ReadFileFS) fs.ReadFileFS {
	path := os.Getenv("USHER_TEST_LUA")
	if path == "" {
		return files
	}
	name := filepath.Base(path)
	sound, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	if bytes.Equal(text, sound) {
		panic(path + " has no bug: it is what is embedded")
	}
	return planted{files, name, text}
}
