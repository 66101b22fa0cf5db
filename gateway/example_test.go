package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats/seatsmem"

	"github.com/coder/websocket"
)

// A server of one's own serves agents on a path of its choice, from its own directory and tokens.
func Example() {
	var (
		directory                       = gateway.NewMemoryRecords(3) // the server's database
		tokens    gateway.Authenticator = gateway.NewPlainTokens()    // the server's log-in
	)
	agents, err := gateway.New(gateway.Options{
		Store:    seatsmem.New(seatsmem.Options{}), // or an engine that several nodes share
		Presence: presence.NewAttendance(presencemem.New(presencemem.Options{}), directory, 0),
		Records:  directory,
		Tokens:   tokens,
		Node:     "node_1",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /v1/agent", agents)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "the rest of the server") })
	server := httptest.NewServer(mux)
	defer server.Close()

	ctx := context.Background()
	socket, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(server.URL, "http")+"/v1/agent",
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		fmt.Println(err)
		return
	}
	hello, _ := wire.Request("1", wire.TypeHello, wire.Hello{Token: "tm_ann"})
	_ = socket.Write(ctx, websocket.MessageText, hello)
	_, raw, err := socket.Read(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	welcome, _ := wire.DecodeServer(raw)
	fmt.Println(welcome.Type)

	// What the server itself asks of the seats goes through the gateway, so that its answers are never old.
	board, err := agents.Board(ctx, "lic_test")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range board.Holders {
		fmt.Println("seat", h.Number, "is held by", h.Name)
	}

	_ = socket.CloseNow()
	if err := agents.Close(ctx); err != nil { // after Drain, where clients can go to another node
		fmt.Println(err)
	}
	// Output:
	// welcome
	// seat 1 is held by ann
}
