package client_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
)

// in runs f beside the test, which plays the server meanwhile, and hands over what it returned.
func in[T any](f func() T) func(tester) T {
	c := make(chan T, 1)
	go func() { c <- f() }()
	return func(t tester) T {
		t.Helper()
		select {
		case v := <-c:
			return v
		case <-time.After(patience):
			t.Fatal("a request does not return")
			panic("unreachable")
		}
	}
}

type seatOrError struct {
	seat wire.Seat
	err  error
}

func take(a *agent) func(tester) seatOrError {
	return in(func() seatOrError { s, err := a.Take(context.Background()); return seatOrError{s, err} })
}

func connect(t tester, change func(*client.Options), welcome func(*wire.Welcome)) (*server, *agent, *peer) {
	t.Helper()
	s := newServer(t)
	a := run(t, s, change)
	p, _ := s.welcomed(t, welcome)
	until[client.Welcomed](a)
	return s, a, p
}

func TestTakeAndLeave(t *testing.T) {
	t.Parallel()
	none := func(w *wire.Welcome) { w.Seat = wire.Seat{State: wire.SeatNone} }
	s, a, p := connect(t, func(o *client.Options) { o.Seat = client.SeatNone }, none)

	got := take(a)
	full := wire.Seat{State: wire.SeatRefused, Code: "seats_full", Message: "All taken.", Holders: wire.Holders{holder("tm_bob", 1)}}
	p.answer(wire.TypeSeatTake, wire.SeatReply{Seat: full})
	if r := got(t); r.err != nil || r.seat.Code != "seats_full" || len(r.seat.Holders) != 1 {
		t.Errorf("refused: %+v", r)
	}
	got = take(a)
	p.answer(wire.TypeSeatTake, wire.SeatReply{Seat: held(18)})
	if r := got(t); r.err != nil || r.seat.Fence != held(18).Fence || a.State().Seat.Fence != held(18).Fence {
		t.Errorf("held: %+v", r)
	}
	_ = p.conn.CloseNow()
	p, h := s.welcomed(t, nil)
	if h.Seat != wire.AskAuto {
		t.Errorf("after a take: %s", raw(h))
	}
	until[client.Welcomed](a)

	left := in(func() error { return a.Leave(context.Background()) })
	p.fail(wire.TypeSeatLeave, wire.Error{Code: wire.CodeUnavailable, Message: "Later.", Retryable: true, RetryAfterMS: new(int64(500))})
	var no *client.Error
	if err := left(t); !errors.As(err, &no) || !no.Retryable || no.RetryAfter != 500*time.Millisecond {
		t.Errorf("refused leave: %v", err)
	}
	_ = p.conn.CloseNow()
	p, h = s.welcomed(t, nil)
	if h.Seat != wire.AskAuto {
		t.Errorf("after a leave that was refused: %s", raw(h))
	}
	until[client.Welcomed](a)

	left = in(func() error { return a.Leave(context.Background()) })
	p.answer(wire.TypeSeatLeave, wire.SeatReply{Seat: wire.Seat{State: wire.SeatNone}})
	if err := left(t); err != nil || a.State().Seat.State != wire.SeatNone {
		t.Errorf("leave: %v, %+v", err, a.State().Seat)
	}
	_ = p.conn.CloseNow()
	if _, h = s.welcomed(t, nil); h.Seat != wire.AskNone {
		t.Errorf("after a leave: %s", raw(h))
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, nil)
	explained := in(func() wire.Explain { e, _ := a.Explain(context.Background()); return e })
	p.answer(wire.TypeSeatExplain, wire.Explain{Would: wire.WouldRefuse, Rule: "seats_full"})
	if e := explained(t); e.Rule != "seats_full" {
		t.Errorf("%+v", e)
	}

	// Replies may come in another order than the requests.
	first := in(func() error { return a.Sync(context.Background()) })
	f := p.expect(wire.TypeSync)
	second := take(a)
	p.answer(wire.TypeSeatTake, wire.SeatReply{Seat: held(21)})
	if r := second(t); r.seat.Fence != held(21).Fence {
		t.Errorf("%+v", r)
	}
	p.send(wire.Reply("4711", wire.TypeOK, wire.Empty{})) // nobody asked
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	if err := first(t); err != nil {
		t.Error(err)
	}
}

func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	t.Run("the connection drops", func(t *testing.T) {
		t.Parallel()
		_, a, p := connect(t, nil, nil)
		got := take(a)
		p.expect(wire.TypeSeatTake)
		_ = p.conn.CloseNow()
		if r := got(t); !errors.Is(r.err, client.ErrUnknownOutcome) || r.seat.State != "" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("time is up, and the answer comes late", func(t *testing.T) {
		t.Parallel()
		_, a, p := connect(t, nil, func(w *wire.Welcome) { w.Seat = wire.Seat{State: wire.SeatNone} })
		ctx, cancel := context.WithCancel(context.Background())
		got := in(func() seatOrError { s, err := a.Take(ctx); return seatOrError{s, err} })
		f := p.expect(wire.TypeSeatTake)
		cancel()
		if r := got(t); !errors.Is(r.err, client.ErrUnknownOutcome) || !errors.Is(r.err, context.Canceled) {
			t.Errorf("%+v", r)
		}
		p.send(wire.Reply(f.ID, wire.TypeOK, wire.SeatReply{Seat: held(30)}))
		p.send(wire.Push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: 1}))
		until[client.TokenExpiring](a) // so the reply was read
		if s := a.State().Seat; s.Fence != held(30).Fence {
			t.Errorf("seat %+v, want what the late answer says", s)
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		t.Parallel()
		_, a, p := connect(t, func(o *client.Options) { o.RequestTimeout = 50 * time.Millisecond }, nil)
		got := take(a)
		p.expect(wire.TypeSeatTake)
		if r := got(t); !errors.Is(r.err, client.ErrUnknownOutcome) {
			t.Errorf("%+v", r)
		}
	})
	t.Run("never sent", func(t *testing.T) {
		t.Parallel()
		_, a, _ := connect(t, nil, nil)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := a.Take(ctx); !errors.Is(err, client.ErrNotConnected) || errors.Is(err, client.ErrUnknownOutcome) {
			t.Error(err)
		}
	})
	t.Run("an answer without a seat is no seat", func(t *testing.T) {
		t.Parallel()
		_, a, p := connect(t, nil, nil)
		got := take(a)
		p.send([]byte(`{"id":"` + p.expect(wire.TypeSeatTake).ID + `","type":"ok","data":{}}`))
		if r := got(t); !errors.Is(r.err, client.ErrUnknownOutcome) {
			t.Errorf("%+v", r)
		}
	})
}

func TestLogout(t *testing.T) {
	t.Parallel()
	t.Run("as it should be", func(t *testing.T) {
		t.Parallel()
		_, a, p := connect(t, nil, nil)
		out := in(func() error { return a.Logout(context.Background()) })
		p.answer(wire.TypeLogout, wire.Empty{})
		p.close(wire.CloseLoggedOut)
		if err := out(t); err != nil || a.ended() != nil {
			t.Errorf("%v, Run %v", err, a.ended())
		}
	})
	t.Run("the server does not close", func(t *testing.T) {
		t.Parallel()
		_, a, p := connect(t, nil, nil)
		out := in(func() error { return a.Logout(context.Background()) })
		p.answer(wire.TypeLogout, wire.Empty{})
		if err := out(t); err != nil || a.ended() != nil {
			t.Errorf("%v, Run %v", err, a.ended())
		}
	})
	t.Run("the connection drops", func(t *testing.T) {
		t.Parallel()
		_, a, p := connect(t, nil, nil)
		out := in(func() error { return a.Logout(context.Background()) })
		p.expect(wire.TypeLogout)
		_ = p.conn.CloseNow()
		if err := out(t); !errors.Is(err, client.ErrUnknownOutcome) || a.ended() != nil {
			t.Errorf("%v, Run %v", err, a.ended())
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		s, a, p := connect(t, nil, nil)
		out := in(func() error { return a.Logout(context.Background()) })
		p.fail(wire.TypeLogout, wire.Error{Code: wire.CodeRateLimited})
		var no *client.Error
		if err := out(t); !errors.As(err, &no) {
			t.Error(err)
		}
		_ = p.conn.CloseNow()
		s.welcomed(t, nil) // it goes on
	})
	t.Run("not connected", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.Close()
		a := run(t, s, func(o *client.Options) {
			o.Sleep = func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }
		})
		until[client.Disconnected](a)
		if err := a.Logout(context.Background()); !errors.Is(err, client.ErrNotConnected) || a.ended() != nil {
			t.Errorf("%v, Run %v", err, a.ended())
		}
	})
	t.Run("not running", func(t *testing.T) {
		t.Parallel()
		c, err := client.New(client.Options{URL: "ws://example.com", Token: func(context.Context) (string, error) { return "", nil }})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Logout(context.Background()); !errors.Is(err, client.ErrNotConnected) {
			t.Error(err)
		}
	})
}

func TestTokenIsRefreshed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	_, a, p := connect(t, func(o *client.Options) {
		o.Token = func(context.Context) (string, error) {
			if calls.Add(1) == 1 {
				return "token-1", nil
			}
			return "token-2", nil
		}
	}, nil)
	p.send(wire.Push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: 60_000}))
	if e := until[client.TokenExpiring](a); e.In != time.Minute {
		t.Errorf("%+v", e)
	}
	f := p.expect(wire.TypeTokenRefresh)
	if r, err := wire.Decode[wire.TokenRefresh](f); err != nil || r.Token != "token-2" {
		t.Errorf("%+v, %v", r, err)
	}
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	if e := until[client.TokenRefreshed](a); e.Err != nil {
		t.Error(e.Err)
	}
	p.send(wire.Push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: 1}))
	p.fail(wire.TypeTokenRefresh, wire.Error{Code: wire.CodeForbidden})
	var no *client.Error
	if e := until[client.TokenRefreshed](a); !errors.As(e.Err, &no) {
		t.Error(e.Err)
	}
	asked := in(func() error { return a.RefreshToken(context.Background()) })
	p.answer(wire.TypeTokenRefresh, wire.Empty{})
	if err := asked(t); err != nil {
		t.Error(err)
	}
}

func TestSetStatus(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, nil)
	type answer struct {
		entry wire.Entry
		err   error
	}
	set := func(status string, until *time.Time, note string) func(tester) answer {
		return in(func() answer { e, err := a.SetStatus(context.Background(), status, until, note); return answer{e, err} })
	}
	zone := time.FixedZone("", 3600)
	got := set(wire.StatusAway, new(time.Date(2030, 1, 2, 4, 4, 5, 678_900_000, zone)), "lunch")
	f := p.expect(wire.TypeStatusSet)
	if want := `{"status":"away","until":"2030-01-02T03:04:05.678Z","note":"lunch"}`; string(f.Data) != want {
		t.Errorf("%s, want %s", f.Data, want)
	}
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.StatusReply{Entry: entry("tm_ann", wire.StatusAway)}))
	if r := got(t); r.err != nil || raw(r.entry) != raw(entry("tm_ann", wire.StatusAway)) {
		t.Errorf("%+v", r)
	}

	got = set(wire.StatusOnline, nil, "")
	f = p.expect(wire.TypeStatusSet)
	if want := `{"status":"online","until":null,"note":""}`; string(f.Data) != want {
		t.Errorf("%s, want %s", f.Data, want)
	}
	p.send(wire.Reply(f.ID, wire.TypeError, wire.Error{Code: wire.CodeUnavailable, Retryable: true}))
	var no *client.Error
	if r := got(t); !errors.As(r.err, &no) || no.Code != wire.CodeUnavailable {
		t.Errorf("%+v", r)
	}
}

// TestStopAmidARefresh has a token source that only ends with its context.
func TestStopAmidARefresh(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	entered := make(chan struct{})
	_, a, p := connect(t, func(o *client.Options) {
		o.Token = func(ctx context.Context) (string, error) {
			if calls.Add(1) == 1 {
				return "token-1", nil
			}
			close(entered)
			<-ctx.Done()
			return "", ctx.Err()
		}
	}, nil)
	p.send(wire.Push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: 60_000}))
	<-entered
	a.cancel()
	p.gone()
	if err := a.ended(); err != nil {
		t.Error(err)
	}
}
