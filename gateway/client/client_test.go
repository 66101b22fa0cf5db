package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"usher/gateway/client"
	"usher/gateway/wire"
)

func TestOptionsThatCantBeMeant(t *testing.T) {
	t.Parallel()
	token := func(context.Context) (string, error) { return "", nil }
	for name, o := range map[string]client.Options{
		"no url":      {Token: token},
		"another url": {URL: "ftp://example.com", Token: token},
		"no host":     {URL: "ws:///v1/agent", Token: token},
		"bad url":     {URL: "ws://%zz", Token: token},
		"no token":    {URL: "ws://example.com"},
		"long device": {URL: "ws://example.com", Token: token, Device: strings.Repeat("d", 33)},
		"odd seat":    {URL: "ws://example.com", Token: token, Seat: "sofa"},
		"no trace":    {URL: "ws://example.com", Token: token, Traced: true},
		"half trace":  {URL: "ws://example.com", Token: token, Trace: &client.Trace{}},
	} {
		if _, err := client.New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestWelcomeIsTheState(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	if st := a.State(); st.Connected || st.Seat.State != "" {
		t.Errorf("before: %+v", st)
	}
	_, h := s.welcomed(t, nil)
	if h.Token != "token-1" || h.Device != "test" || h.Seat != wire.AskAuto || h.Resume != nil {
		t.Errorf("hello %s", raw(h))
	}
	if w := until[client.Welcomed](a).Welcome; w.Session != "ses_1" {
		t.Errorf("welcome %s", raw(w))
	}
	st := a.State()
	if !st.Connected || st.Session != "ses_1" || st.Seat.Fence != 1000000017 || st.Access.Inbox != wire.InboxOpen {
		t.Errorf("state %+v", st)
	}
	if b, at := a.Board(); len(b.Holders) != 1 || at != (wire.Position{Epoch: "1", Version: 42}) {
		t.Errorf("board %s at %+v", raw(b), at)
	}
}

func TestStopIsClean(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	p, _ := s.welcomed(t, nil)
	until[client.Welcomed](a)
	if err := a.Run(t.Context()); !errors.Is(err, client.ErrRunning) {
		t.Errorf("a second Run: %v", err)
	}
	a.cancel()
	if code := p.gone(); code != websocket.StatusGoingAway {
		t.Errorf("closed with %d, want 1001", code)
	}
	if err := a.ended(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if e := until[client.Disconnected](a); e.Reconnect {
		t.Errorf("%+v", e)
	}
	if _, err := a.Take(t.Context()); !errors.Is(err, client.ErrNotConnected) || a.State().Connected {
		t.Errorf("after the end: %v", err)
	}
}

// TestStopDoesNotWaitForAStalledPeer has a server that never answers a close frame.
func TestStopDoesNotWaitForAStalledPeer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	s.welcomed(t, nil)
	until[client.Welcomed](a)
	began := time.Now()
	a.cancel()
	if err := a.ended(); err != nil || time.Since(began) > 3*time.Second { // the library alone takes 5 s, now and then
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestStopWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, func(o *client.Options) {
		o.Token = func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }
	})
	b := run(t, s, nil) // connected, not welcomed
	s.accept(t).expect(wire.TypeHello)
	a.cancel()
	b.cancel()
	if a.ended() != nil || b.ended() != nil {
		t.Error("not nil")
	}
}

func TestReconnectResumes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	p, _ := s.welcomed(t, nil)
	until[client.Welcomed](a)
	_ = p.conn.CloseNow() // no close frame
	if e := until[client.Disconnected](a); e.Code != wire.CloseAbnormal || e.Err == nil || !e.Reconnect {
		t.Errorf("%+v", e)
	}
	p, h := s.welcomed(t, func(w *wire.Welcome) { w.Resume, w.Resumed, w.Session = "resume-2", true, "ses_2" })
	if h.Resume == nil || *h.Resume != "resume-1" || h.Seat != wire.AskAuto {
		t.Errorf("second hello %s", raw(h))
	}
	until[client.Welcomed](a)
	if st := a.State(); !st.Resumed || st.Session != "ses_2" {
		t.Errorf("%+v", st)
	}
	p.close(wire.CloseSlowConsumer)
	if _, h = s.welcomed(t, nil); h.Resume == nil || *h.Resume != "resume-2" {
		t.Errorf("third hello %s", raw(h))
	}
}

func TestCloseCodes(t *testing.T) {
	t.Parallel()
	for code := range map[wire.CloseCode]bool{
		wire.CloseDraining: true, wire.CloseTokenExpired: true, wire.CloseSlowConsumer: true, wire.CloseInternalError: true,
		wire.CloseRateLimited: true, wire.CloseGoingAway: true, wire.CloseServiceRestart: true, wire.CloseTryAgainLater: true,
		wire.CloseUnauthorized: false, wire.CloseLoggedOutRemotely: false, wire.CloseTeammateRemoved: false,
		wire.CloseTooManyConnections: false, wire.CloseUnsupportedVersion: false, wire.CloseProtocolViolation: false,
		wire.CloseTokenRevoked: false, wire.CloseResumedElsewhere: false, 1000: false, 1008: false,
	} {
		t.Run(raw(code), func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			a := run(t, s, nil)
			p, _ := s.welcomed(t, nil)
			p.close(code)
			e := until[client.Disconnected](a)
			if e.Code != code || e.Reconnect != code.Reconnect() {
				t.Errorf("%+v", e)
			}
			if code.Reconnect() {
				s.welcomed(t, nil)
				return
			}
			var closed *client.CloseError
			if err := a.ended(); !errors.As(err, &closed) || closed.Code != code || closed.Reason != code.Reason() {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

func TestLoggedOutElsewhereIsNoError(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	p, _ := s.welcomed(t, nil)
	p.close(wire.CloseLoggedOut)
	if err := a.ended(); err != nil {
		t.Error(err)
	}
}

// TestLoggedOutRemotely has an administrator end the session: that is none of the client's doing, and told as an error.
func TestLoggedOutRemotely(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, nil)
	p.send(wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 1, Fence: held(17).Fence, Reason: "logged_out_remotely", By: new("tm_meg")}))
	p.close(wire.CloseLoggedOutRemotely)
	if e := until[client.SeatLost](a); e.Lost.Reason != "logged_out_remotely" || *e.Lost.By != "tm_meg" {
		t.Errorf("%+v", e)
	}
	if e := until[client.Disconnected](a); e.Code != wire.CloseLoggedOutRemotely || e.Reconnect {
		t.Errorf("%+v", e)
	}
	var closed *client.CloseError
	if err := a.ended(); !errors.As(err, &closed) || closed.Code != wire.CloseLoggedOutRemotely || closed.Reason != "logged_out_remotely" {
		t.Errorf("Run: %v", err)
	}
	if st := a.State(); st.Connected || st.Seat.State != wire.SeatNone {
		t.Errorf("%+v", st)
	}
}

func TestHelloRefused(t *testing.T) {
	t.Parallel()
	t.Run("unauthorized", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		a := run(t, s, nil)
		p := s.accept(t)
		p.fail(wire.TypeHello, wire.Error{Code: wire.CodeUnauthorized, Message: "Log in anew."})
		p.close(wire.CloseUnauthorized)
		var closed *client.CloseError
		var said *client.Error
		err := a.ended()
		if !errors.As(err, &closed) || closed.Code != wire.CloseUnauthorized || !errors.As(err, &said) || said.Code != wire.CodeUnauthorized {
			t.Errorf("%v", err)
		}
	})
	t.Run("wrong, and no close frame", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		a := run(t, s, nil)
		s.accept(t).fail(wire.TypeHello, wire.Error{Code: wire.CodeBadRequest, Message: "device"})
		var said *client.Error
		if err := a.ended(); !errors.As(err, &said) || said.Code != wire.CodeBadRequest {
			t.Errorf("%v", err)
		}
	})
	t.Run("unavailable", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		a := run(t, s, nil)
		p := s.accept(t)
		p.fail(wire.TypeHello, wire.Error{Code: wire.CodeUnavailable, Retryable: true, RetryAfterMS: new(int64(7000))})
		p.close(wire.CloseTryAgainLater)
		if e := until[client.Disconnected](a); e.In != 7*time.Second+250*time.Millisecond {
			t.Errorf("comes back after %s, want the 7 s asked for and the jitter", e.In)
		}
		s.welcomed(t, nil)
	})
}

func TestBackoffIsFullJitter(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Close() // nobody listens
	const attempts = 9
	for _, r := range []float64{0, 0.5, 1} {
		ctx, cancel := context.WithCancel(context.Background())
		var delays []time.Duration
		c, err := client.New(client.Options{
			URL:   s.URL,
			Token: func(context.Context) (string, error) { return "t", nil },
			Rand:  func() float64 { return r },
			Sleep: func(ctx context.Context, d time.Duration) error {
				if delays = append(delays, d); len(delays) == attempts {
					cancel()
				}
				return ctx.Err()
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(ctx); err != nil {
			t.Fatal(err)
		}
		for i, ceiling := range []float64{.5, 1, 2, 4, 8, 16, 30, 30, 30} {
			if want := time.Duration(r * ceiling * float64(time.Second)); delays[i] != want {
				t.Errorf("rand %v, attempt %d: %s, want %s", r, i, delays[i], want)
			}
		}
	}
}

func TestBackoffStartsAnewAfterAStableConnection(t *testing.T) {
	t.Parallel()
	for lives, want := range map[time.Duration][]time.Duration{
		time.Second:      {250 * time.Millisecond, 500 * time.Millisecond, time.Second},
		11 * time.Second: {250 * time.Millisecond, 250 * time.Millisecond, 250 * time.Millisecond},
	} {
		s := newServer(t)
		now := time.Unix(0, 0)
		a := run(t, s, func(o *client.Options) { // Now is called at the welcome and at the end of each connection
			o.Now = func() time.Time { now = now.Add(lives); return now }
		})
		for range 3 {
			p, _ := s.welcomed(t, nil)
			p.close(wire.CloseInternalError)
		}
		s.welcomed(t, nil)
		if got := a.slept(); raw(got) != raw(want) {
			t.Errorf("connections of %s: %v, want %v", lives, got, want)
		}
	}
}

func TestRetryAfterOfARefusedUpgrade(t *testing.T) {
	t.Parallel()
	s := &server{Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))}
	t.Cleanup(s.Close)
	ctx := &http.Transport{}
	t.Cleanup(ctx.CloseIdleConnections)
	a := run(t, s, func(o *client.Options) {
		o.Dial = func(c context.Context, url string, d *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
			d.HTTPClient = &http.Client{Transport: ctx}
			return websocket.Dial(c, url, d)
		}
	})
	if e := until[client.Disconnected](a); e.In != 3*time.Second+250*time.Millisecond || e.Err == nil {
		t.Errorf("%+v", e)
	}
}

func TestAServerOfAnotherProtocolEndsRun(t *testing.T) {
	t.Parallel()
	s := &server{Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err == nil {
			_, _, _ = conn.Read(context.Background())
			_ = conn.CloseNow()
		}
	}))}
	t.Cleanup(s.Close)
	if err := run(t, s, nil).ended(); err == nil || !strings.Contains(err.Error(), wire.Subprotocol) {
		t.Errorf("%v", err)
	}
}

func TestDraining(t *testing.T) {
	t.Parallel()
	t.Run("the client leaves at its moment", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		a := run(t, s, nil)
		p, _ := s.welcomed(t, nil)
		p.send(wire.Push(wire.TypeDraining, wire.Draining{ReconnectAfterMS: 20}))
		if e := until[client.Draining](a); e.ReconnectAfter != 20*time.Millisecond {
			t.Errorf("%+v", e)
		}
		if code := p.gone(); code != websocket.StatusGoingAway {
			t.Errorf("closed with %d", code)
		}
		if e := until[client.Disconnected](a); e.Code != wire.CloseDraining || !e.Reconnect || e.In != 0 {
			t.Errorf("%+v, want to come back at once", e)
		}
		if _, h := s.welcomed(t, nil); h.Resume == nil {
			t.Error("no resume")
		}
	})
	t.Run("the server is faster", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		now := time.Unix(0, 0)
		a := run(t, s, func(o *client.Options) { o.Now = func() time.Time { return now } })
		p, _ := s.welcomed(t, nil)
		p.send(wire.Push(wire.TypeDraining, wire.Draining{ReconnectAfterMS: 60_000}))
		p.close(wire.CloseDraining)
		if e := until[client.Disconnected](a); e.In != time.Minute {
			t.Errorf("%+v, want what is left of the minute", e)
		}
		s.welcomed(t, nil)
	})
}

func TestASilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	s.welcomed(t, func(w *wire.Welcome) { w.Limits.PingMS = 20 })
	if e := until[client.Disconnected](a); e.Code != wire.CloseAbnormal || e.Err == nil || !strings.Contains(e.Err.Error(), "said nothing") {
		t.Errorf("%+v", e)
	}
	s.welcomed(t, nil)
}

func TestPingsKeepAConnection(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	p, _ := s.welcomed(t, func(w *wire.Welcome) { w.Limits.PingMS = 200 })
	until[client.Welcomed](a)
	reading := p.conn.CloseRead(t.Context()) // pongs need a reader
	for began := time.Now(); time.Since(began) < 1200*time.Millisecond; {
		if err := p.conn.Ping(reading); err != nil {
			t.Fatal(err)
		}
		select {
		case e := <-a.events:
			t.Fatalf("%T %+v", e, e)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestAServerThatDoesNotWelcomeIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, func(o *client.Options) { o.HandshakeTimeout = 100 * time.Millisecond })
	s.accept(t).expect(wire.TypeHello)
	if e := until[client.Disconnected](a); e.Err == nil || !strings.Contains(e.Err.Error(), "welcome") {
		t.Errorf("%+v", e)
	}
	s.welcomed(t, nil)
}

func TestFramesThatCantBeReadEndTheConnection(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(*peer){
		"no JSON":              func(p *peer) { p.send([]byte("hello")) },
		"no type":              func(p *peer) { p.send([]byte("{}")) },
		"no data":              func(p *peer) { p.send([]byte(`{"type":"seat.lost"}`)) },
		"other data":           func(p *peer) { p.send([]byte(`{"type":"seat.lost","data":[]}`)) },
		"no range":             func(p *peer) { p.send([]byte(`{"type":"board.changed","epoch":"1","data":{}}`)) },
		"no range of a roster": func(p *peer) { p.send([]byte(`{"type":"roster.changed","epoch":"1","data":{}}`)) },
		"binary":               func(p *peer) { _ = p.conn.Write(context.Background(), websocket.MessageBinary, []byte("{}")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			a := run(t, s, nil)
			p, _ := s.welcomed(t, nil)
			bad(p)
			if e := until[client.Disconnected](a); e.Err == nil || !e.Reconnect {
				t.Errorf("%+v", e)
			}
			s.welcomed(t, nil)
		})
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	t.Run("passing", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		calls := 0
		a := run(t, s, func(o *client.Options) {
			o.Token = func(context.Context) (string, error) {
				if calls++; calls < 3 {
					return "", errors.New("not now")
				}
				return "token-3", nil
			}
		})
		if _, h := s.welcomed(t, nil); h.Token != "token-3" {
			t.Errorf("hello %s", raw(h))
		}
		if n := len(a.slept()); n != 2 {
			t.Errorf("%d back-offs, want 2", n)
		}
	})
	t.Run("final", func(t *testing.T) {
		t.Parallel()
		a := run(t, newServer(t), func(o *client.Options) {
			o.Token = func(context.Context) (string, error) { return "", client.ErrGiveUp }
		})
		if err := a.ended(); !errors.Is(err, client.ErrGiveUp) {
			t.Error(err)
		}
	})
}
