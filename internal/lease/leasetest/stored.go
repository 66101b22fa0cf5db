package leasetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"
)

// KeysOf are the keys that a server has of a license.
func KeysOf(t testing.TB, client redis.UniversalClient, license string) []string {
	t.Helper()
	var keys []string
	each := client.Scan(t.Context(), 0, "*{"+license+"}*", 10_000).Iterator()
	for each.Next(t.Context()) {
		keys = append(keys, each.Val())
	}
	if err := each.Err(); err != nil {
		t.Fatal(err)
	}
	return keys
}

// Stored is what a server has in keys, by their names: texts, hashes by field, sets, and sorted sets as member=score.
func Stored(t testing.TB, client redis.UniversalClient, keys, names []string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for i, key := range keys {
		name := names[i]
		switch kind := client.Type(t.Context(), key).Val(); kind {
		case "string":
			all[name] = client.Get(t.Context(), key).Val()
		case "hash":
			all[name] = client.HGetAll(t.Context(), key).Val()
		case "set":
			all[name] = slices.Sorted(slices.Values(client.SMembers(t.Context(), key).Val()))
		case "zset":
			var members []string
			for _, z := range client.ZRangeWithScores(t.Context(), key, 0, -1).Val() {
				members = append(members, fmt.Sprintf("%v=%.0f", z.Member, z.Score))
			}
			all[name] = members
		case "none":
		default:
			t.Errorf("key %s is a %s", name, kind)
		}
	}
	return all
}
