package lease

import "slices"

// LeaseKeys are the names by which scripts call the keys of a license's node leases, which engines that are told the
// same prefix share: who renews one keeps the sessions of all of them alive.
//
//	nodes  hash: node → end of its lease, until that is found to have come; and :moved → how often these were moved back
//	       with the server's clock, where they ever were
//	over   sorted set: node → when its lease ended, for an hour
var LeaseKeys = []string{"nodes", "over"}

// layout is the version of what keys hold. It is part of their names, and so of the channels': nodes of two versions that
// share a server do not read, each as its own, what the other has written.
const layout = "3"

// Keys are the full names of a license's keys, in the order of names: those of leases are all engines', the others
// those of one. The braces keep them in one slot of a Cluster; no id can contain one.
func Keys(prefix, engine, license string, names []string) []string {
	keys := make([]string, len(names))
	for i, name := range names {
		owner := engine
		if slices.Contains(LeaseKeys, name) {
			owner = "lease"
		}
		keys[i] = prefix + ":" + layout + ":" + owner + ":{" + license + "}:" + name
	}
	return keys
}
