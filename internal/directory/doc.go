// Package directory holds what is durable about licenses: partners and their API keys, licenses with cap, policy,
// price and status, teammates with their two switches, what they chose to be seen as and when they were last here, the
// cooldowns of freed teammates, and the boards that an engine which forgets with its process leaves behind. It keeps
// the keys that tickets are signed with, too, their private parts sealed, and knows nothing of signing.
//
// # Revisions
//
// A license has one revision. It starts at 1 and grows by one in the same transaction with every change of the
// license or of one of its teammates; a change that changes nothing leaves it alone. A teammate carries the
// revision of their own last change, so [Directory.ChangedSince] can tell who changed after a revision. Removed
// teammates stay as rows without switches, so that their removal is told like any other change.
//
// What a teammate chose is no change of the license: it has a number of its own, one more with each choice, so that of two
// that arrive somewhere in any order the later is known. When they were last here only ever moves forward. Neither can be
// undone by a change of the teammate that was begun before it.
//
// # Who changed it
//
// Licenses, teammates, partners and keys are changed through [Directory.By], which tells the audit log in the same transaction who did what.
// Mail that tells somebody of a change goes into the outbox in that transaction too.
//
// # Invitations
//
//	          ┌──────────────── resend ────────────────┐
//	          ▼                                        │
//	invite ─▶ pending ──7 days──▶ expired ─────────────┤
//	          │ ├──accept──▶ accepted (a teammate)     │
//	          │ └──revoke──▶ revoked                   │
//	          └── 48 hours: whoever sent it is told ───┘
//
// An invitation is sent with a number, one more each time; the token of the last mail alone is good, once. Its hash is kept when the mail is sent
// ([Directory.StampInvitation]), so that the token itself stands nowhere.
//
// # Logins
//
// An account is a teammate with a password. A login begins a family of refresh tokens, each good once; one that is used later than
// [RefreshRetry] after it was used ends the family. Tries that fail are counted before they are heard, for a network address and an account; who has
// logged in from an address before is counted there alone, all strangers together.
//
// # What stays taken
//
// The ids of removed teammates and of deleted or purged licenses are never given again: tokens, fences and
// engine state of the old bearer may still be about.
//
//	active, suspended, expired ──delete──▶ deleted (expired for good, not listed) ──purge──▶ gone
//
// # Boards
//
// Whoever draws a license's generation for an engine that forgets with its process is the keeper of its board until
// the next one comes: a save by an earlier keeper is nothing. A board is complete, the last that there was, only
// when its keeper has said so at its end; from a new keeper's coming on it is not, before that has saved anything.
//
// # Whose clock
//
// Options.Now, for created, removed, last used. Cooldowns and choices end at moments that the caller names, which are
// compared with the same clock; when somebody was last here the caller says.
//
// # Failures
//
// An [*Error] tells what the caller did wrong, with a stable code. Anything else is a failure of the database:
// [ErrUnavailable] when it could not be asked or the outcome of a commit is unknown.
package directory
