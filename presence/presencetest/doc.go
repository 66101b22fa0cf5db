// Package presencetest holds what every engine of package presence is tested with.
//
// [Run] is the conformance suite: one subtest for each rule and promise, on a clock that the test moves.
// [RunModel] sends the same random history to two engines, one of them the model, and compares every outcome.
//
// # How a subtest is named
//
// Promise4_…, Promise9_… and so on check a numbered promise of the design; the other names say the rule. Each of them is
// there to fail for a seeded bug (see internal/mutants).
//
// # What an engine has to bring
//
// A [Factory] returns a [presence.Store] whose clock moves only by [Engine.Advance], and which looks up the leases that
// [Engine.Lease] gives. Its lease time is [LeaseTime]. Engines may share a server: each test makes its own license with
// [NewLicense] and runs in parallel with the others.
package presencetest
