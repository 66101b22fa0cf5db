// Package wire holds the frames, codes and close codes of usher.v1, the WebSocket protocol between agent apps
// and Usher: their Go shapes, how to decode what a client sends and how to encode what a server sends. Nothing
// but encoding: it decides nothing.
//
// A client sends {"id","type","data"} and gets exactly one reply with the same id: ok, welcome or error.
// What the server pushes has no id. Times are RFC 3339 in UTC, durations integers with the unit in the name,
// ids opaque strings; unknown fields are ignored.
//
// [AsyncAPI] has all of it for who writes a client in another language, and [Guide] teaches how.
package wire

// Subprotocol is what both sides name in Sec-WebSocket-Protocol.
const Subprotocol = "usher.v1"
