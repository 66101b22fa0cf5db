package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"

	"usher/internal/auth"
	"usher/internal/directory"
	"usher/internal/notify"
	"usher/internal/outbox"
)

// openMail has the outbox sent from here, where there is a mail server.
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
