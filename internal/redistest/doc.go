// Package redistest runs real Redis servers for tests: on free loopback ports, with their data in temporary
// directories, without persistence unless asked for, and gone when the test or the test binary is.
//
//	URL             the single server that the tests of a binary share (unique license ids keep them apart)
//	ClusterURL      the Cluster of three masters that they share
//	Start           a server of the test's own, to be killed, restarted, paused or flushed
//	StartCluster    a Cluster of the test's own
//	StartClusterOn  the same on an address of this machine that is not loopback's
//	StartFailover   a master, replicas and a Sentinel of the test's own
//	Main            for TestMain: runs the tests, stops what they shared, then looks for leaked goroutines
//
// Which servers are shared can be said from outside, so that many test binaries use the same ones; the command
// withservers does that:
//
//	USHER_TEST_REDIS_URL           redis://host:port
//	USHER_TEST_REDIS_CLUSTER_URL   host:port,host:port,…
//
// Without redis-server on the path a test that needs it is skipped, and says what to install. With
// USHER_TEST_REQUIRE_REDIS=1 it fails instead: where it is set (CI), nothing is left out unseen.
//
// Servers end with the process that started them, however it ends: see [usher/internal/guardian].
package redistest
