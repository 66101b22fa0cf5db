// Package layout holds the shape of the module in place: which packages there are, and which of them may import
// which. It has no code of its own, only tests: a table of the packages, compared with what `go list` says.
//
// Arrows point one way. What is live (seats, presence) knows nothing of what is around it; the gateway and the
// HTTP API know what they serve; cmd/usher alone knows everything and wires it. A new package gets a row in the
// table (table_test.go), with the imports it needs and the reason why it may have no more.
//
// Imports of test files are free, but for two things: seats and presence keep apart in tests too, and Gin stays in
// internal/admin.
package layout
