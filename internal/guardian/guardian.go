// Package guardian runs server programs for tests, and sees to it that none of them outlives the process that started it,
// however that ends: a test binary that panics or is killed leaves no servers behind.
package guardian

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// script starts the program, tells its process id, and kills it when its own standard input ends, which happens at the
// latest when the process that holds the other end is gone.
const script = `"$@" >>"$0" 2>&1 & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait`

// Process is a program that runs until it is killed.
type Process struct {
	pid   int
	log   string
	life  io.Closer // closing it makes the shell end the program
	shell *exec.Cmd
}

// Options are how a program is run, beside its command line.
type Options struct {
	// Log is the file that its output is added to.
	Log string
	// As is whose process it is. Default: that of who starts it.
	As *syscall.Credential
	// Dir is its working directory. Default: that of who starts it.
	Dir string
}

// Start starts a program and returns at once.
func Start(o Options, command ...string) (*Process, error) {
	shell := exec.Command("/bin/sh", append([]string{"-c", script, o.Log}, command...)...)
	shell.Dir = o.Dir
	if o.As != nil {
		shell.SysProcAttr = &syscall.SysProcAttr{Credential: o.As}
	}
	life, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := shell.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, err
	}
	p := &Process{log: o.Log, life: life, shell: shell}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		p.pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		p.Kill()
		return nil, fmt.Errorf("%s was not started: %w", command[0], err)
	}
	return p, nil
}

// PID is the program's process id.
func (p *Process) PID() int { return p.pid }

// Signal sends the program a signal. Errors: it is gone.
func (p *Process) Signal(sig syscall.Signal) error { return syscall.Kill(p.pid, sig) }

// Gone tells whether the program has ended.
func (p *Process) Gone() bool { return errors.Is(p.Signal(0), syscall.ESRCH) }

// Output is what the program has written so far.
func (p *Process) Output() string {
	text, _ := os.ReadFile(p.log)
	return string(text)
}

// Kill ends the program at once, as a crash would, and returns when it is gone. Killing twice does no harm.
func (p *Process) Kill() {
	_ = p.life.Close()
	_ = p.shell.Wait()
}
