// Package auth issues and verifies what proves who somebody is: access tokens, resume keys and API keys.
//
// # Access tokens
//
// JWTs. A token signed with HS256 is checked with the configured secret, one signed with RS256, ES256 or EdDSA
// with the keys of a JWKS URL, when there is one. The algorithm follows from the key and never from the token
// alone: no key serves two of them. iss, aud, exp, sub and license are required, nbf is honoured, all without
// leeway. Whether a teammate is an operator or an administrator is never in a token.
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
// # API keys
//
// 256 random bits with a public prefix by which they are found; stored as a SHA-256 hash, which needs no salt
// and no slowness for a secret that nobody can guess.
//
// # Whose clock
//
// Options.Now, for tokens and for how often a JWKS URL is asked.
//
// # What is never said
//
// No error and no log line has any part of a token, a key or the secret in it.
package auth
