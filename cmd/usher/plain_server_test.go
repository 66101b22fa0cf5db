package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"usher/gateway/wire"
	"usher/internal/auth"
	"usher/internal/database"
	"usher/internal/directory"
)

// asPlain makes the test binary be the least that could let agents in, on the Redis of this URL: it accepts WebSockets, checks the token of
// hello, with the keys in the data directory that plainKeys names, and admits by one call of a script. It tells its address on standard output.
const asPlain, plainKeys = "USHER_TEST_AS_PLAIN", "USHER_TEST_PLAIN_KEYS"

// plainAdmission is a script of eight commands, which keeps the cap and does nothing else of what an engine does.
var plainAdmission = redis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('GET', KEYS[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local used = redis.call('ZCARD', KEYS[2])
redis.call('HGET', KEYS[3], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + 15000, ARGV[1])
redis.call('SPUBLISH', KEYS[4], ARGV[1])
return {'granted', used + 1}`)

type plainServer struct {
	authority *auth.Authority
	client    *redis.Client
}

func servePlain(ctx context.Context, url string) error {
	o, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, database.Options{Dir: os.Getenv(plainKeys)})
	if err != nil {
		return err
	}
	defer db.Close()
	authority, done, err := benchAuthority(ctx, directory.New(db, directory.Options{}))
	if err != nil {
		return err
	}
	defer done()
	s := plainServer{authority, redis.NewClient(o)}
	if err := plainAdmission.Load(ctx, s.client).Err(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, http.HandlerFunc(s.serve))
}

func (s plainServer) serve(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	if err := s.admit(r.Context(), ws); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	if _, _, err := ws.Read(r.Context()); err != nil { // until the logout
		fmt.Fprintln(os.Stderr, err)
	}
}

func (s plainServer) admit(ctx context.Context, ws *websocket.Conn) error {
	_, raw, err := ws.Read(ctx)
	if err != nil {
		return err
	}
	var hello struct {
		ID   string
		Data struct{ Token string }
	}
	if err := json.Unmarshal(raw, &hello); err != nil {
		return err
	}
	claims, err := s.authority.Verify(ctx, hello.Data.Token)
	if err != nil {
		return err
	}
	tag := "plain:{" + claims.License + "}:"
	keys := []string{tag + "generation", tag + "holders", tag + "seats", tag + "changes"}
	got, err := plainAdmission.EvalSha(ctx, s.client, keys, claims.Teammate, "ses_1:node-a:1:2").Slice()
	if err != nil {
		return err
	}
	return ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"id":%q,"type":"welcome","data":{"seat":%d}}`, hello.ID, got[1]))
}
