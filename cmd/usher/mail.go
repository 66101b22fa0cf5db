package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"usher/internal/auth"
	"usher/internal/directory"
	"usher/internal/notify"
	"usher/internal/outbox"
	"usher/seats"
)

// openMail has the outbox sent from here, where there is a mail server, and those who invited told of what was not picked up.
func (n *node) openMail(context.Context) error {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	n.onClose(func(context.Context) error {
		stop()
		running.Wait()
		return nil
	})
	n.wakeMail = func() {}
	if n.settings.SMTPURL == "" {
		n.log.Warn("there is no mail server (USHER_SMTP_URL): invitations and notices wait in the outbox until there is one")
	} else {
		sender, err := n.mailSender()
		if err != nil {
			return err
		}
		n.wakeMail = sender.Wake
		running.Go(func() { sender.Run(ctx) })
	}
	running.Go(func() { n.tellStale(ctx) })
	running.Go(func() { n.tellWaits(ctx) })
	running.Go(func() { n.expire(ctx) })
	return nil
}

func (n *node) mailSender() (*notify.Sender, error) {
	smtp, err := notify.NewSMTP(n.settings.SMTPURL, n.settings.MailFrom)
	if err != nil {
		return nil, fmt.Errorf("--smtp-url (USHER_SMTP_URL), --mail-from (USHER_MAIL_FROM): %w", err)
	}
	texts, err := notify.NewTexts(n.publicURL())
	if err != nil {
		return nil, err
	}
	return notify.NewSender(notify.Options{
		Box: n.outbox, Mailer: smtp, Texts: texts, Stamper: stamper{n.secret, n.directory}, Node: string(n.name), Logger: n.log,
	})
}

// publicURL is where people reach this deployment.
func (n *node) publicURL() string {
	if n.settings.PublicURL != "" {
		return n.settings.PublicURL
	}
	return n.url()
}

// staleEvery is how often it is looked for invitations that nobody picked up.
const staleEvery = 10 * time.Second

// tellStale tells of them until ctx ends.
func (n *node) tellStale(ctx context.Context) {
	tick := time.NewTicker(staleEvery)
	defer tick.Stop()
	for {
		for more := true; more && ctx.Err() == nil; {
			told, again, err := n.directory.TellStale(ctx)
			if err != nil && ctx.Err() == nil {
				n.log.Warn("could not look for invitations that nobody picked up", "error", err)
			}
			if told > 0 {
				n.wakeMail()
			}
			more = again && err == nil
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// expireEvery is how often it is looked for licenses whose time has come.
const expireEvery = 10 * time.Second

// expire ends them, and purges those that were deleted long ago, until ctx ends.
func (n *node) expire(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		for more := true; more && ctx.Err() == nil; {
			ended, again, err := n.directory.ExpireLicenses(ctx)
			if err != nil && ctx.Err() == nil {
				n.log.Warn("could not look for licenses whose time has come", "error", err)
			}
			for _, l := range ended {
				n.log.Info("a license has expired", "license", l.ID)
				if _, err := n.gateway.Configure(ctx, seats.LicenseID(l.ID)); err != nil && ctx.Err() == nil {
					n.log.Warn("a license has expired, and the engine does not know yet", "license", l.ID, "error", err)
				}
			}
			more = again && err == nil
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = n.directory.PurgeDeleted(ctx); err != nil && ctx.Err() == nil {
				n.log.Warn("could not purge a license that was deleted long ago", "error", err)
				more = false
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// waitsEvery is how often it is looked for those who wait for too long.
const waitsEvery = 15 * time.Second

// tellWaits tells administrators of them until ctx ends.
func (n *node) tellWaits(ctx context.Context) {
	tick := time.NewTicker(waitsEvery)
	defer tick.Stop()
	for {
		told, err := n.ledger.AlertWaits(ctx, time.Now())
		if err != nil && ctx.Err() == nil {
			n.log.Warn("could not look for those who wait for long", "error", err)
		}
		if told > 0 {
			n.wakeMail()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// stamper makes the tokens that mail carries.
type stamper struct {
	secret []byte
	dir    *directory.Directory
}

func (s stamper) Stamp(ctx context.Context, ref outbox.TokenRef) (token string, good bool, err error) {
	token = auth.MailToken(s.secret, ref.Purpose, ref.ID, ref.Number)
	hash := hex.EncodeToString(auth.HashToken(token))
	switch ref.Purpose {
	case directory.InvitationToken:
		good, err = s.dir.StampInvitation(ctx, ref.ID, ref.Number, hash)
	case directory.ResetToken:
		good, err = s.dir.StampReset(ctx, ref.ID, hash)
	default:
		err = fmt.Errorf("there are no tokens for %q", ref.Purpose)
	}
	return token, good, err
}
