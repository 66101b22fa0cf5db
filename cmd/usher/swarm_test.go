package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/internal/auth"
	"usher/internal/database"
	"usher/internal/directory"
)

// benchSecret seals the keys that tokens of benchmarks are signed with.
const benchSecret = "benchmarks seal their keys with this, and nobody else does"

// recruit is somebody who can log in.
type recruit struct {
	license, agent int // counted from 0
	token          string
}

func recruitID(agent int) string { return fmt.Sprintf("tm_%04d", agent) }

// recruits makes licenses with as many seats as operators, in a data directory that no process uses yet. mark tells them from others there.
func recruits(b *testing.B, dir, mark string, licenses, agents int) []recruit {
	b.Helper()
	if err := os.WriteFile(filepath.Join(dir, secretFile), []byte(benchSecret), 0o600); err != nil {
		b.Fatal(err)
	}
	db, err := database.Open(b.Context(), database.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	records := directory.New(db, directory.Options{})
	a, done, err := benchAuthority(b.Context(), records)
	if err != nil {
		b.Fatal(err)
	}
	defer done()
	d := records.By(commandLine())
	partner, err := d.EnsurePartner(b.Context(), "Bench", "bench@example.com")
	if err != nil {
		b.Fatal(err)
	}
	var all []recruit
	for l := range licenses {
		n := directory.NewLicense{ID: fmt.Sprintf("lic_%s_%d", mark, l), Partner: partner.ID, Name: "Bench", Cap: agents}
		for i := range agents {
			id := recruitID(i)
			n.Teammates = append(n.Teammates, directory.NewTeammate{ID: id, Email: id + "@example.com", Operator: true})
			token, _, err := a.Issue(n.ID, id, 24*time.Hour)
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, recruit{l, i, token})
		}
		if _, _, err := d.CreateLicense(b.Context(), n); err != nil {
			b.Fatal(err)
		}
	}
	return all
}

// benchAuthority signs and checks the tokens of benchmarks, with the keys of a directory.
func benchAuthority(ctx context.Context, d *directory.Directory) (a *auth.Authority, done func(), err error) {
	keys, err := auth.NewKeys(ctx, auth.KeysOptions{Secret: []byte(benchSecret), Store: signingKeys{d}})
	if err != nil {
		return nil, nil, err
	}
	if a, err = auth.New(ctx, auth.Options{Secret: []byte(benchSecret), Keys: keys}); err != nil {
		keys.Close()
		return nil, nil, err
	}
	return a, func() { a.Close(); keys.Close() }, nil
}

// swarm are clients of a server that cost next to nothing: they upgrade, say hello, wait for the welcome, and let pass what comes then.
type swarm struct {
	b        testing.TB
	addr     string
	hello    func(recruit)         // told when one says hello; or nil
	welcomed func(recruit)         // told of the welcome; or nil
	watch    func(recruit, []byte) // gets the messages of who came first on each license, from the welcome on; or nil

	mu      sync.Mutex
	conns   []net.Conn
	reading sync.WaitGroup
	heard   atomic.Int64 // bytes since the welcomes
}

// logIn logs all in, some at once, in an order that has the licenses mixed.
func (s *swarm) logIn(all []recruit, atOnce int) {
	s.b.Helper()
	all = append([]recruit(nil), all...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	next := atomic.Int64{}
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				if err := s.logOneIn(all[i]); err != nil {
					s.b.Errorf("%+v: %v", all[i], err)
					return
				}
			}
		})
	}
	wg.Wait()
	if s.b.Failed() {
		s.b.FailNow()
	}
}

var upgrading = "GET /v1/agent HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " + wire.Subprotocol + "\r\n\r\n"

var smallReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

func (s *swarm) logOneIn(r recruit) error {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.conns = append(s.conns, conn)
	s.mu.Unlock()
	_ = conn.SetDeadline(time.Now().Add(patience))
	in := smallReaders.Get().(*bufio.Reader)
	in.Reset(conn)
	if _, err := io.WriteString(conn, upgrading); err != nil {
		return err
	}
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return errors.New(res.Status)
	}
	if s.hello != nil {
		s.hello(r)
	}
	if err := writeMasked(conn, fmt.Sprintf(`{"id":"1","type":"hello","data":{"token":%q,"device":"web"}}`, r.token)); err != nil {
		return err
	}
	_, welcome, _, err := readFrame(in, true)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(welcome), `{"id":"1","type":"welcome"`) {
		return fmt.Errorf("no welcome: %.200s", welcome)
	}
	if s.welcomed != nil {
		s.welcomed(r)
	}
	_ = conn.SetDeadline(time.Time{})
	s.reading.Go(func() { s.read(r, conn, in, welcome) })
	return nil
}

// read lets pass what comes until the connection ends.
func (s *swarm) read(r recruit, conn net.Conn, in *bufio.Reader, welcome []byte) {
	defer smallReaders.Put(in)
	defer conn.Close()
	watches := s.watch != nil && r.agent == 0
	if watches {
		s.watch(r, welcome)
	}
	for {
		op, message, n, err := readFrame(in, watches)
		if err != nil {
			return
		}
		switch {
		case op == opPing:
			if _, err := conn.Write([]byte{0x80 | opPong, 0x80, 0, 0, 0, 0}); err != nil {
				return
			}
			continue
		case watches:
			s.watch(r, message)
		}
		s.heard.Add(int64(n))
	}
}

// settle returns when nothing comes any more: for so long that nothing waits to be shown, whatever the number of sessions.
func (s *swarm) settle() {
	for before := int64(-1); s.heard.Load() != before; {
		before = s.heard.Load()
		time.Sleep(300 * time.Millisecond)
	}
}

// logOut logs all out, and returns when the server has closed every connection.
func (s *swarm) logOut() {
	s.b.Helper()
	for _, conn := range s.conns {
		if err := writeMasked(conn, `{"id":"2","type":"logout"}`); err != nil {
			s.b.Fatal(err)
		}
	}
	s.conns = nil
	s.reading.Wait()
}

// writeMasked writes a message as clients have to, with a mask of zeros.
func writeMasked(conn net.Conn, text string) error {
	frame := []byte{0x81, 0x80 | byte(len(text))}
	if len(text) > 125 {
		frame = binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	}
	_, err := conn.Write(append(append(frame, 0, 0, 0, 0), text...))
	return err
}

// The kinds of frames that are no messages.
const (
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xA
)

// readFrame reads the next frame, or skips its payload, and returns its kind and size. A close is the end.
func readFrame(in *bufio.Reader, whole bool) (op byte, payload []byte, size int, err error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, nil, 0, err
	}
	size = int(head[1])
	if size >= 126 {
		var b [8]byte
		further := b[6:]
		if size == 127 {
			further = b[:]
		}
		if _, err := io.ReadFull(in, further); err != nil {
			return 0, nil, 0, err
		}
		size = int(binary.BigEndian.Uint64(b[:]))
	}
	if whole {
		payload = make([]byte, size)
		_, err = io.ReadFull(in, payload)
	} else {
		_, err = in.Discard(size)
	}
	op = head[0] & 0xf
	if err == nil && op == opClose {
		err = io.EOF
	}
	return op, payload, size, err
}
