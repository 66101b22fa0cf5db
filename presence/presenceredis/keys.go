package presenceredis

import (
	"usher/internal/lease"
	"usher/presence"
)

// keyNames are the keys of a license, as the scripts call them (K.meta …), in the order in which they are handed over.
// Nothing else names a key. Moments are in ms, 0 is none; flags are 0 or 1.
//
//	meta      hash: state, a map (MessagePack) that is read and written as a whole: generation, run (the server's id), version,
//	          revision, grace, limit (sessions of a teammate), window (its end), halt (until when there is silence), waited (when
//	          silence was noticed last), last (the engine's time of the last step), nodes: those with sessions → ends
//	          (of the lease, as far as known) and forget (when the sessions of a lapsed one are forgotten)
//	mates     hash: teammate → the entry as it is shown, and what is not shown of them, packed: see records.lua
//	sessions  hash: session → teammate, node, seq, name, since and idle, packed
//	index     lexical set: t:teammate:session, and n:node:teammate:session
//	graces    sorted set: teammate → when they are offline
//	untils    sorted set: teammate → when the timed choice is over
//	ended     hash: session → how it ended: cause, by, and the arrival that resumed it, packed
//	memory    sorted set: session → when that is forgotten
//	nodes, over   the leases of nodes: see package lease
//	changes   the channel on which changes are announced: no key, but in the same slot
var keyNames = []string{
	"meta", "mates", "sessions", "index", "graces", "untils", "ended", "memory", "nodes", "over", "changes",
}

// keysOf are the keys of one license.
func keysOf(prefix string, license presence.LicenseID) []string {
	return lease.Keys(prefix, "presence", string(license), keyNames)
}

// channelOf is where the license's changes are announced.
func channelOf(prefix string, license presence.LicenseID) string {
	keys := keysOf(prefix, license)
	return keys[len(keys)-1]
}
