package netnstest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"usher/internal/netnstest"
)

// asRelay has the test binary be what runs on a machine: it passes on one connection, from the first address to the second.
const asRelay = "USHER_TEST_AS_RELAY"

func TestMain(m *testing.M) {
	if os.Getenv(asRelay) != "" {
		if err := relay(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func relay(front, back string) error {
	l, err := net.Listen("tcp", front)
	if err != nil {
		return err
	}
	defer l.Close()
	near, err := l.Accept()
	if err != nil {
		return err
	}
	far, err := net.Dial("tcp", back)
	if err != nil {
		return err
	}
	go func() { _, _ = io.Copy(far, near) }()
	_, err = io.Copy(near, far)
	return err
}

// patience is how long anything may take on a loaded machine.
const patience = 30 * time.Second

// What is cut is silent in the directions that it names; the test goes on talking to the machine, and what was on its way arrives
// when the cut is over.
func TestCutsAreSilentAndPass(t *testing.T) {
	t.Parallel()
	n := netnstest.Start(t, 3)
	for i, c := range []struct {
		name           string
		cut            func(*netnstest.Machine, testing.TB)
		heard, hearing bool // of the machine, while it is cut
	}{
		{"cut", (*netnstest.Machine).Cut, false, false},
		{"mute", (*netnstest.Machine).Mute, false, true},
		{"deaf", (*netnstest.Machine).Deafen, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := n.Machines[i]
			machine, server := through(t, m, n)
			say(t, machine, "a")
			hear(t, server, "a")
			say(t, server, "b")
			hear(t, machine, "b")

			c.cut(m, t)
			say(t, machine, "c")
			say(t, server, "d")
			if !c.heard {
				hearNothing(t, server)
			} else {
				hear(t, server, "c")
			}
			if !c.hearing {
				hearNothing(t, machine)
			} else {
				hear(t, machine, "d")
			}
			m.Mend(t)
			if !c.heard {
				hear(t, server, "c")
			}
			if !c.hearing {
				hear(t, machine, "d")
			}
		})
	}
}

func TestNetworksAreApartAndLeaveNothing(t *testing.T) {
	var servers []string
	t.Run("while", func(t *testing.T) {
		for range 2 {
			servers = append(servers, netnstest.Start(t, 1).Servers())
		}
		if servers[0] == servers[1] {
			t.Errorf("two networks have the address %s", servers[0])
		}
	})
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		for _, s := range servers {
			if strings.HasPrefix(a.String(), s+"/") {
				t.Errorf("%s is left over", a)
			}
		}
	}
}

// through returns both ends of a connection from the test over the front to a machine, where a relay passes it on to a server.
func through(t *testing.T, m *netnstest.Machine, n *netnstest.Network) (test, far net.Conn) {
	t.Helper()
	server := listen(t, n.Servers())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	front := net.JoinHostPort(m.Addr(), "7000") // nobody else is there
	cmd := exec.Command(self, front, server.Addr().String())
	cmd.Env, cmd.Stderr = []string{asRelay + "=1"}, os.Stderr
	m.Enter(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if test, err = net.Dial("tcp", front); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = test.Close() })
	if far, err = server.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	return test, far
}

func listen(t *testing.T, host string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func say(t *testing.T, c net.Conn, what string) {
	t.Helper()
	if _, err := io.WriteString(c, what); err != nil {
		t.Fatal(err)
	}
}

func hearNothing(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("heard %d bytes over a cut, and %v", n, err)
	}
}

func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("heard %q and %v, want %q", got, err, want)
	}
}
