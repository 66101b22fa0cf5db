package seatsredis_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
)

// crowd brings about everything that a license keeps, for that many teammates.
func crowd(t *testing.T, s *seatsredis.Store, license seats.LicenseID, teammates int) {
	t.Helper()
	do(t, s, openBatch(license, 1, teammates))
	for i := range teammates {
		id := seats.TeammateID(fmt.Sprintf("tm_%d", i))
		h := seat(t, s, license, id)
		switch i % 3 {
		case 0:
			do(t, s, batch(license, seats.Free{Teammate: id, Fence: h.Fence, Cooldown: 1e9}))
		case 1:
			do(t, s, batch(license, seats.Drop{Teammate: id, Session: seats.SessionID(id) + "-ses"}))
		}
	}
}

func keysThere(t *testing.T, client redis.UniversalClient, license seats.LicenseID) []string {
	t.Helper()
	var keys []string
	each := client.Scan(t.Context(), 0, "*{"+string(license)+"}*", 10_000).Iterator()
	for each.Next(t.Context()) {
		keys = append(keys, each.Val())
	}
	if err := each.Err(); err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestKeysDoNotGrowWithTeammates(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	s := newStore(t, client)
	few, many := seatstest.NewLicense(), seatstest.NewLicense()
	crowd(t, s, few, 7) // as many as a thousand are, by threes
	crowd(t, s, many, 1000)
	if a, b := len(keysThere(t, client, few)), len(keysThere(t, client, many)); a != b {
		t.Errorf("%d keys with 7 teammates, %d with 1,000", a, b)
	}
	for _, key := range keysThere(t, client, many) {
		if !slices.Contains(s.Keys(many), key) {
			t.Errorf("key %s is not declared", key)
		}
	}
}

// What a license keeps, byte by byte: a change of it is a change between nodes of two versions.
func TestRecordsAreAsKeysGoSays(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	clock := seatsredis.NewTestClock()
	s := seatsredis.NewTimed(t, client, clock)
	license := seatstest.NewLicense()
	do(t, s, openBatch(license, 7, 3))
	ann := take("ann", "s1", 4)
	ann.Member.Name, ann.Member.Administrator = "A|n:n", true
	do(t, s, batch(license, ann, take("bob", "s2", 1), take("cid", "s3", 1), take("dan", "s4", 9)))
	do(t, s, batch(license, seats.Drop{Teammate: "bob", Session: "s2"}, seats.Logout{Teammate: "cid", Session: "s3"}))
	ms := clock.Time().UnixMilli()
	keys := s.Keys(license)
	got := map[string]any{
		"seats": client.HGetAll(t.Context(), keys[1]).Val(), "gaps": client.ZRange(t.Context(), keys[2], 0, -1).Val(),
		"sessions": client.HGetAll(t.Context(), keys[3]).Val(), "index": client.ZRange(t.Context(), keys[4], 0, -1).Val(),
		"nodes": client.ZRange(t.Context(), keys[5], 0, -1).Val(), "graces": client.ZRange(t.Context(), keys[7], 0, -1).Val(),
		"memory": client.ZRange(t.Context(), keys[9], 0, -1).Val(), "losses": client.HKeys(t.Context(), keys[8]).Val(),
	}
	want := map[string]any{
		"seats": map[string]string{
			"ann": fmt.Sprintf("1|7000000001|%d|0|0|1|A|n:n", ms), "bob": fmt.Sprintf("2|7000000002|%d|%d|0|0|", ms, ms+30_000),
		},
		"gaps":     []string{"3"},
		"sessions": map[string]string{"s1": "ann:node-a:4:", "s4": "dan:node-a:9:seats_full"},
		"index":    []string{"a:ann:s1:node-a", "a:dan:s4:node-a", "n:node-a:ann:s1", "n:node-a:dan:s4"},
		"nodes":    []string{"node-a"},
		"graces":   []string{"bob"},
		"memory":   []string{"l:cid", "s:s2", "s:s3"},
		"losses":   []string{"cid"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
