// Mutants shows that the tests of the engines find what they are there to find: it plants one seeded bug
// after the other, runs the test that is named for it, and demands that this test fails.
//
//	go run ./internal/mutants [-engine seatsmem|seatsredis|…] [-run regexp]
//
// It prints a table of mutants and of the tests that killed them, and exits with 1 when one survived, when its
// test fails without it too, or when the text that it replaces is not there exactly once. Nothing in the
// checkout is written to.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
)

func main() {
	if !mutants() {
		os.Exit(1)
	}
}

// mutants is main, but for the exit code.
func mutants() bool {
	engine := flag.String("engine", "", "only the mutants of this engine, like seatsmem")
	match := flag.String("run", "", "only the mutants whose names match this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	killed, err := run(ctx, os.Stdout, *engine, *match)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
	}
	return err == nil && killed
}

// run tries the chosen mutants and prints what became of them; it tells whether all were killed.
func run(ctx context.Context, w io.Writer, engine, match string) (killed bool, err error) {
	chosen, err := choose(engine, match)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	root, err := moduleRoot(ctx)
	if err != nil {
		return false, err
	}
	lab := lab{root: root, dir: dir, sound: map[string]string{}}
	if err := lab.healthy(ctx, chosen); err != nil {
		return false, err
	}
	return lab.report(ctx, w, chosen)
}

func choose(engine, match string) ([]mutant, error) {
	re, err := regexp.Compile(match)
	if err != nil {
		return nil, err
	}
	var chosen []mutant
	for _, e := range engines {
		for _, m := range e.mutants {
			m.engine, m.control = e.name, e.control
			if (engine == "" || engine == e.name) && re.MatchString(m.name) {
				m.pkg = cmp.Or(m.pkg, e.pkg)
				chosen = append(chosen, m)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("there is no mutant of engine %q that matches %q", engine, match)
	}
	return chosen, nil
}

// report prints each mutant as soon as its fate and that of those before it are known: the whole table takes minutes.
func (l lab) report(ctx context.Context, w io.Writer, chosen []mutant) (bool, error) {
	width := 0
	for _, m := range chosen {
		width = max(width, len(m.title()))
	}
	if _, err := fmt.Fprintf(w, "%-*s | killed by\n", width, "mutant"); err != nil {
		return false, err
	}
	all := true
	fates := l.tryAll(ctx, chosen)
	var unknown []error
	for i, m := range chosen {
		f := <-fates[i]
		said := strings.Join(f.failed, ", ")
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case f.err != nil:
			unknown = append(unknown, fmt.Errorf("%s: %w", m.title(), f.err))
			said = "NOTHING IS SHOWN, see below"
		case len(f.failed) < len(m.tests):
			all = false
			said = "SURVIVED one of " + strings.Join(m.tests, ", ")
		}
		if _, err := fmt.Fprintf(w, "%-*s | %s\n", width, m.title(), said); err != nil {
			return false, err
		}
	}
	return all, errors.Join(unknown...)
}
