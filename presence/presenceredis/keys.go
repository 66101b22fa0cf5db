package presenceredis

// keyNames are the keys of a license, as the scripts call them (K.meta …), in the order in which they are handed
// over. Nothing else names a key. Moments are in ms, 0 is none; flags are 0 or 1.
//
//	meta         a map (MessagePack), read and written as a whole as that costs least: generation, run (the server's id),
//	             version; revision, grace, sessions (per teammate); window (its end); halt (until when), waited (leases
//	             that were over by then were waited for); nodes: those with sessions → ends (of the lease, as far as known)
//	             and forget (when a lapsed one is; 0: it lives); moved (how often leases were, as far as noticed); due, forget (the first of memory, or before), last (the
//	             engine's time of the last step)
//	entries      hash: teammate → teammate, name, operator, administrator, status, note, until, since, end of the grace,
//	             visible since, seen, seen by colleagues, heard; then of each device its session, name, node, since and idle;
//	             packed. What the roster shows
//	choices      hash: teammate → number|left|status|before|note before; of who never chose or left nothing. The choice that holds or, where it is timed, is
//	             replaced by what comes after; left is when the last live session ended
//	sessions     hash: session that is live or lapsed → teammate:node:seq:idle:since:name
//	index        lexical set: t:teammate:session and n:node:teammate:session of all of these
//	graces       sorted set: teammate in grace → its end
//	untils       sorted set: teammate → when their timed choice is over
//	ended        hash: session that was ended → cause:by whom:the session that is told that it resumed it
//	memory       sorted set: session that was ended → when to forget it
//	nodes, over  the leases of nodes: see package lease
//
// Changes are announced on the channel that is called as the first of them is.
var keyNames = []string{
	"meta", "entries", "choices", "sessions", "index", "graces", "untils", "ended", "memory", "nodes", "over",
}
