package seatsredis

// keyNames are the keys of a license, as the scripts call them (K.meta …), in the order in which they are handed
// over. Nothing else names a key. Moments are in ms, flags 0 or 1; what there are two of is for administrators and for
// all others.
//
//	meta            hash of two maps (MessagePack), read and written as a whole as that costs least. config: revision,
//	                status, cap, total, grace, reserved, administrators_first, waitlist, hand_over, on_shrink, idle_after,
//	                idle_warning, sessions (per teammate). state: generation, run (the server's id), version; draining,
//	                warned (the teammate), halt (until when), window, alive (the last end of all leases; 0 once its
//	                silence was waited for), lease (the last one's length); granted (fences), turned (turns), high (the
//	                highest number that was granted), claimed (the highest that was claimed); began and ended (stays),
//	                for the self-audit alone; due, forget (the first of memory, or before), moved
//	                (how often leases were, as far as noticed), asking (the last end of an
//	                ask; 0: none is there), last (the engine's time of the last step)
//	seats           hash: teammate → number|fence|since|grace|sessions|idle|warned|overage|administrator|via|routing|name
//	waiters         hash: teammate → turn|since|grace|cooldown|administrator|name
//	gaps            sorted set of the free numbers up to high
//	claimed         hash: number above high that was claimed → by whom in the window; later it only counts as taken
//	administrators  set of those seated
//	idling          sorted set: idle holder → since when
//	line            sorted set: waiter → turn
//	ready           sorted set: waiter who is not in grace or in cooldown → turn
//	sessions        hash: session → teammate:node:seq:refusal:idle; '' when it was ended
//	index           lexical set: a:teammate:session:node where attached; n:node:teammate:session for all
//	nodes, over, moved  the leases of nodes: see package lease
//	lapsed          sorted set: node whose lease ended → when its sessions are forgotten
//	graces          sorted set: teammate → when their seat in grace is lost
//	place_graces    sorted set: teammate → when their place in grace is lost
//	losses          hash: teammate → their last loss, packed
//	memory          sorted set of when to forget: s:session that ended, l:teammate's loss, c:cooldown of one who does not wait
//	cooldowns       hash: teammate → end|fence of the seat that it followed
//	cooling         sorted set: waiter in cooldown → its end
//	asks            hash: ask → from, of ('': the administrators), fence, end, over, name and note, packed
//	ask_ends        sorted set: ask → its end
//	ask_index       lexical set: f:who asks:ask, and o:the holder who is asked:ask
//	bars            hash, in a window: teammate → turn, departed and a loss that bar claims, packed
//	changes         the channel on which changes are announced: no key, but in the same slot
var keyNames = []string{
	"meta", "seats", "waiters", "gaps", "claimed", "administrators", "idling", "idling_administrators", "line",
	"line_administrators", "ready", "ready_administrators", "sessions", "index", "nodes", "over", "moved", "lapsed", "graces",
	"place_graces", "losses", "memory", "cooldowns", "cooling", "asks", "ask_ends", "ask_index", "bars", "changes",
}
