package notify

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// Mail is a message as it is sent.
type Mail struct {
	ID      string // before the @ of the Message-ID
	To      string // an address
	Subject string
	Text    string
	HTML    string
	Date    time.Time
}

// RefusedError says that the mail server will not take a mail, now or later.
type RefusedError struct{ Reason error }

func (e *RefusedError) Error() string { return "the mail server refused it: " + e.Reason.Error() }
func (e *RefusedError) Unwrap() error { return e.Reason }

// smtpTimeout bounds each step of a conversation with a mail server.
const smtpTimeout = 20 * time.Second

// SMTP sends mail through a mail server.
type SMTP struct {
	host    string
	options []mail.Option
	from    *netmail.Address
	domain  string // of Message-IDs
}

// NewSMTP reads where mail is sent through: smtp://user:password@host:587, which wants STARTTLS, or smtps://host:465, which is TLS
// from the first byte. For a server on a network that nobody listens to, ?tls=none does without. from is the sender, as
// "Usher <usher@example.com>". Errors never have the password.
func NewSMTP(server, from string) (*SMTP, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, errors.New("the URL of the mail server can't be read: want smtp://user:password@host:587")
	}
	s := &SMTP{host: u.Hostname()}
	if s.host == "" || u.Opaque != "" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("the URL of the mail server names no host: want smtp://user:password@host:587")
	}
	if s.from, err = netmail.ParseAddress(from); err != nil {
		return nil, fmt.Errorf("the sender of mail is %q, want an address such as Usher <usher@example.com>", from)
	}
	_, s.domain = splitAddress(s.from.Address)
	s.options = []mail.Option{mail.WithTimeout(smtpTimeout), mail.WithoutNoop()}
	port, err := s.secure(u)
	if err != nil {
		return nil, err
	}
	if given := u.Port(); given != "" {
		if port, err = strconv.Atoi(given); err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("the port of the mail server is %q", given)
		}
	}
	s.options = append(s.options, mail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if _, err := mail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("the mail server: %w", err)
	}
	return s, nil
}

// secure chooses how the connection is kept from who listens, and returns the usual port.
func (s *SMTP) secure(u *url.URL) (port int, err error) {
	how := u.Query().Get("tls")
	switch {
	case u.Scheme == "smtps" && how == "":
		s.options = append(s.options, mail.WithSSL())
		return 465, nil
	case u.Scheme == "smtp" && how == "":
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
		return 587, nil
	case u.Scheme == "smtp" && how == "none":
		s.options = append(s.options, mail.WithTLSPolicy(mail.NoTLS))
		return 25, nil
	}
	return 0, errors.New("the URL of the mail server: want smtp:// (with STARTTLS), smtp://…?tls=none, or smtps://")
}

// Name tells which mail server it is, without secrets.
func (s *SMTP) Name() string { return s.host }

// Send gives a mail to the mail server, and returns when that has taken it. Errors: [*RefusedError]; any other means that it may
// be tried again.
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	message := mail.NewMsg()
	if err := message.From(s.from.String()); err != nil {
		return &RefusedError{err}
	}
	if err := message.To(m.To); err != nil {
		return &RefusedError{err}
	}
	message.Subject(m.Subject)
	message.SetDateWithValue(m.Date)
	message.SetMessageIDWithValue(m.ID + "@" + s.domain)
	message.SetGenHeader(mail.Header("Auto-Submitted"), "auto-generated") // so that nobody's absence is told to us
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	client, err := mail.NewClient(s.host, s.options...)
	if err != nil {
		return err
	}
	return refused(client.DialAndSendWithContext(ctx, message))
}

// refused tells what is for good from what may pass.
func refused(err error) error {
	sending, ok := errors.AsType[*mail.SendError](err)
	if !ok || sending.IsTemp() || sending.ErrorCode() < 500 {
		return err
	}
	switch sending.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose, mail.ErrWriteContent:
		return &RefusedError{err}
	}
	return err // of the sender or the connection: a setting is wrong, which can be mended
}

// splitAddress parts an address at its last @.
func splitAddress(address string) (local, domain string) {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return address[:i], address[i+1:]
		}
	}
	return address, "localhost"
}
