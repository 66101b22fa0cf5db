package redistest

import (
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// shared is what the tests of this binary have in common: started at first use, stopped by Main.
var shared struct {
	mu      sync.Mutex
	server  *Server
	cluster *Cluster
	inMain  bool
}

// Main is a package's TestMain: it runs the tests of m, a *testing.M or what wraps one, stops the servers that they shared, and fails when
// goroutines are left over.
//
//	func TestMain(m *testing.M) { redistest.Main(m) }
func Main(m goleak.TestingM, options ...goleak.Option) {
	shared.mu.Lock()
	shared.inMain = true
	shared.mu.Unlock()
	goleak.VerifyTestMain(runner{m}, options...)
}

type runner struct{ m goleak.TestingM }

func (r runner) Run() int {
	defer stopShared()
	return r.m.Run()
}

func stopShared() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server != nil {
		shared.server.Stop()
		shared.server = nil
	}
	if shared.cluster != nil {
		shared.cluster.Stop()
		shared.cluster = nil
	}
}

// URL is a single Redis server that tests share: the one that USHER_TEST_REDIS_URL names, or one that this
// test binary runs. Nobody may flush it.
func URL(t testing.TB) string {
	t.Helper()
	if url := os.Getenv(envURL); url != "" {
		return url
	}
	need(t, "redis-server")
	shared.mu.Lock()
	defer shared.mu.Unlock()
	needMain(t)
	if shared.server == nil {
		s, err := Launch()
		if err != nil {
			t.Fatalf("redistest: %v", err)
		}
		shared.server = s
	}
	return shared.server.URL()
}

// ClusterURLs are the addresses (host:port) of a Redis Cluster of three masters that tests share: those that
// USHER_TEST_REDIS_CLUSTER_URL names, or of one that this test binary runs. Nobody may flush it.
func ClusterURLs(t testing.TB) []string {
	t.Helper()
	if list := os.Getenv(envCluster); list != "" {
		return strings.Split(list, ",")
	}
	need(t, "redis-server")
	shared.mu.Lock()
	defer shared.mu.Unlock()
	needMain(t)
	if shared.cluster == nil {
		c, err := LaunchCluster()
		if err != nil {
			t.Fatalf("redistest: %v", err)
		}
		shared.cluster = c
	}
	return shared.cluster.Addrs()
}

// ClusterURL is the Cluster of [ClusterURLs] as one URL, as Usher's settings take it.
func ClusterURL(t testing.TB) string {
	t.Helper()
	return clusterURL(ClusterURLs(t))
}

// needMain keeps a package from leaving servers behind: without Main nobody would stop them.
func needMain(t testing.TB) {
	t.Helper()
	if !shared.inMain {
		t.Fatal("redistest: the package needs func TestMain(m *testing.M) { redistest.Main(m) }")
	}
}
