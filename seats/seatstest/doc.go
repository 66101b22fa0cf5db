// Package seatstest holds what every engine of package seats is tested with.
//
// [Run] is the conformance suite: one subtest for each rule and promise, on a clock that the test moves.
// [RunModel] sends the same random history to two engines, one of them the model, and compares every outcome.
// [RunStampede] lets a thousand teammates run for ten seats at once.
//
// # How a subtest is named
//
// Promise1_… to Promise13_… check a numbered promise of the design; the other names say the rule. The mutants
// (see internal/mutants) are seeded bugs, each of which must make one of these tests fail.
//
// # What an engine has to bring
//
// A [Factory] returns a [seats.Store] whose clock moves only by [Engine.Advance]. Engines may share a server:
// each test makes its own license with [NewLicense] and runs in parallel with the others.
package seatstest
