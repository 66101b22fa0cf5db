package notify

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"usher/internal/outbox"
)

// Box is where messages are; *outbox.Box is one.
type Box interface {
	Claim(ctx context.Context, node string, now time.Time, hold time.Duration, most int) ([]outbox.Claimed, error)
	Sent(ctx context.Context, id string, now time.Time) error
	Later(ctx context.Context, id, node string, due time.Time, why string) error
	Failed(ctx context.Context, id, node string, now time.Time, why string) error
	Next(ctx context.Context) (time.Time, error)
	Prune(ctx context.Context, before time.Time) error
}

// Mailer sends mail; *SMTP does.
type Mailer interface {
	// Send returns when somebody else has the mail for good. Errors: [*RefusedError]; any other means that it may be tried again.
	Send(ctx context.Context, m Mail) error
}

// Stamper makes the tokens that mail carries.
type Stamper interface {
	// Stamp returns a token, whose hash is kept from then on; the same each time. good is false where it is good for nothing
	// any more.
	Stamp(ctx context.Context, ref outbox.TokenRef) (token string, good bool, err error)
}

// Bounds of sending.
const (
	// GiveUp is how long a message is tried.
	GiveUp = 7 * 24 * time.Hour
	// Remember is how long it is remembered that a message was sent, or has failed.
	Remember = 30 * 24 * time.Hour

	Hold      = 90 * time.Second // a node that dies leaves its messages to the others after it
	sendTime  = time.Minute      // less than Hold, so that nobody else begins before this one has ended
	atOnce    = 1                // claimed at a time: a slow mail server must not use up the time of those behind
	firstWait = 10 * time.Second
	longWait  = time.Hour
	lookEvery = 5 * time.Second // for what other nodes have put
	pruneEach = time.Hour
)

// Options are what a Sender works with. All but the last three are needed.
type Options struct {
	Box     Box
	Mailer  Mailer
	Texts   *Texts
	Stamper Stamper
	Node    string

	Now    func() time.Time // default time.Now
	Jitter func() float64   // from 0 to 1; default math/rand's
	Logger *slog.Logger     // default slog.Default()
}

// Sender sends what the outbox holds.
type Sender struct {
	o      Options
	wake   chan struct{}
	pruned time.Time
}

// NewSender returns a Sender, which does nothing before it is run.
func NewSender(o Options) (*Sender, error) {
	if o.Box == nil || o.Mailer == nil || o.Texts == nil || o.Stamper == nil || o.Node == "" {
		return nil, errors.New("notify: Box, Mailer, Texts, Stamper and Node are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	o.Logger = cmp.Or(o.Logger, slog.Default())
	return &Sender{o: o, wake: make(chan struct{}, 1)}, nil
}

// Wake has the outbox looked at now: something was put there.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends; what is under way then is sent by the next who claims it.
func (s *Sender) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		for more := true; more && ctx.Err() == nil; {
			more = s.Once(ctx)
		}
		timer.Reset(lookEvery)
	}
}

// Once sends what is due first, if anything is, and tells whether it got that far: there may be more then.
func (s *Sender) Once(ctx context.Context) bool {
	now := s.o.Now()
	if now.Sub(s.pruned) >= pruneEach {
		if err := s.o.Box.Prune(ctx, now.Add(-Remember)); err == nil {
			s.pruned = now
		}
	}
	claimed, err := s.claim(ctx, now)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Logger.WarnContext(ctx, "the outbox can't be read: mail waits", "error", err)
		}
		return false
	}
	for _, m := range claimed {
		s.handle(ctx, m)
	}
	return len(claimed) > 0
}

// claim looks first, and writes only where something is due.
func (s *Sender) claim(ctx context.Context, now time.Time) ([]outbox.Claimed, error) {
	next, err := s.o.Box.Next(ctx)
	if err != nil || next.IsZero() || next.After(now) {
		return nil, err
	}
	return s.o.Box.Claim(ctx, s.o.Node, now, Hold, atOnce)
}

func (s *Sender) handle(ctx context.Context, m outbox.Claimed) {
	sending, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	err := s.send(sending, m)
	if ctx.Err() != nil {
		return // it stays ours until the time is over: nobody knows how far it got
	}
	if noting := s.note(ctx, m, err); noting != nil {
		s.o.Logger.WarnContext(ctx, "what became of a mail could not be noted: it may be sent once more", "message", m.ID, "error", noting)
	}
}

// send sends one message, or finds that it need not be.
func (s *Sender) send(ctx context.Context, m outbox.Claimed) error {
	token := ""
	if m.Token != nil {
		made, good, err := s.o.Stamper.Stamp(ctx, *m.Token)
		if err != nil {
			return err
		}
		if !good {
			return errObsolete
		}
		token = made
	}
	mail, err := s.o.Texts.render(m, token)
	if err != nil {
		return &RefusedError{err}
	}
	return s.o.Mailer.Send(ctx, mail)
}

// errObsolete says that a message's token is good for nothing any more.
var errObsolete = errors.New("what it is about is over")

// note notes what became of a message.
func (s *Sender) note(ctx context.Context, m outbox.Claimed, err error) error {
	now := s.o.Now()
	if err == nil {
		s.o.Logger.InfoContext(ctx, "mail sent", "message", m.ID, "kind", m.Kind, "attempts", m.Attempts+1)
		return s.o.Box.Sent(ctx, m.ID, now)
	}
	_, refused := errors.AsType[*RefusedError](err)
	switch {
	case errors.Is(err, errObsolete):
		s.o.Logger.InfoContext(ctx, "mail dropped: what it is about is over", "message", m.ID, "kind", m.Kind)
		return s.o.Box.Failed(ctx, m.ID, s.o.Node, now, err.Error())
	case refused || now.Sub(m.Created) >= GiveUp:
		s.o.Logger.ErrorContext(ctx, "mail can't be sent", "message", m.ID, "kind", m.Kind, "attempts", m.Attempts+1, "error", err)
		return s.o.Box.Failed(ctx, m.ID, s.o.Node, now, err.Error())
	}
	wait := s.wait(m.Attempts)
	s.o.Logger.WarnContext(ctx, "mail could not be sent: it is tried again", "message", m.ID, "kind", m.Kind, "attempts", m.Attempts+1, "in", wait.String(), "error", err)
	return s.o.Box.Later(ctx, m.ID, s.o.Node, now.Add(wait), err.Error())
}

// wait is how long after so many attempts, and one more, a message is tried again.
func (s *Sender) wait(attempts int) time.Duration {
	w := longWait
	if doublings := 9; attempts < doublings {
		w = min(longWait, firstWait<<attempts)
	}
	return w - time.Duration(s.o.Jitter()*float64(w)/5)
}
