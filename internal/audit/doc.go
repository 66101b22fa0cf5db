// Package audit keeps who did what to whom, from where: for every change of a license, and for every seat that was taken away.
//
// # Chains
//
// Entries stand in chains, one for each license and one for each partner, numbered 1, 2, 3 … without a gap. An entry is
// written in the transaction of the change that it tells, so that there is never one without the other; nothing changes or
// removes it but the purge of its license, which is told in the chain of the license's partner.
//
// What an entry says is bound to all before it: its hash is the SHA-256, in hexadecimal, of
//
//	the hash of the entry before (of the first: 64 zeros), a newline, and the JSON array
//	[chain, number, at, actor's kind, id, key and address, action, subject, ref, detail]
//
// in UTF-8, without white space, with at in Unix milliseconds and detail as the text that is stored, and with < > & as
// they are. Whoever changes an entry would have to change all after it, and the head of the chain, which is stored apart and
// can be noted elsewhere. [Log.Verify] computes them anew.
//
// # Deeds of an engine
//
// A seat is freed in an engine, not in the database. Its entry is committed before the engine is asked; where the engine did
// nothing, or could not be asked, another entry withdraws it: same subject and ref, and the action with _withdrawn. See
// [Append] and [Deed].
package audit
