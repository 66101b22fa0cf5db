// Package postgrestest runs a real PostgreSQL server for tests: on a free loopback port, with its data in a temporary directory,
// and gone when the test or the test binary is.
//
//	URL       a database of the test's own, empty, on the server that the tests of a binary share
//	Template  a database whose copies tests begin with
//	Start     a server of the test's own, to be killed, restarted or paused
//	Launch    a server for who stops it
//	Stopping  ends what a binary's tests shared; for TestMain
//
// Which server is shared can be said from outside, so that many test binaries use the same one; the command withservers does
// that:
//
//	USHER_TEST_POSTGRES_URL   postgres://user@host:port/name
//
// Without PostgreSQL on the machine a test that needs it is skipped, and says what to install. With
// USHER_TEST_REQUIRE_POSTGRES=1 it fails instead: where it is set (CI), nothing is left out unseen.
//
// The server takes its commits for done before they are on disk, which tests have no use for: the machine is not switched off.
// PostgreSQL does not run for root; there the server is the system user postgres's.
package postgrestest
