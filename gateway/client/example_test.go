package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/coder/websocket"

	"usher/gateway/client"
	"usher/gateway/wire"
)

// Log in, see whether there is a seat, and log out, which gives the seat back.
func Example() {
	url, stop := demo()
	defer stop()

	welcomed := make(chan wire.Seat, 1)
	c, err := client.New(client.Options{
		URL:    url,
		Token:  func(context.Context) (string, error) { return "an access token", nil },
		Device: "example",
		OnEvent: func(e client.Event) {
			switch e := e.(type) {
			case client.Welcomed:
				welcomed <- e.Welcome.Seat
			case client.SeatLost:
				fmt.Println("lost the seat:", e.Lost.Reason)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.Background()) }()

	switch seat := <-welcomed; seat.State {
	case wire.SeatHeld:
		fmt.Println("seat", seat.Number)
	case wire.SeatRefused:
		fmt.Println("no seat:", seat.Message)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.Logout(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println("ended:", <-ended)
	// Output:
	// seat 2
	// ended: <nil>
}

// demo is a server just good enough for the example.
func demo() (url string, stop func()) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
		if err != nil {
			return
		}
		ctx := r.Context()
		answer := func(typ string, data any) {
			_, frame, _ := conn.Read(ctx)
			f, _ := wire.DecodeClient(frame)
			_ = conn.Write(ctx, websocket.MessageText, wire.Reply(f.ID, typ, data))
		}
		answer(wire.TypeWelcome, wire.Welcome{Seat: wire.Seat{State: wire.SeatHeld, Number: 2, Fence: 1000000017}})
		answer(wire.TypeOK, wire.Empty{})
		_ = conn.Close(websocket.StatusCode(wire.CloseLoggedOut), wire.CloseLoggedOut.Reason())
	}))
	return s.URL + "/v1/agent", s.Close
}
