package redistest

import (
	"os"
	"os/exec"
	"testing"
)

const (
	envURL     = "USHER_TEST_REDIS_URL"
	envCluster = "USHER_TEST_REDIS_CLUSTER_URL"
	envRequire = "USHER_TEST_REQUIRE_REDIS"
)

// need skips the test when the program isn't installed, or fails it where a skip would go unseen.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	const format = "%s is not installed, so nothing of this test ran on Redis; install Redis 7 or newer (Debian: redis-server, macOS: brew install redis)"
	if os.Getenv(envRequire) == "1" {
		t.Fatalf(format, program)
	}
	t.Skipf(format, program)
}
