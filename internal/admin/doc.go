// Package admin is the HTTP API of Usher, for administrators and partners. It is the only importer of Gin.
//
// # How a request goes
//
// openapi.yaml comes first: routes, shapes and request validation follow from it, and api.gen.go is made of it.
// A request passes, in this order:
//
//	route      an operation of the document, or 404 or 405
//	who        a bearer token, proved by [Tokens], or an API key, proved by the directory; or 401
//	how often  not too often for a teammate or an API key; or 429. Those whom the step before refused, and those who need be
//	           nobody, are counted by address
//	may they   x-access of the operation, against the switches as the directory has them now, and against whose
//	           license it is; 404 for licenses of others, 403 for one's own
//	body       at most MaxBodyBytes of JSON; or 413, 415, 400
//	validation against the document; or 400
//	handler    an answer, or an error that is translated to a problem in one place, problem.go
//
// # Changes
//
// A change is committed to the directory, then the engine is brought to the new revision. The answer comes after
// both. When the engine can't be reached the answer says "applied": false, and the change stands: engines catch
// up with the directory by themselves.
//
// Freeing seats is the other way round: the cooldowns are committed, the engine acts, and where it could not they are
// withdrawn and the answer is 503. Lifting a cooldown goes on, and is not undone: a repeat does what is left.
//
// What is done to seats is decided by the engine, never by a replica: see wholeBoard. While the engine finds out who held
// which seat, nobody is said to hold none.
//
// # Who is here
//
// The roster and the sessions come from this node's replica, as the board does when it is only looked at. Logging out
// is the engine's: of a replica it is only known whose a session is. While the engine finds out who is here, nobody is
// said to have no session: 503.
//
// # Tickets
//
// Whatever is wrong with a seat ticket, or not the caller's to know, is answered with "active": false. What can't be told
// now is 503, never false.
//
// # Failures
//
// Database or engine out of reach: 503 with Retry-After. A fault in the program: 500, logged with its cause,
// which is never sent. Query strings, bodies and Authorization are never logged.
package admin

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config oapi-codegen.yaml openapi.yaml
