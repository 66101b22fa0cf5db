// Command usher is the server, its administration tools, and the demo. `usher --help` tells what there is.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"usher/loadtest"
)

// commands is the command line.
type commands struct {
	Config configFile `help:"JSON file with settings, named as the flags with _ for -, like data_dir. Flags and environment variables win over it." placeholder:"FILE" env:"USHER_CONFIG"`

	Demo     demoCommand     `cmd:"" help:"Serve a demo license: 3 seats, 7 teammates, a token for each. No dependencies."`
	Serve    serveCommand    `cmd:"" help:"Serve: agent sockets and the HTTP API. In one process, or in many with Redis."`
	Token    tokenCommand    `cmd:"" help:"Print an access token for a teammate."`
	Apikey   apikeyCommand   `cmd:"" help:"Manage partners' API keys, with which licenses are created."`
	Migrate  migrateCommand  `cmd:"" help:"Bring the database's tables up to date, and say what they are. Servers do so by themselves when they start."`
	Audit    auditCommand    `cmd:"" help:"Verify the audit log."`
	Key      keyCommand      `cmd:"" help:"Look at the keys that seat tickets are signed with, and rotate them."`
	Loadtest loadtestCommand `cmd:"" help:"Load a deployment with simulated agents, and see how fast it is and whether it keeps its promises."`
	Health   healthCommand   `cmd:"" help:"Ask a running server whether it is ready; for health checks of containers."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// streams are where a command writes: its result, and what it has to say about itself.
type streams struct{ out, err io.Writer }

// sayf writes about what is going on. Nothing depends on its being read.
func (s streams) sayf(format string, args ...any) { _, _ = fmt.Fprintf(s.err, format, args...) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run runs one command line and returns the exit code: 0, 1 for a failure, 2 for a command line that can't be meant, or
// a promise that a load test saw broken.
func run(ctx context.Context, args []string, io streams) int {
	var c commands
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("usher"),
		kong.Description("Usher decides who may work now on the seats of a license, and tells everyone who is here."),
		kong.Writers(io.out, io.err),
		kong.Exit(func(code int) { exit = code }),
		kong.DefaultEnvars("USHER"),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(io),
	)
	if err != nil {
		io.sayf("usher: %v\n", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		io.sayf("usher: %s\nTry: usher --help\n", told(err))
		return 2
	}
	if err := cmd.Run(); err != nil {
		io.sayf("usher: %s\n", told(err))
		if errors.Is(err, loadtest.ErrBroken) {
			return 2
		}
		return 1
	}
	return 0
}
