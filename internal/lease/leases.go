package lease

import "slices"

// LeaseKeys are the names by which scripts call the keys of a license's node leases, which engines that are told the
// same prefix share: who renews one keeps the sessions of all of them alive.
//
//	nodes  sorted set: node → end of its lease; until that is found to have come
//	over   likewise: node → when its lease ended, for an hour
//	moved  how often these were moved back with the server's clock, where they ever were
var LeaseKeys = []string{"nodes", "over", "moved"}

// Keys are the full names of a license's keys, in the order of names: those of leases are all engines', the others
// those of one. The braces keep them in one slot of a Cluster; no id can contain one.
func Keys(prefix, engine, license string, names []string) []string {
	keys := make([]string, len(names))
	for i, name := range names {
		owner := engine
		if slices.Contains(LeaseKeys, name) {
			owner = "lease"
		}
		keys[i] = prefix + ":" + owner + ":{" + license + "}:" + name
	}
	return keys
}
