package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// agent is an agent app made with the Go client, which reconnects by itself.
type agent struct {
	*client.Client
	t      testing.TB
	events chan client.Event
	cancel context.CancelFunc
	ended  chan struct{}
}

// nodes are where an agent may connect to; when one does not answer it tries the next.
func nodes(ps ...*process) client.Dial {
	var at atomic.Int64
	return func(ctx context.Context, _ string, o *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
		p := ps[int(at.Load())%len(ps)]
		ws, res, err := websocket.Dial(ctx, p.url+"/v1/agent", o)
		if err != nil {
			at.Add(1)
		}
		return ws, res, err
	}
}

// login starts an agent and waits for its welcome.
func login(t testing.TB, name string, ps ...*process) (*agent, wire.Welcome) {
	t.Helper()
	return loginBy(t, name, ps[0], nodes(ps...))
}

// loginBy is login with a way of its own to connect. p is of the deployment.
func loginBy(t testing.TB, name string, p *process, dial client.Dial) (*agent, wire.Welcome) {
	t.Helper()
	a := &agent{t: t, events: make(chan client.Event, 10_000), ended: make(chan struct{})}
	token := p.demo.token(name)
	c, err := client.New(client.Options{
		URL:     p.url + "/v1/agent",
		Token:   func(context.Context) (string, error) { return token, nil },
		OnEvent: func(e client.Event) { a.events <- e },
		Dial:    dial,
		Rand:    func() float64 { return 0.1 }, // soon
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Client = c
	var ctx context.Context
	ctx, a.cancel = context.WithCancel(context.Background())
	go func() {
		defer close(a.ended)
		_ = c.Run(ctx)
	}()
	t.Cleanup(a.leaveWithoutLogout)
	return a, await(a, func(client.Welcomed) bool { return true }).Welcome
}

// leaveWithoutLogout drops the connection for good.
func (a *agent) leaveWithoutLogout() {
	a.cancel()
	<-a.ended
}

// await takes events until one fits.
func await[E client.Event](a *agent, fits func(E) bool) E {
	a.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e := <-a.events:
			if e, ok := e.(E); ok && fits(e) {
				return e
			}
		case <-timeout:
			var want E
			a.t.Fatalf("waited in vain for %T", want)
		}
	}
}

func (a *agent) take() wire.Seat {
	a.t.Helper()
	seat, err := a.Take(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	return seat
}

func (a *agent) logout() {
	a.t.Helper()
	if err := a.Logout(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	<-a.ended
}
