// Package netnstest gives tests machines of a kind: network namespaces, each with two links to the machine that the test
// runs on. What runs in one can be cut off from servers in silence, as by a switch that fails: nothing is refused or reset,
// and the test goes on talking to it.
//
//	            ┌─ front ─ machine ─ back ─┐
//	the test ───┤                          ├─── servers, which listen on Network.Servers
//	            └─ front ─ machine ─ back ─┘
//	              Machine.Addr     Machine.Cut, Mute, Deafen, Mend
//
// Front and back are a bridge each, with an address of the machine that the test runs on; both are of a /24 in 10.213.0.0/16 that
// no route leads to and no other network has. Machines know no other way than these two, and none of them leads to the other.
//
// It takes Linux, root and the program ip. Where these are missing, tests are skipped, and say why. With
// USHER_TEST_REQUIRE_NETNS=1 they fail instead: where it is set (CI), nothing is left out unseen.
//
// A network's guardian is a shell that removes it when the test is over, or the process that started it is gone,
// however it ended.
package netnstest
