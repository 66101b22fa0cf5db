package netnstest

import (
	"os"
	"os/exec"
	"testing"
)

const envRequire = "USHER_TEST_REQUIRE_NETNS"

// need leaves the test out where there can't be namespaces.
func need(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		leaveOut(t, "only root may have them")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		leaveOut(t, "the program ip is not installed (Debian: iproute2)")
	}
}

// leaveOut skips the test, or fails it where a skip would go unseen.
func leaveOut(t testing.TB, why string) {
	t.Helper()
	const format = "no network namespaces, so nothing was cut off from anything: %s"
	if os.Getenv(envRequire) == "1" {
		t.Fatalf(format, why)
	}
	t.Skipf(format, why)
}
