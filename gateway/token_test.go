package gateway_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"

	"github.com/coder/websocket"
)

func TestATokensEndIsTheSocketsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	n := h.node(func(o *gateway.Options) { o.TokenWarning = 300 * time.Millisecond })
	watcher, _ := login(t, n, "tm_meg", `"seat":"none"`)
	began := time.Now()
	h.tokens.Expire("tm_ann", began.Add(700*time.Millisecond))
	h.tokens.Expire("tm_bob", began.Add(700*time.Millisecond))
	ann, first := login(t, n, "tm_ann")
	bob, _ := login(t, n, "tm_bob")

	warning := data[wire.TokenExpiring](bob, bob.until("", wire.TypeTokenExpiring))
	if warning.InMS <= 0 || warning.InMS > 300 {
		t.Errorf("%+v", warning)
	}
	for token, code := range map[string]string{
		"nonsense": "unauthorized", "tm_ann+": "forbidden", "tm_bob@lic_other": "forbidden", "later": "unavailable",
	} {
		f := bob.ask(wire.TypeTokenRefresh, fmt.Sprintf(`{"token":%q}`, token))
		if got := data[wire.Error](bob, f).Code; f.Type != wire.TypeError || got != code {
			t.Errorf("%s: %s", token, f.raw)
		}
	}
	if f := bob.ask(wire.TypeTokenRefresh, `{"token":"tm_bob+"}`); f.Type != wire.TypeOK {
		t.Fatal(f.raw)
	}
	if code := ann.closed(); code != wire.CloseTokenExpired {
		t.Errorf("closed with %d", code)
	}
	watcher.sees("grace", func(b view) bool { return b.holders["tm_ann"].State == wire.HolderGrace })
	if seat := bob.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
		t.Errorf("%+v", seat)
	}
	_, w := login(t, n, "tm_ann+", resume(first)) // with a new token
	sameSeat(t, w, first)
}

func TestTheTokenInTheHeader(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n := h.node()
	dialWith := func(authorization string) *agent {
		ws, res, err := websocket.Dial(t.Context(), n.url, &websocket.DialOptions{
			Subprotocols: []string{wire.Subprotocol}, HTTPHeader: http.Header{"Authorization": {authorization}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if res.Body != nil {
			_ = res.Body.Close()
		}
		t.Cleanup(func() { _ = ws.CloseNow() })
		return &agent{t: t, ws: ws}
	}
	for authorization, hello := range map[string]string{
		"Bearer tm_ann": `{}`,
		"bearer tm_ann": `{}`,
		"Bearer tm_bob": `{"token":"tm_ann"}`, // hello's comes first
	} {
		a := dialWith(authorization)
		a.send(`{"id":"hi","type":"hello","data":` + hello + `}`)
		if w := data[wire.Welcome](a, a.until("hi", wire.TypeWelcome)); w.Teammate.ID != "tm_ann" {
			t.Errorf("%s %s: %+v", authorization, hello, w.Teammate)
		}
	}
	for _, authorization := range []string{"tm_ann", "Basic tm_ann", "Bearer nonsense"} {
		a := dialWith(authorization)
		a.send(`{"id":"hi","type":"hello"}`)
		if code := a.errorCode("hi"); code != "unauthorized" {
			t.Errorf("%s: %s", authorization, code)
		}
	}
}
