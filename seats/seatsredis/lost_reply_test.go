package seatsredis_test

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatstest"
)

func TestPromise4_RepliesThatAreLostHaveOneEffect(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		command seats.Command
		used    int // seats, after it
		version uint64
	}{
		"take":   {take("bob", "s-bob", 1), 2, 3},
		"leave":  {seats.Leave{Teammate: "ann", Session: "ann-ses", Seq: 2, Fence: 1_000_000_001}, 0, 3},
		"logout": {seats.Logout{Teammate: "ann", Session: "ann-ses"}, 0, 3},
		"drop":   {seats.Drop{Teammate: "ann", Session: "ann-ses"}, 1, 3},
		"free":   {seats.Free{Teammate: "ann", Fence: 1_000_000_001, Cooldown: 60e9}, 0, 3},
		"renew":  {seats.Renew{Lease: 1}, 1, 2},
		"open":   {seats.Open{Generation: 2}, 1, 2},
	} {
		for _, lost := range []int32{1, 2} { // within the client's own repeats, and beyond them
			t.Run(fmt.Sprintf("%s, %d lost", name, lost), func(t *testing.T) {
				t.Parallel()
				client, lose := leasetest.Lossy(t, connect(t, redistest.URL(t)).(*redis.Client))
				s := newStore(t, client)
				license := seatstest.NewLicense()
				do(t, s, openBatch(license, 1, 3))
				seat(t, s, license, "ann")
				b := batch(license, tc.command)
				lose.Store(lost)
				_, err := s.Do(t.Context(), b)
				if (err != nil) != (lost > 1) {
					t.Fatalf("with %d replies lost: %v", lost, err)
				}
				do(t, s, b)
				do(t, s, b)
				if got := board(t, s, license); got.Used != tc.used || got.Version != tc.version {
					t.Errorf("used %d, version %d, want %d and %d", got.Used, got.Version, tc.used, tc.version)
				}
			})
		}
	}
}
