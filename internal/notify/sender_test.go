package notify_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"usher/internal/clocktest"
	"usher/internal/database"
	"usher/internal/notify"
	"usher/internal/outbox"
	"usher/internal/recordstest"
	"usher/internal/smtptest"
)

func TestMain(m *testing.M) { recordstest.Main(m) }

// post is an outbox with a mail server and one node that sends.
type post struct {
	*clocktest.Clock

	t      *testing.T
	db     *database.DB
	box    *outbox.Box
	server *smtptest.Server
	sender *notify.Sender
	stamps *stamps
	log    lockedBuffer
}

// lockedBuffer is the log of several nodes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// stamps makes tokens of which some are good for nothing.
type stamps struct {
	mu   sync.Mutex
	over map[string]bool
	fail error
}

func (s *stamps) Stamp(_ context.Context, ref outbox.TokenRef) (string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("token-%s-%d", ref.ID, ref.Number), !s.over[ref.ID], s.fail
}

func newPost(t *testing.T) *post {
	t.Helper()
	db := recordstest.New(t)
	p := &post{
		t: t, db: db, box: outbox.New(db), server: smtptest.Start(t), stamps: &stamps{over: map[string]bool{}},
		Clock: clocktest.At(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)),
	}
	p.sender = p.node("n1")
	return p
}

// node is another node that sends.
func (p *post) node(name string) *notify.Sender {
	p.t.Helper()
	smtp, err := notify.NewSMTP(p.server.URL(), "Usher <usher@example.com>")
	if err != nil {
		p.t.Fatal(err)
	}
	texts, err := notify.NewTexts("https://usher.example.com/")
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := notify.NewSender(notify.Options{
		Box: p.box, Mailer: smtp, Texts: texts, Stamper: p.stamps, Node: name, Now: p.Now,
		Jitter: func() float64 { return 0 }, Logger: slog.New(slog.NewTextHandler(&p.log, nil)),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p *post) invite(ids ...string) {
	p.t.Helper()
	err := p.db.Write(p.t.Context(), func(tx *sql.Tx) error {
		for _, id := range ids {
			err := outbox.Put(p.t.Context(), tx, p.Now(), outbox.Message{
				ID: id + ".1", To: id + "@example.com", Kind: "invitation",
				Content: outbox.Content{
					Fields: map[string]string{"inviter": "Meg", "license": "Käse & Söhne <b>", "roles": "operator", "name": "", "expires": "8 December 2026"},
					Token:  &outbox.TokenRef{Purpose: "invitation", ID: id, Number: 1},
				},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// send has a node send all that is due.
func (p *post) send(s *notify.Sender) {
	p.t.Helper()
	for s.Once(p.t.Context()) {
	}
}

func (p *post) state(id string) outbox.State {
	p.t.Helper()
	s, found, err := p.box.State(p.t.Context(), id+".1")
	if err != nil || !found {
		p.t.Fatalf("%s: %v, %v", id, found, err)
	}
	return s
}

func TestMailIsSentAsItIsMeant(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.invite("ann")
	p.send(p.sender)
	mails := p.server.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m := mails[0]
	if m.From != "usher@example.com" || m.To != "ann@example.com" || m.ID != "<ann.1@example.com>" || m.Subject != "Meg invites you to Käse & Söhne <b>" ||
		m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Date") != "Tue, 01 Dec 2026 09:00:00 +0000" {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(m.Text, "invites you to Käse & Söhne <b>, as operator.") || !strings.Contains(m.Text, "\nhttps://usher.example.com/join#token-ann-1\n") {
		t.Errorf("text:\n%s", m.Text)
	}
	if !strings.Contains(m.HTML, "Käse &amp; Söhne &lt;b&gt;") || !strings.Contains(m.HTML, `href="https://usher.example.com/join#token-ann-1"`) || strings.Contains(m.HTML, "<b>,") {
		t.Errorf("HTML:\n%s", m.HTML)
	}
	if got := p.state("ann"); !got.Sent.Equal(p.Now()) || got.Attempts != 1 {
		t.Errorf("%+v", got)
	}
	if text := p.log.String(); strings.Contains(text, "token-ann") {
		t.Errorf("the token is in the log:\n%s", text)
	}
}

// A mail server that is down for a day loses nothing, and is not asked in a loop.
func TestPromise10_AMailServerThatIsDownLosesNone(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.server.Down()
	p.invite("ann", "bob")
	attempts := 0
	for range 24 * 60 { // a day, looked at every minute
		before := p.state("ann").Attempts
		p.send(p.sender)
		attempts += p.state("ann").Attempts - before
		p.Advance(time.Minute)
	}
	if attempts < 24 || attempts > 40 {
		t.Errorf("tried %d times in a day", attempts)
	}
	if s := p.state("ann"); s.Error == "" || !s.Sent.IsZero() || !s.Failed.IsZero() {
		t.Errorf("%+v", s)
	}
	p.server.Up()
	p.Advance(time.Hour)
	p.send(p.node("n2")) // whichever node
	var to []string
	for _, m := range p.server.Mails() {
		to = append(to, m.To)
	}
	if d := cmp.Diff([]string{"ann@example.com", "bob@example.com"}, to); d != "" {
		t.Error(d)
	}
}

// The mail server takes a mail, and hangs up before it says so; or the node dies then. The mail is sent once more, under the same
// Message-ID.
func TestAMailThatIsSentOnceMoreIsTheSame(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.invite("ann")
	p.server.Mute(true)
	p.send(p.sender)
	if s := p.state("ann"); !s.Sent.IsZero() || s.Attempts != 1 {
		t.Errorf("%+v: nobody said that it was taken", s)
	}
	p.server.Mute(false)
	p.Advance(time.Minute)
	p.send(p.sender)
	mails := p.server.Mails()
	if len(mails) != 2 || mails[0].ID != mails[1].ID || mails[0].Text != mails[1].Text || mails[0].Header.Get("Date") != mails[1].Header.Get("Date") {
		t.Errorf("%+v", mails)
	}
	p.Advance(24 * time.Hour)
	p.send(p.sender)
	if n := len(p.server.Mails()); n != 2 {
		t.Errorf("sent %d times", n)
	}
}

// A node that is stopped while it sends leaves the mail to the others.
func TestANodeThatStopsLeavesItsMailToOthers(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.invite("ann")
	over, cancel := context.WithCancel(t.Context())
	p.server.Refuse(func(string) error { cancel(); return &smtp.SMTPError{Code: 451, Message: "not now"} })
	p.sender.Once(over)
	p.server.Refuse(nil)
	other := p.node("n2")
	p.send(other)
	if n := len(p.server.Mails()); n != 0 {
		t.Errorf("%d mails were sent that are another's still", n)
	}
	p.Advance(3 * time.Minute)
	p.send(other)
	if n := len(p.server.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestWhatIsRefusedForGoodFails(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	answers := map[string]error{
		"gone@example.com": &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"},
		"full@example.com": &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"},
	}
	p.server.Refuse(func(to string) error {
		if err := answers[to]; err != nil {
			return err
		}
		return nil
	})
	p.invite("gone", "full", "ann")
	p.send(p.sender)
	if s := p.state("gone"); s.Failed.IsZero() || !strings.Contains(s.Error, "no such user") {
		t.Errorf("gone: %+v", s)
	}
	if s := p.state("full"); !s.Failed.IsZero() || !strings.Contains(s.Error, "mailbox full") {
		t.Errorf("full: %+v", s)
	}
	if s := p.state("ann"); s.Sent.IsZero() {
		t.Errorf("ann: %+v: one that can't be sent must not hold up another", s)
	}
	for range 8 * 24 { // and after a week it is given up
		p.Advance(time.Hour)
		p.send(p.sender)
	}
	if s := p.state("full"); s.Failed.IsZero() || s.Attempts < 100 {
		t.Errorf("after a week: %+v", s)
	}
}

func TestMailWhoseMatterIsOverIsNotSent(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.stamps.over["ann"] = true
	p.invite("ann", "bob")
	p.send(p.sender)
	mails := p.server.Mails()
	if len(mails) != 1 || mails[0].To != "bob@example.com" || p.state("ann").Failed.IsZero() {
		t.Errorf("%+v; ann: %+v", mails, p.state("ann"))
	}
}

// While the token can't be made, as the database is away, the mail waits.
func TestAStampThatIsNotToBeHad(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.stamps.fail = errors.New("away")
	p.invite("ann")
	p.send(p.sender)
	p.stamps.fail = nil
	p.Advance(time.Minute)
	p.send(p.sender)
	if n := len(p.server.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// Several nodes run on one outbox: each mail leaves once, without anybody being told to look.
func TestManyNodesSendEachMailOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	nodes := []*notify.Sender{p.sender, p.node("n2"), p.node("n3")}
	for _, s := range nodes {
		wg.Go(func() { s.Run(ctx) })
	}
	defer wg.Wait()
	defer cancel()
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprintf("t%02d", i))
	}
	p.invite(ids...)
	nodes[0].Wake()
	for _, id := range ids {
		p.server.Await(id, func(m smtptest.Mail) bool { return m.To == id+"@example.com" })
	}
	if n := len(p.server.Mails()); n != len(ids) {
		t.Errorf("%d mails, want %d", n, len(ids))
	}
}

func TestSMTPTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	const from = "Usher <usher@example.com>"
	for _, good := range []string{
		"smtp://mail.example.com", "smtp://u:p@mail.example.com:2525", "smtps://u:p@mail.example.com", "smtp://127.0.0.1:1025?tls=none", "smtp://[::1]:25",
	} {
		if _, err := notify.NewSMTP(good, from); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "mail.example.com", "mail.example.com:25", "http://mail.example.com", "smtp://", "smtp://u:hunter2@host:99999", "smtp://u:hunter2@host?tls=maybe",
		"smtps://u:hunter2@host?tls=none", "smtp://u:hunter2@host/path", "smtp://u:hunter2@ho st",
	} {
		if _, err := notify.NewSMTP(bad, from); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want an error without the password", bad, err)
		}
	}
	if _, err := notify.NewSMTP("smtp://mail.example.com", "nobody"); err == nil {
		t.Error("a sender that is no address")
	}
}
