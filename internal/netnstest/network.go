package netnstest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// networks is how many there can be at a time.
const networks = 256

// guardian claims a network by making its first namespace, which only one can, says so, and removes all of the network when
// its own standard input ends, the first namespace last. An interrupt from the keyboard is not meant for it.
const guardian = `trap '' INT TERM HUP
ip netns add "$0-1" || exit 1
echo claimed
cat >/dev/null
for l in /sys/class/net/"$0"*; do ip link del "${l##*/}"; done
for n in /run/netns/"$0"-*; do [ "${n##*/}" = "$0-1" ] || ip netns del "${n##*/}"; done
ip netns del "$0-1"`

// Network is a front, a back and the machines between.
type Network struct {
	Machines []*Machine

	name   string // what the names of all of its parts begin with
	subnet string // the first three numbers of all of its addresses
}

// Start makes a network of so many machines, and removes it when the test is over. What runs on the machines has to have
// ended by then.
func Start(t testing.TB, machines int) *Network {
	t.Helper()
	need(t)
	n := claim(t)
	n.build(t, "b", n.Servers())
	n.build(t, "f", n.subnet+".129")
	for i := range machines {
		n.Machines = append(n.Machines, n.join(t, i+1))
	}
	return n
}

// Servers is the IP address on which servers have to listen that the machines reach over the back.
func (n *Network) Servers() string { return n.subnet + ".1" }

// bridge is the name of the back ("b") or the front ("f").
func (n *Network) bridge(side string) string { return n.name + side }

// claim finds a network that nobody has.
func claim(t testing.TB) *Network {
	t.Helper()
	for i := range networks {
		n := &Network{name: fmt.Sprintf("ush%02x", i), subnet: fmt.Sprintf("10.213.%d", i)}
		if routes := ip(t, "", "route show root "+n.subnet+".0/24"); routes != "" {
			continue
		}
		if n.guard(t) {
			return n
		}
	}
	t.Fatalf("netnstest: all %d networks are taken: remove those that nobody uses, with ip netns del and ip link del, see ip netns and ip link", networks)
	return nil
}

// guard starts a guardian, and tells whether the network was to be had.
func (n *Network) guard(t testing.TB) bool {
	t.Helper()
	shell := exec.Command("/bin/sh", "-c", guardian, n.name)
	var said bytes.Buffer
	shell.Stderr = &said
	life, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err == nil {
		t.Cleanup(func() { release(t, shell, life) })
		return true
	}
	_ = life.Close()
	_ = shell.Wait() // that it failed is known
	if !strings.Contains(said.String(), "File exists") {
		leaveOut(t, said.String())
	}
	return false
}

// release has the guardian remove the network, and waits until it has.
func release(t testing.TB, shell *exec.Cmd, life io.Closer) {
	t.Helper()
	if err := life.Close(); err != nil {
		t.Error(err)
	}
	if err := shell.Wait(); err != nil {
		t.Errorf("netnstest: a network was not removed: %v", err)
	}
}

// build makes the front or the back, and gives this machine an address there.
func (n *Network) build(t testing.TB, side, addr string) {
	t.Helper()
	ip(t, "", fmt.Sprintf("link add %[1]s address %[2]s type bridge\naddr add %[3]s/25 dev %[1]s\nlink set %[1]s up",
		n.bridge(side), hardware(addr), addr))
}

// hardware is the link address that goes with an IP address.
func hardware(addr string) string {
	var a, b, c, d byte
	_, _ = fmt.Sscanf(addr, "%d.%d.%d.%d", &a, &b, &c, &d) // our own
	return fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", a, b, c, d)
}

// ip runs commands of the program ip, one a line, in a namespace ("": this machine's), and returns what they print.
func ip(t testing.TB, namespace, commands string) string {
	t.Helper()
	args := []string{"-4", "-batch", "-"}
	if namespace != "" {
		args = append([]string{"-n", namespace}, args...)
	}
	cmd := exec.Command("ip", args...)
	cmd.Stdin = strings.NewReader(commands + "\n")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("netnstest: ip %s: %v\n%s", commands, err, said.String())
	}
	return out.String()
}
