// Withservers runs a command with a Redis server, a Redis Cluster and a PostgreSQL server that all its tests share, and stops
// them when the command is over. It exits with the command's code.
//
//	go run ./internal/withservers go test -race ./...
//
// A machine without PostgreSQL gets none, unless USHER_TEST_REQUIRE_POSTGRES=1.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"usher/internal/postgrestest"
	"usher/internal/redistest"
)

// patience is how long the command may take to end after it was asked to.
const patience = 10 * time.Second

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withservers COMMAND [ARGUMENT…]")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withservers:", err)
	}
	os.Exit(code)
}

func run(command []string) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	server, err := redistest.Launch()
	if err != nil {
		return 1, err
	}
	defer server.Stop()
	cluster, err := redistest.LaunchCluster()
	if err != nil {
		return 1, err
	}
	defer cluster.Stop()

	env := append(os.Environ(),
		"USHER_TEST_REDIS_URL="+server.URL(),
		"USHER_TEST_REDIS_CLUSTER_URL="+strings.Join(cluster.Addrs(), ","))
	if postgrestest.Available() || postgrestest.Required() {
		postgres, err := postgrestest.Launch()
		if err != nil {
			return 1, err
		}
		defer postgres.Stop()
		env = append(env, "USHER_TEST_POSTGRES_URL="+postgres.URL())
	}

	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = env
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode(), nil // the command has said why
	case err != nil:
		return 1, err
	}
	return 0, nil
}
