// Package wiretest holds frames against the AsyncAPI document of the wire. It is for tests: of the frames that are pinned, and of
// every frame that a server under test sends.
//
// A frame is read in one of two ways. As clients read it, fields that the document does not name are allowed. As it is
// written, they are not: what a server sends has to be documented.
package wiretest
