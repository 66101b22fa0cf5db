//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"usher/internal/redistest"
)

// So many log in to see what it costs, on licenses of one and of more, so many at once. Licenses of one are few enough that their floors are
// still there when they come again.
const loginsOf1, logins, atOnce = 200, 1000, 8

// BenchmarkLoginCPU is what a login costs the processor of a serving process with Redis, beside that of the least that could let agents
// in (see asPlain): two hundred log in on licenses of one, which were served a moment before; until all were shown all. Medians of three
// rounds, in µs, and their ratio. "first" is the first login of each license ever.
//
// Run it with -benchtime=1x, as the one below. See profileOf, too.
func BenchmarkLoginCPU(b *testing.B) {
	server, dir := redistest.Start(b), b.TempDir()
	all := recruits(b, dir, "one", loginsOf1, 1)
	plain, ours := startPlain(b, server.URL(), dir), startServe(b, dir, demo{}, "--redis-url", server.URL())
	for b.Loop() {
		first, _ := loginCost(b, ours, all)
		cost := medians(3, func() float64 { cost, _ := loginCost(b, plain, all); return cost }, func() float64 { return warmCost(b, ours, all) })
		b.ReportMetric(first, "µs/first")
		b.ReportMetric(cost[0], "µs/plain")
		b.ReportMetric(cost[1], "µs/login")
		b.ReportMetric(cost[1]/cost[0], "x-plain")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLoginCPUByLicense is the same of a thousand on licenses of more, in an order that has the licenses mixed, beside licenses of one.
func BenchmarkLoginCPUByLicense(b *testing.B) {
	for _, agents := range []int{25, 100, 1000} {
		b.Run(fmt.Sprint(agents), func(b *testing.B) {
			server, dir := redistest.Start(b), b.TempDir()
			of1, of := recruits(b, dir, "one", loginsOf1, 1), recruits(b, dir, "many", logins/agents, agents)
			ours := startServe(b, dir, demo{}, "--redis-url", server.URL())
			for b.Loop() {
				cost := medians(3, func() float64 { return warmCost(b, ours, of1) }, func() float64 { return warmCost(b, ours, of) })
				b.ReportMetric(cost[0], "µs/login-of-1")
				b.ReportMetric(cost[1], "µs/login")
				b.ReportMetric(cost[1]/cost[0], "x-of-1")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// medians measures several things in turn, so many times.
func medians(rounds int, measure ...func() float64) []float64 {
	all, of := make([][]float64, len(measure)), make([]float64, len(measure))
	for range rounds {
		for i, m := range measure {
			all[i] = append(all[i], m())
		}
	}
	for i := range all {
		slices.Sort(all[i])
		of[i] = all[i][rounds/2]
	}
	return of
}

// floorKept is for how long a license's floor is surely there after everybody has left it.
const floorKept = 9 * time.Second

// warmCost is loginCost of licenses that were served a moment before. What took so long that some were not is measured again.
func warmCost(b *testing.B, p *process, all []recruit) float64 {
	b.Helper()
	for range 10 {
		loginCost(b, p, all)
		if cost, within := loginCost(b, p, all); within < floorKept {
			return cost
		}
	}
	b.Fatal("the machine is too busy to measure on")
	return 0
}

// loginCost has all log in, and out again, and returns what processor time a login cost the server, in µs, and how long
// nobody was there before the last of them.
func loginCost(b *testing.B, p *process, all []recruit) (cost float64, since time.Duration) {
	b.Helper()
	s := swarm{b: b, addr: strings.TrimPrefix(p.url, "http://")}
	toggleProfile(b, p)
	before := cpuOf(b, p)
	s.logIn(all, atOnce)
	since = time.Since(p.left)
	s.settle()
	after := cpuOf(b, p)
	toggleProfile(b, p)
	p.left = time.Now()
	s.logOut()
	for at := after; cpuOf(b, p)-at > 10*time.Millisecond; { // what follows a logout, a second later, is to be done
		at = cpuOf(b, p)
		time.Sleep(1200 * time.Millisecond)
	}
	return float64((after - before).Nanoseconds()) / 1000 / float64(len(all)), since
}

func toggleProfile(b *testing.B, p *process) {
	b.Helper()
	if os.Getenv(profileOf) == "" || p.plain {
		return
	}
	if err := p.cmd.Process.Signal(unix.SIGUSR1); err != nil {
		b.Fatal(err)
	}
}

// cpuOf is the processor time that a process has used.
func cpuOf(b *testing.B, p *process) time.Duration {
	b.Helper()
	var t unix.Timespec
	// The number of another process's clock, as clock_getcpuclockid(3) has it.
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|2), &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// startPlain starts a plain server and waits until it listens.
func startPlain(b *testing.B, redis, dir string) *process {
	b.Helper()
	p := &process{t: b, plain: true, cmd: command(b, []string{asPlain + "=" + redis, plainKeys + "=" + dir}), ended: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	p.start()
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.kill()
		b.Fatalf("%v\n%s", err, p.stderr.String())
	}
	p.url = "http://" + strings.TrimSpace(addr)
	return p
}
