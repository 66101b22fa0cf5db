package main

import (
	"context"
	"log/slog"
)

type serveCommand struct{ settings }

// Help is shown by usher serve --help.
func (serveCommand) Help() string {
	return `Without Redis the seats are kept by this process, which then has its database for itself. With
--redis-url any number of processes serve the same licenses; they share a PostgreSQL database, with
--database-url, or on one machine a data directory.

Settings come from flags, then USHER_… variables, then the file of --config, then the defaults.`
}

func (c *serveCommand) Run(ctx context.Context, io streams) error {
	log := c.logger(io)
	n, err := newNode(ctx, &c.settings, log)
	if err != nil {
		return err
	}
	n.announce(log)
	return n.serve(ctx)
}

// announce says what the node uses, and where it is.
func (n *node) announce(log *slog.Logger) {
	log.Info("usher is ready",
		"url", n.url(), "node", string(n.name), "seats", n.engine.about, "data", n.settings.about(),
		"lease", n.settings.Lease.String(), "grace", n.settings.Grace.String(), "version", version())
}
