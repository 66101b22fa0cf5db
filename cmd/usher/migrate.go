package main

import (
	"context"
	"fmt"

	"usher/internal/database"
)

type migrateCommand struct{ storage }

// Help is shown by usher migrate --help.
func (migrateCommand) Help() string {
	return `Makes the tables in an empty database, and changes those of an older version. A server does the same when it starts;
this is for who wants it done, or seen to fail, before. Whoever comes at the same time waits.

A database of a newer version is left alone, and refused.`
}

// Run prints the version that the tables have.
func (c *migrateCommand) Run(ctx context.Context, io streams) error {
	db, err := database.Open(ctx, c.options())
	if err != nil {
		return err
	}
	defer db.Close()
	v, err := db.Version(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, "the tables have version %d, in %s\n", v, c.about())
	return err
}
