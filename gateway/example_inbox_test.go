package gateway_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats"
	"usher/seats/seatsmem"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
)

// ticketClaims is what a ticket says: who holds which seat, under which fence.
type ticketClaims struct {
	License string `json:"license"`
	Number  int    `json:"number"`
	Fence   int64  `json:"fence"`
	jwt.RegisteredClaims
}

const ticketType = "usher-ticket+jwt"

// signer signs tickets for the gateway.
type signer struct {
	id  string
	key ed25519.PrivateKey
}

func (s signer) Sign(t gateway.Ticket) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, ticketClaims{
		string(t.License), t.Number, int64(t.Fence),
		jwt.RegisteredClaims{
			Issuer: "usher", Audience: jwt.ClaimStrings{"usher-inbox"}, Subject: string(t.Teammate),
			IssuedAt: jwt.NewNumericDate(t.Issued), ExpiresAt: jwt.NewNumericDate(t.Expires),
		},
	})
	token.Header["kid"], token.Header["typ"] = s.id, ticketType
	return token.SignedString(s.key)
}

// keys are the public ones, in the shape of /.well-known/jwks.json.
func (s signer) keys() []byte {
	public, _ := s.key.Public().(ed25519.PublicKey)
	b, _ := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": s.id, "x": base64.RawURLEncoding.EncodeToString(public),
	}}})
	return b
}

// inbox is a backend that lets whoever holds a seat work. It asks nobody: it has the public keys, and remembers the
// highest fence that it saw for each number of a license.
type inbox struct {
	keys map[string]ed25519.PublicKey

	mu     sync.Mutex
	fences map[string]int64
}

func newInbox(jwks []byte) (*inbox, error) {
	var set struct {
		Keys []struct{ Kid, Crv, X string }
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, err
	}
	b := &inbox{keys: map[string]ed25519.PublicKey{}, fences: map[string]int64{}}
	for _, k := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || k.Crv != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return nil, errors.New("a key that is none")
		}
		b.keys[k.Kid] = x
	}
	return b, nil
}

var errStale = errors.New("the seat has been given to somebody else since")

// admit tells whose work to accept.
func (b *inbox) admit(ticket string) (teammate string, err error) {
	var c ticketClaims
	_, err = jwt.ParseWithClaims(ticket, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if key, ok := b.keys[kid]; ok && t.Header["typ"] == ticketType {
			return key, nil
		}
		return nil, errors.New("not signed by Usher")
	}, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer("usher"), jwt.WithAudience("usher-inbox"), jwt.WithExpirationRequired())
	if err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	seat := fmt.Sprintf("%s/%d", c.License, c.Number)
	if c.Fence < b.fences[seat] {
		return "", errStale
	}
	b.fences[seat] = c.Fence
	return c.Subject, nil
}

// An inbox backend lets the holder of a seat work on their ticket alone, and refuses one whose seat is another's since,
// though the ticket itself has not run out.
func Example_inboxBackend() {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	sign := signer{"key-1", key}
	directory := gateway.NewMemoryRecords(1)
	agents, err := gateway.New(gateway.Options{
		Store:    seatsmem.New(seatsmem.Options{}),
		Presence: presence.NewAttendance(presencemem.New(presencemem.Options{}), directory, 0),
		Records:  directory, Tokens: gateway.NewPlainTokens(),
		Tickets: sign,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(http.HandlerFunc(agents.ServeHTTP))
	defer server.Close()
	backend, err := newInbox(sign.keys())
	if err != nil {
		fmt.Println(err)
		return
	}
	works := func(ticket string) {
		if who, err := backend.admit(ticket); err != nil {
			fmt.Println("refused:", err)
		} else {
			fmt.Println("works:", who)
		}
	}

	ann, anns := logIn(server.URL, "tm_ann")
	works(anns.Ticket)
	works(anns.Ticket)

	// An administrator frees the seat, and Bob gets it, while Ann's app has not heard of that.
	if _, err := agents.Do(context.Background(), seats.Batch{License: "lic_test", Commands: []seats.Command{
		seats.Free{Teammate: "tm_ann", Fence: seats.Fence(anns.Fence)},
	}}); err != nil {
		fmt.Println(err)
	}
	bob, bobs := logIn(server.URL, "tm_bob")
	fmt.Println("same seat:", bobs.Number == anns.Number, "higher fence:", bobs.Fence > anns.Fence)
	works(bobs.Ticket)
	works(anns.Ticket)
	works(bobs.Ticket)
	works("forged")

	_ = ann.CloseNow()
	_ = bob.CloseNow()
	if err := agents.Close(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// works: tm_ann
	// works: tm_ann
	// same seat: true higher fence: true
	// works: tm_bob
	// refused: the seat has been given to somebody else since
	// works: tm_bob
	// refused: token is malformed: token contains an invalid number of segments
}

// logIn takes a seat, with a ticket.
func logIn(url, token string) (*websocket.Conn, wire.Seat) {
	ctx := context.Background()
	socket, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http"), &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		panic(err)
	}
	hello, _ := wire.Request("1", wire.TypeHello, wire.Hello{Token: token, Ticket: true})
	_ = socket.Write(ctx, websocket.MessageText, hello)
	_, raw, err := socket.Read(ctx)
	if err != nil {
		panic(err)
	}
	frame, _ := wire.DecodeServer(raw)
	var welcome wire.Welcome
	if err := json.Unmarshal(frame.Data, &welcome); err != nil {
		panic(err)
	}
	return socket, welcome.Seat
}
