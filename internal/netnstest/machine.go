package netnstest

import (
	"fmt"
	"os/exec"
	"testing"
)

// Machine is a network namespace with a link to the front and one to the back.
type Machine struct {
	network *Network
	number  int // from 1 on
}

// join makes the machine of that number.
func (n *Network) join(t testing.TB, number int) *Machine {
	t.Helper()
	m := &Machine{network: n, number: number}
	if number > 1 { // the first has been made, see guardian
		ip(t, "", "netns add "+m.namespace())
	}
	const link = "link add %s master %s up type veth peer name %s address %s netns %s\n"
	ip(t, "", fmt.Sprintf(link, m.link("b"), n.bridge("b"), "back", hardware(m.back()), m.namespace())+
		fmt.Sprintf(link, m.link("f"), n.bridge("f"), "front", hardware(m.Addr()), m.namespace()))
	ip(t, m.namespace(), fmt.Sprintf("addr add %s/25 dev back\naddr add %s/25 dev front\n", m.back(), m.Addr())+
		"link set lo up\nlink set back up\nlink set front up")
	m.Mend(t)
	return m
}

func (m *Machine) namespace() string { return fmt.Sprintf("%s-%d", m.network.name, m.number) }
func (m *Machine) link(side string) string {
	return fmt.Sprintf("%s%d", m.network.bridge(side), m.number)
}
func (m *Machine) back() string { return fmt.Sprintf("%s.%d", m.network.subnet, 1+m.number) }

// Addr is the machine's IP address on the front: what listens on it is reached by the test, whatever becomes of the back.
func (m *Machine) Addr() string { return fmt.Sprintf("%s.%d", m.network.subnet, 129+m.number) }

// Enter has a command that was not started yet run on the machine, as the very process that is started.
func (m *Machine) Enter(cmd *exec.Cmd) {
	within := exec.Command("ip", append([]string{"netns", "exec", m.namespace(), cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path, cmd.Args, cmd.Err = within.Path, within.Args, within.Err
}

// Cut takes the machine off the back: from now on nothing passes in either direction, and nobody is told.
func (m *Machine) Cut(t testing.TB) {
	t.Helper()
	ip(t, "", "link set "+m.link("b")+" down")
}

// Mute lets nothing pass from the machine to the servers any more. It goes on hearing what they say.
func (m *Machine) Mute(t testing.TB) {
	t.Helper()
	m.knows(t, nobody)
}

// Deafen lets nothing pass from the servers to the machine any more. They go on hearing what it says.
func (m *Machine) Deafen(t testing.TB) {
	t.Helper()
	m.isKnown(t, nobody)
}

// Mend takes all of that back.
func (m *Machine) Mend(t testing.TB) {
	t.Helper()
	m.knows(t, hardware(m.network.Servers()))
	m.isKnown(t, hardware(m.back()))
	ip(t, "", "link set "+m.link("b")+" up")
}

// nobody is a link address that frames to are lost.
const nobody = "02:00:00:00:00:00"

// knows tells the machine the servers' link address, and isKnown the servers the machine's. They never ask for it themselves: that
// nobody answers would tell them of a cut.
func (m *Machine) knows(t testing.TB, servers string) {
	t.Helper()
	ip(t, m.namespace(), fmt.Sprintf("neigh replace %s lladdr %s dev back nud permanent", m.network.Servers(), servers))
}

func (m *Machine) isKnown(t testing.TB, as string) {
	t.Helper()
	ip(t, "", fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", m.back(), as, m.network.bridge("b")))
}
