// Package ledger keeps what happened on licenses for good: each stay once, by its license and fence, each wait by its turn, each refusal
// by the take that was refused. Nodes tell of the same things more than once, in any order and some time later; what they tell is put
// together. Usage is computed from it, and alerts for administrators are raised with it.
//
// All moments are kept to the millisecond.
package ledger
