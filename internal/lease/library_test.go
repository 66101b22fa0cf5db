package lease_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/redistest"
)

// who is a library that tells which server it believes to be on, and that it may write there.
func who() lease.Library {
	return lease.NewLibrary(lease.Assemble(lease.LeaseKeys, `
local function call()
  redis.call('HSET', K.nodes, 'node-a', '1')
  return run_id()
end`))
}

func dial(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	client, err := lease.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

var runID = regexp.MustCompile(`run_id:([0-9a-f]{40})`)

// itself is a server's run id.
func itself(t *testing.T, s *redistest.Server) string {
	t.Helper()
	info, err := dial(t, s.URL()).Info(t.Context(), "server").Result()
	if err != nil {
		t.Fatal(err)
	}
	return runID.FindStringSubmatch(info)[1]
}

func told(t *testing.T, client redis.UniversalClient, license string) string {
	t.Helper()
	id, err := who().Run(t.Context(), client, lease.Keys("usher", "", license, lease.LeaseKeys), 0, "").Text()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// libraries are the names of those that a server has.
func libraries(t *testing.T, s *redistest.Server) []string {
	t.Helper()
	all, err := dial(t, s.URL()).FunctionList(t.Context(), redis.FunctionListQuery{}).Result()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range all {
		names = append(names, l.Name)
	}
	return names
}

// A library comes with the data, to a server that was started again and to a replica; what it knew of the process that
// it was loaded in does not.
func TestALibraryKnowsTheProcessThatItIsIn(t *testing.T) {
	t.Parallel()
	t.Run("restart", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
		if id := told(t, dial(t, server.URL()), "lic"); id != itself(t, server) {
			t.Errorf("told %s, want %s", id, itself(t, server))
		}
		server.Restart(t)
		if names := libraries(t, server); len(names) != 1 {
			t.Errorf("the server that was started again has %q", names)
		}
		if id := told(t, dial(t, server.URL()), "lic"); id != itself(t, server) {
			t.Errorf("told %s after a restart, want %s", id, itself(t, server))
		}
	})
	t.Run("failover", func(t *testing.T) {
		t.Parallel()
		f := redistest.StartFailover(t, 1)
		master := dial(t, f.Master.URL())
		before := told(t, master, "lic")
		if n, err := master.Do(t.Context(), "WAIT", 1, 10_000).Int(); err != nil || n != 1 {
			t.Fatalf("replicated to %d: %v", n, err)
		}
		promoted := f.Promote(t)
		if names := libraries(t, promoted); len(names) != 1 {
			t.Errorf("the replica has %q", names)
		}
		if id := told(t, dial(t, promoted.URL()), "lic"); id != itself(t, promoted) || id == before {
			t.Errorf("told %s, want %s; the former master was %s", id, itself(t, promoted), before)
		}
	})
}

func TestALibraryIsLoadedWhereItIsMissing(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{"FLUSHALL", "FUNCTION FLUSH SYNC", "SCRIPT FLUSH", "FUNCTION DELETE"} {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			client := dial(t, server.URL())
			told(t, client, "lic")
			if lost == "FUNCTION DELETE" {
				lost += " " + libraries(t, server)[0]
			}
			var words []any
			for word := range strings.FieldsSeq(lost) {
				words = append(words, word)
			}
			if err := client.Do(t.Context(), words...).Err(); err != nil {
				t.Fatal(err)
			}
			told(t, client, "lic")
		})
	}
}

func TestALibraryIsLoadedOnEachMaster(t *testing.T) {
	t.Parallel()
	client, ids := dial(t, redistest.StartCluster(t).URL()), map[string]bool{}
	for i := range 100 { // more than enough for a license in each master's slots
		ids[told(t, client, fmt.Sprintf("lic_%d", i))] = true
	}
	if len(ids) != 3 {
		t.Errorf("%d masters were called, want 3", len(ids))
	}
}

// Calls that find the library missing at one moment all load it; those that are not the first one have no harm of it.
func TestALibraryIsLoadedByManyAtOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := dial(t, server.URL())
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			keys := lease.Keys("usher", "", fmt.Sprintf("lic_%d", i), lease.LeaseKeys)
			if err := who().Run(t.Context(), client, keys, 0, "").Err(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if names := libraries(t, server); len(names) != 1 {
		t.Errorf("loaded %q", names)
	}
}

// A user who may not load libraries is served where somebody else has.
func TestAUserMayCallWithoutLoading(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	owner := dial(t, server.URL())
	if err := owner.Do(t.Context(), "ACL", "SETUSER", "node", "on", ">pw", "~*", "&*", "+@all", "-function").Err(); err != nil {
		t.Fatal(err)
	}
	node := dial(t, strings.Replace(server.URL(), "redis://", "redis://node:pw@", 1))
	keys := lease.Keys("usher", "", "lic", lease.LeaseKeys)
	err := who().Run(t.Context(), node, keys, 0, "").Err()
	if !redis.HasErrorPrefix(err, "NOPERM") || !lease.Unavailable(err) {
		t.Errorf("%v, want NOPERM, which is no failure of the script", err)
	}
	told(t, owner, "lic")
	told(t, node, "lic")
}
