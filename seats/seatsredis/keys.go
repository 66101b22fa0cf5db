package seatsredis

import "usher/seats"

// keyNames are the keys of a license, as the scripts call them (K.meta …), in the order in which they are handed
// over. Nothing else names a key.
//
//	meta      hash: generation, run (the server's id), granted (fences), high (the highest number ever taken),
//	          version, and the configuration: revision, status, cap, total, grace (ms)
//	seats     hash: teammate → number|fence|since|grace|overage|administrator|name
//	gaps      sorted set of the free numbers up to high
//	sessions  hash: session → teammate:node:seq:refusal
//	index     lexical set: a:teammate:session:node where attached; n:node:teammate:session for all
//	nodes     sorted set: node → end of its lease
//	lapsed    sorted set: node whose lease ended → when its sessions are forgotten
//	graces    sorted set: teammate → when their seat in grace is lost
//	losses    hash: teammate → their last loss, packed
//	memory    sorted set of when to forget: s:session that ended, l:teammate's loss, c:teammate's cooldown
//	changes   the channel on which changes are announced: no key, but in the same slot
var keyNames = []string{
	"meta", "seats", "gaps", "sessions", "index", "nodes", "lapsed", "graces", "losses", "memory", "changes",
}

// keys of one license. The braces keep them in one slot of a Cluster; no id can contain one.
func keysOf(prefix string, license seats.LicenseID) []string {
	keys := make([]string, len(keyNames))
	base := prefix + ":seats:{" + string(license) + "}:"
	for i, name := range keyNames {
		keys[i] = base + name
	}
	return keys
}

// channelOf is where the license's changes are announced.
func channelOf(prefix string, license seats.LicenseID) string {
	keys := keysOf(prefix, license)
	return keys[len(keys)-1]
}
