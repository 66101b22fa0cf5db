// Package smtptest runs a real mail server for tests, on a free loopback port, and shows what it was sent.
package smtptest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is one that the server has taken.
type Mail struct {
	To      string
	From    string
	ID      string // of the Message-ID, with <>
	Subject string
	Text    string
	HTML    string
	Header  mail.Header
}

// Server is a mail server. It takes all mail, unless it is told otherwise.
type Server struct {
	t    testing.TB
	addr string

	mu     sync.Mutex
	server *smtp.Server // nil: it is down
	listen net.Listener
	done   chan struct{}
	mails  []Mail
	came   chan struct{} // closed and made anew with each mail
	refuse func(to string) error
	mute   bool
}

// Start runs a mail server until the test is over.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, came: make(chan struct{})}
	s.Up()
	t.Cleanup(s.Down)
	return s
}

// URL is the server as Usher's settings take it.
func (s *Server) URL() string { return "smtp://" + s.addr + "?tls=none" }

// Up has the server listen, on the same port as before if it did.
func (s *Server) Up() {
	s.t.Helper()
	at := s.addr
	if at == "" {
		at = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		s.t.Fatalf("smtptest: %v", err)
	}
	server := smtp.NewServer(s)
	server.Domain, server.ReadTimeout, server.WriteTimeout = "mail.example.com", time.Minute, time.Minute
	server.ErrorLog = silent{}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr, s.server, s.listen, s.done = l.Addr().String(), server, l, make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		_ = server.Serve(l) // it ends when the server is taken down
	}(s.done)
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// Down ends the server and its connections. Ending it twice does no harm.
func (s *Server) Down() {
	s.mu.Lock()
	server, listen, done := s.server, s.listen, s.done
	s.server = nil
	s.mu.Unlock()
	if server == nil {
		return
	}
	_ = listen.Close() // which the server may not have yet
	_ = server.Close()
	<-done
}

// Refuse has the server answer recipients with what refuse returns, a *smtp.SMTPError; nil takes them.
func (s *Server) Refuse(refuse func(to string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = refuse
}

// Mute has the server take mail and hang up without saying so, or not any more.
func (s *Server) Mute(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = on
}

// Mails are those that the server has taken so far, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// patience is how long mail may take whose node was killed while it sent it: the others wait until its time is over.
const patience = 3 * time.Minute

// Await waits until one has come that is meant, and returns the first such.
func (s *Server) Await(what string, meant func(Mail) bool) Mail {
	s.t.Helper()
	over := time.After(patience)
	for {
		s.mu.Lock()
		came := s.came
		s.mu.Unlock()
		for _, m := range s.Mails() {
			if meant(m) {
				return m
			}
		}
		select {
		case <-came:
		case <-over:
			s.t.Fatalf("smtptest: no mail came: %s; there are %d", what, len(s.Mails()))
		}
	}
}

// NewSession implements [smtp.Backend].
func (s *Server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c}, nil
}

type session struct {
	server *Server
	conn   *smtp.Conn
	from   string
	to     []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	refuse := s.server.refuse
	s.server.mu.Unlock()
	if refuse != nil {
		if err := refuse(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := read(b)
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: "no mail: " + err.Error()}
	}
	m.From, m.To = s.from, strings.Join(s.to, ", ")
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, m)
	close(s.server.came)
	s.server.came = make(chan struct{})
	if s.server.mute {
		_ = s.conn.Conn().Close()
	}
	return nil
}

// read takes a mail of a text and an HTML part apart.
func read(b []byte) (Mail, error) {
	raw, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return Mail{}, err
	}
	m := Mail{ID: raw.Header.Get("Message-Id"), Header: raw.Header}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		return Mail{}, err
	}
	media, params, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		return Mail{}, errors.Join(errors.New("want text and HTML, this is "+media), err)
	}
	parts := multipart.NewReader(raw.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return Mail{}, err
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return Mail{}, err
		}
		plain := strings.ReplaceAll(string(text), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = plain
		} else {
			m.Text = plain
		}
	}
}
