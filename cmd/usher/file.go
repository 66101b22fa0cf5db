package main

import (
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// settingsFile reads a JSON file of settings. Kong asks a file before it looks at what the environment set; the
// order here is flag, environment, file, default.
func settingsFile(r io.Reader) (kong.Resolver, error) {
	file, err := kong.JSON(r)
	if err != nil {
		return nil, err
	}
	return kong.ResolverFunc(func(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range flag.Envs {
			if _, set := os.LookupEnv(name); set {
				return nil, nil
			}
		}
		return file.Resolve(ctx, parent, flag)
	}), nil
}
