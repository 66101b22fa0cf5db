package seatsredis

// keyNames are the keys of a license, as the scripts call them (K.records …), in the order in which they are handed over.
// Nothing else names a key. They are few, as a server takes about as long for a key that it is handed as for a command.
//
//	records  hash of all that is kept by itself, see recordKinds; and of two fields more. config: status, cap, total, grace,
//	         reserved, administrators_first, waitlist, hand_over, on_shrink, idle_after, idle_warning, sessions (per
//	         teammate), with | between them. state, in MessagePack, of values one after another: generation, run (the server's
//	         id), version; granted (fences), turned (turns), high (the highest number that was granted), claimed (the
//	         highest that was claimed); began and ended (stays), for the self-audit alone; draining, halt (until when),
//	         window, alive (the last end of all leases; 0 once its silence was waited for), lease (the last one's length),
//	         warned (the teammate), asking (the last end of an ask; 0: none is there), cooled (the last end of a cooldown,
//	         or later), forget (the first of what is remembered, or before), moved (how often leases were, as far as
//	         noticed), due, next (the first of what is due but for leases), last (the engine's time of the last step),
//	         revision, and the nodes that have sessions
//	index    lexical set of all that has an order, see indexKinds
//	nodes, over  the leases of nodes: see package lease
//
// Changes are announced on the channel that is called as the first of them is.
var keyNames = []string{"records", "index", "nodes", "over"}

// recordKinds are the kinds of records (R.seats …): with what their fields begin, before whose they are. Moments are in ms,
// flags 0 or 1.
//
//	seats      teammate → number|fence|since|grace|sessions|idle|warned|overage|administrator|via|routing|name
//	waiters    teammate → turn|since|grace|cooldown|administrator|name
//	claimed    number above high that was claimed → by whom in the window; later it only counts as taken
//	sessions   session → teammate:node:seq:refusal:idle; '' when it was ended
//	attached   teammate → of each session that is attached ;session:node
//	lapsed     node whose lease ended → when its sessions are forgotten
//	losses     teammate → until when it is kept|their last loss, packed
//	cooldowns  teammate → end|fence of the seat that it followed
//	asks       ask → from, of ('': the administrators), fence, end, over, name and note, packed
//	bars       in a window: teammate → turn, departed and a loss that bar claims, packed
var recordKinds = map[string]string{
	"seats": "h:", "waiters": "w:", "claimed": "n:", "sessions": "s:", "attached": "a:", "lapsed": "o:", "losses": "l:",
	"cooldowns": "c:", "asks": "q:", "bars": "b:",
}

// indexKinds are the kinds of members of the index (I.seated …): with what these begin. Most go on with a score of sixteen
// figures, a colon, and whose it is; so each kind stands in the order of its scores. What there are two of is for all others
// and for administrators.
//
//	seated          teammate who holds a seat
//	administrators  teammate who does, and is one
//	gaps            free number up to high, as the score too
//	idling          since when, idle holder
//	line            turn, waiter
//	ready           turn, waiter who is not in grace or in cooldown
//	graces          when a seat in grace is lost, teammate
//	place_graces    when a place in grace is lost, teammate
//	cooling         end of the cooldown, waiter
//	ask_ends        end, ask
//	lapsed          when the sessions of a node whose lease ended are forgotten, node
//	ended           when to forget it, session that ended
//	lost            when to forget it, teammate's loss
//	cooled          end of the cooldown, of a teammate who does not wait
//	sessions        node:teammate:session of all that did not end
//	asked           f:who asks:ask, and o:the holder who is asked:ask
//	barred          teammate, in a window
var indexKinds = map[string]string{
	"seated": "h:", "administrators": "a:", "gaps": "f:", "idling": "i0", "idling_administrators": "i1", "line": "w0",
	"line_administrators": "w1", "ready": "r0", "ready_administrators": "r1", "graces": "g:", "place_graces": "p:",
	"cooling": "c:", "ask_ends": "q:", "lapsed": "o:", "ended": "e:", "lost": "l:", "cooled": "d:", "sessions": "s:",
	"asked": "k:", "barred": "b:",
}
