package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"usher/internal/redistest"

	"github.com/redis/go-redis/v9"
)

// overheard is what clients send to a Redis server, as it tells of it itself: each command, but for those within scripts.
type overheard struct {
	b     *testing.B
	lines *bufio.Scanner
	mark  redis.UniversalClient
}

func overhear(b *testing.B, server *redistest.Server) *overheard {
	b.Helper()
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.Write([]byte("MONITOR\r\n")); err != nil {
		b.Fatal(err)
	}
	mark := redis.NewClient(&redis.Options{Addr: server.Addr()})
	b.Cleanup(func() { _ = mark.Close() })
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20) // loading a library is one line
	return &overheard{b, lines, mark}
}

// since is how often each command was sent since it was last asked for.
func (o *overheard) since() map[string]int {
	o.b.Helper()
	if err := o.mark.Echo(o.b.Context(), "so far").Err(); err != nil {
		o.b.Fatal(err)
	}
	times := map[string]int{}
	for o.lines.Scan() {
		line := o.lines.Text()
		if strings.HasSuffix(line, `"echo" "so far"`) {
			return times
		}
		if strings.Contains(line, `] "`) && !strings.Contains(line, " lua] ") {
			times[nameOf(line)]++
		}
	}
	o.b.Fatalf("nothing more is overheard: %v", o.lines.Err())
	return nil
}

var quoted = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)

// nameOf is the name of a command; of a call of an engine, with the operations in it.
func nameOf(line string) string {
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(line, -1) {
		words = append(words, m[1])
	}
	name := strings.ToLower(words[0])
	if name != "fcall" {
		return name
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(words[i])
		return n
	}
	keys := number(2)
	operations := map[string]bool{}
	for at := 3 + keys + 2; at < len(words); at += 2 + number(at+1) { // after the deadline and the node
		operations[words[at]] = true
	}
	owner, _, _ := strings.Cut(words[3], ":{")
	engine := owner[strings.LastIndex(owner, ":")+1:]
	return fmt.Sprintf("%s: %s", engine, strings.Join(slices.Sorted(maps.Keys(operations)), ", "))
}

// BenchmarkCommandsOfLogin counts the commands that Redis is sent for a login, by the number of operators who log in on a
// license, at once or one after another: those that come with a license and with connections too, but none within scripts.
func BenchmarkCommandsOfLogin(b *testing.B) {
	for _, agents := range []int{1, 25} {
		for _, atOnce := range []bool{true, false} {
			b.Run(fmt.Sprintf("agents=%d/at-once=%t", agents, atOnce), func(b *testing.B) {
				server := redistest.Start(b)
				p := startDemo(b, b.TempDir(), "--redis-url", server.URL())
				ctx, stop := context.WithCancel(b.Context())
				defer stop()
				o := overhear(b, server)
				times, logins := map[string]int{}, 0
				for b.Loop() {
					workers := newCrowd(b, []*process{p}, agents, agents).hire(agents)
					o.since()
					enter(ctx, b, workers, atOnce)
					logins += agents
					for name, n := range o.since() {
						times[name] += n
					}
				}
				reportTimes(b, times, logins)
			})
		}
	}
}

func enter(ctx context.Context, b *testing.B, workers []*worker, atOnce bool) {
	b.Helper()
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() {
			if !w.connect(ctx) {
				b.Errorf("%s was not let in", w.teammate)
			}
		})
		if !atOnce {
			all.Wait()
		}
	}
	all.Wait()
}

// reportTimes reports how often each command was sent for a login.
func reportTimes(b *testing.B, times map[string]int, logins int) {
	b.Helper()
	all := 0
	var each []string
	for _, name := range slices.Sorted(maps.Keys(times)) {
		all += times[name]
		each = append(each, fmt.Sprintf("%.2f %s", float64(times[name])/float64(logins), name))
	}
	b.Log(strings.Join(each, "; ")) // in one line: the output of benchmarks is cut short
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(all)/float64(logins), "commands/login")
}
