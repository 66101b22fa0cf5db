package presenceredis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/presence"
	"usher/presence/presencetest"
)

func TestPromise4_RepliesThatAreLostHaveOneEffect(t *testing.T) {
	t.Parallel()
	resuming := arrive("ann")
	resuming.Session, resuming.Resumes = "ses-2", ses("ann")
	for name, c := range map[string]presence.Command{
		"open":      opening(2, "cid"),
		"configure": presence.Configure{Base: 1, Config: presence.Config{Revision: 2, Grace: grace}, Removed: []presence.TeammateID{"ann"}},
		"arrive":    arrive("bob"),
		"resume":    resuming,
		"idle":      presence.SetIdle{Teammate: "ann", Session: ses("ann"), Seq: 2, Idle: true},
		"depart":    depart("ann"),
		"drop":      drop("ann"),
		"choose":    presence.Choose{Teammate: "ann", Choice: presence.Choice{Number: 1, Status: presence.Busy}},
		"expel":     presence.Expel{Teammate: "ann", By: "bob"},
		"read":      presence.Read{},
	} {
		for _, lost := range []int32{0, 1, 2} { // within the client's own repeats, and beyond them
			t.Run(fmt.Sprintf("%s, %d lost", name, lost), func(t *testing.T) {
				t.Parallel()
				own := connect(t, redistest.URL(t)).(*redis.Client)
				client, lose := leasetest.Lossy(t, own)
				s, license := newStore(t, client), presencetest.NewLicense()
				onServer(t, own).renew(license, node, time.Hour)
				do(t, s, batch(license, opening(1, "ann", "bob")))
				enter(t, s, license, "ann")
				before := roster(t, s, license)
				b := batch(license, c)
				lose.Store(lost)
				_, err := s.Do(t.Context(), b)
				if (err != nil) != (lost > 1) {
					t.Fatalf("with %d replies lost: %v", lost, err)
				}
				do(t, s, b)
				after := roster(t, s, license)
				do(t, s, b)
				if diff := cmp.Diff(after, roster(t, s, license)); diff != "" {
					t.Errorf("sent once more (-before +after):\n%s", diff)
				}
				want := before.Version + 1
				if name == "open" || name == "read" {
					want = before.Version
				}
				if after.Version != want {
					t.Errorf("version %d after %d", after.Version, before.Version)
				}
			})
		}
	}
}
