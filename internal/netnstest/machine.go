package netnstest

import (
	"fmt"
	"os/exec"
	"testing"
)

// Machine is a network namespace with a link to the front and one to the back.
type Machine struct {
	namespace string
	addr      string
	link      string // this machine's end of the link to the back
}

// join makes the machine of that number, from 1 on.
func (n *Network) join(t testing.TB, number int) *Machine {
	t.Helper()
	m := &Machine{
		namespace: fmt.Sprintf("%s-%d", n.name, number),
		addr:      fmt.Sprintf("%s.%d", n.subnet, 129+number),
		link:      fmt.Sprintf("%sb%d", n.name, number),
	}
	if number > 1 { // the first has been made, see guardian
		ip(t, "", "netns add "+m.namespace)
	}
	front := fmt.Sprintf("%sf%d", n.name, number)
	ip(t, "", fmt.Sprintf("link add %s master %sb up type veth peer name back netns %s\n", m.link, n.name, m.namespace)+
		fmt.Sprintf("link add %s master %sf up type veth peer name front netns %s", front, n.name, m.namespace))
	// The servers' link address is known for good: a cut is not told of by unanswered questions for it.
	ip(t, m.namespace, fmt.Sprintf("link set lo up\nlink set back up\nlink set front up\n"+
		"addr add %s.%d/25 dev back\naddr add %s/25 dev front\n"+
		"neigh replace %s lladdr %s dev back nud permanent",
		n.subnet, 1+number, m.addr, n.Servers(), hardware(n.Servers())))
	return m
}

// Addr is the machine's IP address on the front: what listens on it is reached by the test, whatever becomes of the back.
func (m *Machine) Addr() string { return m.addr }

// Enter has a command that was not started yet run on the machine, as the very process that is started.
func (m *Machine) Enter(cmd *exec.Cmd) {
	within := exec.Command("ip", append([]string{"netns", "exec", m.namespace, cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path, cmd.Args, cmd.Err = within.Path, within.Args, within.Err
}

// Cut takes the machine off the back: from now on nothing passes in either direction, and nobody is told.
func (m *Machine) Cut(t testing.TB) {
	t.Helper()
	ip(t, "", "link set "+m.link+" down")
}

// Mend takes a cut back.
func (m *Machine) Mend(t testing.TB) {
	t.Helper()
	ip(t, "", "link set "+m.link+" up")
}
