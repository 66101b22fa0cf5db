// Package auth issues and verifies what proves who somebody is: access tokens, resume keys and API keys; and what
// proves who holds a seat: tickets.
//
// # Access tokens
//
// JWTs, of three issuers, each with keys of its own:
//
//   - Usher. typ is usher-access+jwt, and they are signed with Ed25519 by the signing keys that all nodes share. What one
//     node has signed every other verifies, also with a key that was made a moment ago.
//   - Who knows the secret, where Options.Shared allows that: HS256.
//   - Who has a key of the JWKS URL, where there is one: RS256, ES256 or EdDSA. What they say of the teammate beside who it
//     is comes with the claims.
//
// Which keys count follows from typ and algorithm, in one place, and the algorithm of a key from the key: no key serves two
// of them. iss, aud, exp, sub and license are required, nbf is honoured, all without leeway. Whether a teammate is an operator or an
// administrator is never in a token.
//
// # Keys from a JWKS URL
//
// They are fetched in the background at start and every few minutes. A token with an unknown key id fetches
// them once more, but no more often than every ten seconds, however many such tokens come; all who wait share
// one fetch. When the URL can't be reached the keys known stay in use, and a token with an unknown one is
// answered with [ErrUnavailable]: it may well be good. A key that is gone from the set is not accepted any more
// after the next fetch.
//
// # Resume keys
//
// A resume key names the session that a reconnecting app continues. It is opaque to clients and authenticated
// with a key derived from the secret, so that every node with the same secret can open it. It proves no seat
// and replaces no token.
//
// # Tickets
//
// JWTs of another kind, typ usher-ticket+jwt, that prove a seat to a backend: license, teammate, number and fence.
// They are signed with Ed25519, so that a backend needs the public keys alone, and checked with nothing else. A
// ticket's moments are those of its caller, in the engine's time, cut to whole seconds. Fractions are allowed in JWTs,
// but common libraries compare them with a clock that is cut to seconds itself, and would let a ticket live longer
// than it says. A ticket proves what was so when it was signed; whether it still is only the engine knows.
//
// # Signing keys
//
// They are kept in a [KeyStore] that all nodes share, the private part sealed with AES-256-GCM under a key derived
// from the secret. A key's life:
//
//	made ──Ahead──▶ signs ──Rotation──▶ superseded ──Life + 1 min──▶ removed
//	╰──────────────── published, and verifies ───────────────────╯
//
// The first key signs at once. Nodes look at the keys once a minute, and when a token or ticket names one that they do not
// know, but no more often than once a second: who comes sooner waits for the next look. Whichever node finds first that something is due does it, in one
// transaction of the store, in which no other finds it any more. Ahead is longer than all that keeps somebody from
// knowing a key: a node's minute, and the five minutes for which a backend may keep the set. [RotateKeys] does the
// same by hand; at once, it takes the old keys away: each node refuses them from its next look on.
//
// Keys that were sealed with another secret can't sign here. They are published all the same, so that what they
// signed is good until it ends, and a new key is made beside them. They are removed when Life is over after that, and a day at
// least, so that nodes that are not yet started with the new secret keep theirs until then.
//
// When the store can't be asked the keys known stay in use, and a token or ticket with an unknown one is answered with
// [ErrUnavailable].
//
// # API keys
//
// 256 random bits with a public prefix by which they are found; stored as a SHA-256 hash, which needs no salt
// and no slowness for a secret that nobody can guess.
//
// # Passwords
//
// Hashed with argon2id, a few at a time. Checking one of somebody who has none takes as long as of somebody who has.
//
// # Mail tokens and refresh tokens
//
// 256 bits each, kept as SHA-256 hashes. A mail's token follows from the secret and from what it is for, so that it need not be kept until the mail is sent;
// a refresh token is random.
//
// # Whose clock
//
// Options.Now, for tokens and for how often a JWKS URL is asked. KeysOptions.Now, for when keys come and go and how
// often the store is asked on demand. TicketOptions.Now, for whether a ticket has ended. Nothing in a ticket is of a clock here.
//
// # What is never said
//
// No error and no log line has any part of a token, a key or the secret in it.
package auth
