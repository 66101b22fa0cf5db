package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// configFile is --config, a JSON file of settings. Kong has one of its own, whose errors do not say what they are
// about.
type configFile string

// BeforeResolve is called by kong, which then asks the file for what the command line does not say.
func (configFile) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	name, ok := ctx.FlagValue(trace.Flag).(configFile)
	if !ok || name == "" {
		return nil
	}
	f, err := readFile(string(name))
	if err != nil {
		return err
	}
	ctx.AddResolver(f)
	return nil
}

// fileSettings are what a file says.
type fileSettings struct {
	kong.Resolver
	name string
	keys []string // as the file spells them
}

func readFile(name string) (*fileSettings, error) {
	f := &fileSettings{name: name}
	content, err := os.ReadFile(kong.ExpandPath(name))
	if err != nil {
		return nil, f.wrong(err)
	}
	var values map[string]any
	if err := json.Unmarshal(content, &values); err != nil {
		return nil, f.wrong(fmt.Errorf("it is no JSON object of settings: %w", err))
	}
	f.keys = slices.Sorted(maps.Keys(values))
	if f.Resolver, err = kong.JSON(bytes.NewReader(content)); err != nil {
		return nil, f.wrong(err)
	}
	return f, nil
}

// wrong says which file an error is about, and where that file was named.
func (f *fileSettings) wrong(err error) error {
	return fmt.Errorf("--config (USHER_CONFIG) %s: %w", f.name, err)
}

// Validate refuses keys that no command has a flag for: a mistyped setting would silently be its default.
func (f *fileSettings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	collectFlags(app.Node, known)
	delete(known, "config")
	delete(known, "help")
	for _, key := range f.keys {
		if !known[key] {
			return f.wrong(fmt.Errorf("there is no setting %q", key))
		}
	}
	return nil
}

// collectFlags notes the keys under which kong looks for the flags of a command and those below it.
func collectFlags(n *kong.Node, known map[string]bool) {
	for _, flag := range n.Flags {
		known[strings.ReplaceAll(flag.Name, "-", "_")] = true
		known[camel(flag.Name)] = true
	}
	for _, child := range n.Children {
		collectFlags(child, known)
	}
}

// camel is data-dir as dataDir.
func camel(name string) string {
	words := strings.Split(name, "-")
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}

// Resolve answers kong with what the file has for a flag. Kong asks a file before it looks at what the environment
// set; the order here is flag, environment, file, default.
func (f *fileSettings) Resolve(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	return f.Resolver.Resolve(ctx, parent, flag)
}
