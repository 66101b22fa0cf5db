// Bench runs the benchmarks that a target is set for, several times each, and prints how far each target is met.
//
//	go run ./internal/bench [-count 3] [-run regexp]
//
// Each benchmark measures both sides of its ratio in one run, one after the other in rounds, so that what else the machine does
// falls on both; the table has the median of the runs. It says what was measured, met or not, and exits with 1 only for a
// benchmark that failed or did not report what its row needs.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"time"
)

func main() {
	count := flag.Int("count", 3, "how often each benchmark is run")
	match := flag.String("run", "", "only the rows whose benchmark matches this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Stderr, *count, *match); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the deferred stop was called
	}
}

// run runs the benchmarks of the chosen rows, and prints the table. What goes on is told to log.
func run(ctx context.Context, out, log io.Writer, count int, match string) error {
	re, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	if count < 1 {
		return errors.New("-count must be 1 or more")
	}
	chosen := slices.DeleteFunc(rows(), func(r row) bool { return !re.MatchString(r.of.name) })
	if len(chosen) == 0 {
		return fmt.Errorf("no row's benchmark matches %q", match)
	}
	found := map[benchmark]results{}
	var errs []error
	for _, r := range chosen {
		if _, ran := found[r.of]; ran {
			continue
		}
		began := time.Now()
		_, _ = fmt.Fprintf(log, "%s %s …", r.of.pkg, r.of.name)
		found[r.of], err = r.of.run(ctx, count)
		_, _ = fmt.Fprintf(log, " %.0f s\n", time.Since(began).Seconds())
		if err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	for _, r := range chosen {
		if err := r.missing(found[r.of]); err != nil {
			errs = append(errs, err)
		}
	}
	return cmp.Or(writeTable(out, chosen, found), errors.Join(errs...))
}

// benchmark is one of a package, with all of its parts.
type benchmark struct{ pkg, name string }

// run runs it so often. Errors: it failed; the output is in it.
func (b benchmark) run(ctx context.Context, count int) (results, error) {
	//nolint:gosec // the arguments are this program's own
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+b.name+"$", "-benchtime", "1x",
		"-count", fmt.Sprint(count), "-timeout", "30m", b.pkg)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	said := &tail{}
	cmd.Stderr = said
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	read := results{}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		read.read(lines.Text())
		_, _ = fmt.Fprintln(said, lines.Text())
	}
	if err := errors.Join(lines.Err(), cmd.Wait()); err != nil {
		return read, fmt.Errorf("%s %s: %w\n%s", b.pkg, b.name, err, said.kept)
	}
	return read, nil
}

// tail keeps the end of what is written.
type tail struct{ kept []byte }

func (t *tail) Write(b []byte) (int, error) {
	const most = 4 << 10
	t.kept = append(t.kept, b...)
	t.kept = t.kept[max(0, len(t.kept)-most):]
	return len(b), nil
}
