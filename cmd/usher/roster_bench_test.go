package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/redistest"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"
)

// arrival opens a connection, and says hello when it is told to.
func arrival(ctx context.Context, b *testing.B, p *process, name string) (ws *websocket.Conn, hello []byte) {
	b.Helper()
	ws, res, err := websocket.Dial(ctx, p.url+"/v1/agent", &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		b.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	ws.SetReadLimit(4 << 20)
	hello, err = wire.Request("1", wire.TypeHello, wire.Hello{Token: p.demo.token(name), Seat: wire.AskNone, Roster: wire.RosterNone})
	if err != nil {
		b.Fatal(err)
	}
	return ws, hello
}

// BenchmarkJoinSeen measures how long it takes from a teammate's hello on one node until a colleague on another one is shown
// them as online, beside how long Redis alone takes to bring a published message to a subscriber. In µs, and as ratios.
func BenchmarkJoinSeen(b *testing.B) {
	server := redistest.Start(b)
	one, two := startTwo(b, server.URL())
	ann, _ := login(b, "Ann", one)
	is := func(status string) func(client.RosterChanged) bool {
		return func(client.RosterChanged) bool {
			roster, _ := ann.Roster()
			return slices.ContainsFunc(roster, func(e wire.Entry) bool { return e.Name == "Ned" && e.Status == status })
		}
	}
	bare := newBare(b, server)
	ctx := b.Context()
	var seen, published []time.Duration
	for b.Loop() {
		ws, hello := arrival(ctx, b, two, "Ned")
		began := time.Now()
		if err := ws.Write(ctx, websocket.MessageText, hello); err != nil {
			b.Fatal(err)
		}
		await(ann, is(wire.StatusOnline))
		seen = append(seen, time.Since(began))
		logout, _ := wire.Request("2", wire.TypeLogout, nil)
		if err := ws.Write(ctx, websocket.MessageText, logout); err != nil {
			b.Fatal(err)
		}
		await(ann, is(wire.StatusOffline))
		_ = ws.CloseNow()
		published = append(published, bare.publish(b))
		time.Sleep(50 * time.Millisecond) // no storm: what is measured is a change that comes alone
	}
	b.ReportMetric(0, "ns/op")
	for _, p := range []int{50, 99} {
		ours, theirs := percentile(seen, p), percentile(published, p)
		b.ReportMetric(float64(ours.Microseconds()), fmt.Sprintf("µs/join-seen-p%d", p))
		b.ReportMetric(float64(ours)/float64(theirs), fmt.Sprintf("ratio-p%d", p))
	}
	b.ReportMetric(float64(percentile(published, 50).Microseconds()), "µs/bare-publish-p50")
}

// bare is Redis with nothing around it.
type bare struct {
	client *redis.Client
	heard  *redis.PubSub
}

func newBare(b *testing.B, server *redistest.Server) *bare {
	b.Helper()
	c := redis.NewClient(&redis.Options{Addr: server.Addr()})
	b.Cleanup(func() { _ = c.Close() })
	heard := c.SSubscribe(b.Context(), "bare")
	b.Cleanup(func() { _ = heard.Close() })
	if _, err := heard.Receive(b.Context()); err != nil {
		b.Fatal(err)
	}
	return &bare{c, heard}
}

// publish is how long it takes a message to reach its subscriber.
func (r *bare) publish(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	if err := r.client.SPublish(b.Context(), "bare", "x").Err(); err != nil {
		b.Fatal(err)
	}
	if _, err := r.heard.ReceiveMessage(b.Context()); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func percentile(all []time.Duration, p int) time.Duration {
	slices.Sort(all)
	return all[(len(all)-1)*p/100]
}

// BenchmarkUpkeep counts what Redis has to do while nothing but time passes on a license of two nodes, by the number of its
// sessions: it should be the same.
func BenchmarkUpkeep(b *testing.B) {
	for _, sessions := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(sessions), func(b *testing.B) {
			server := redistest.Start(b)
			const lease = 2 * time.Second
			one, two := startTwo(b, server.URL(), "--lease", lease.String(), "--ticket-ttl", "2s")
			if status, answer := one.call(one.demo.token("Meg"), "PATCH", one.license(""), map[string]any{
				"policy": map[string]any{"sessions_per_teammate": 1000},
			}); status != 200 {
				b.Fatal(answer)
			}
			for i := range sessions {
				ws, hello := arrival(b.Context(), b, []*process{one, two}[i%2], []string{"Ann", "Bob", "Ned"}[i%3])
				b.Cleanup(func() { _ = ws.CloseNow() })
				if err := ws.Write(b.Context(), websocket.MessageText, hello); err != nil {
					b.Fatal(err)
				}
				if _, _, err := ws.Read(b.Context()); err != nil {
					b.Fatal(err)
				}
				go func() { // reads what comes, until it is closed
					for {
						if _, _, err := ws.Read(b.Context()); err != nil {
							return
						}
					}
				}()
			}
			client := redis.NewClient(&redis.Options{Addr: server.Addr()})
			defer client.Close()
			time.Sleep(lease)
			began, before := time.Now(), processed(b, client)
			for b.Loop() {
				time.Sleep(3 * lease)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(processed(b, client)-before)/time.Since(began).Seconds(), "redis-commands/s")
		})
	}
}

// processed is how many commands, and calls of scripts within them, a server has done.
func processed(b *testing.B, client *redis.Client) int {
	b.Helper()
	info, err := client.Info(b.Context(), "stats").Result()
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(info, "total_commands_processed:")
	n, err := strconv.Atoi(strings.TrimSpace(rest[:strings.IndexByte(rest, '\n')]))
	if err != nil {
		b.Fatal(err)
	}
	return n
}
