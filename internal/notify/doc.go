// Package notify sends what the outbox holds, as mail.
//
// A [Sender] runs on every node. It claims messages that are due, renders their text, and gives them to a [Mailer]; [SMTP] is
// the one there is. A mail server that can't be reached, or says that it can't just now (4xx), is tried again, after ten seconds at first and after
// an hour at most, for as long as [GiveUp]; what it refuses for good (5xx for the recipient or the text) has failed. Nothing is lost, and a
// message that is sent once more, since its node died in the midst, has the same Message-ID, by which mail programs know it.
//
// Tokens in mail are made while it is sent, and stand nowhere: a [Stamper] keeps the hash, and says when a token is good for
// nothing any more, so that its mail is not sent.
//
// # Whose clock
//
// Options.Now, for what is due and when it is due again. Deadlines of single steps are the machine's.
package notify
