// Package leasetest is what the tests of engines on Redis share: a clock that a test moves, scripts with a bug in
// them, connections that lose replies, what is owed through outages, and the reading of scripts' headers. It is for tests alone.
package leasetest
