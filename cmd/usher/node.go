package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"usher/gateway"
	"usher/internal/alerts"
	"usher/internal/audit"
	"usher/internal/auth"
	"usher/internal/database"
	"usher/internal/directory"
	"usher/internal/ledger"
	"usher/internal/outbox"
	"usher/internal/telemetry"
	"usher/presence"
	"usher/seats"
)

// node is one serving process: everything that it is made of, in the order in which it was put up. It is taken
// down in the reverse order.
type node struct {
	settings  *settings
	log       *slog.Logger
	secret    []byte
	claim     *database.Claim
	name      seats.NodeID
	directory *directory.Directory
	audit     *audit.Log
	ledger    *ledger.Ledger
	alerts    *alerts.Feed
	outbox    *outbox.Box
	passwords *auth.Passwords
	wakeMail  func()
	keys      *auth.Keys
	authority *auth.Authority
	tickets   *auth.Tickets
	engine    engine
	telemetry *telemetry.Telemetry
	gateway   *gateway.Server
	listener  net.Listener
	web       *http.Server
	ready     readiness
	down      []func(context.Context) error
}

// stopTime bounds each step of taking a node down.
const stopTime = 10 * time.Second

// newNode puts a node up until it listens. On an error what was put up is taken down again.
func newNode(ctx context.Context, s *settings, log *slog.Logger) (n *node, err error) {
	n = &node{settings: s, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	if n.name, err = nodeID(s.Node); err != nil {
		return n, err
	}
	for _, up := range []func(context.Context) error{
		n.openDirectory, n.openAuthority, n.openTickets, n.openTelemetry, n.openEngine, n.openGateway, n.listen, n.openMail, n.openChores,
	} {
		if err := up(ctx); err != nil {
			return n, err
		}
	}
	return n, nil
}

// maxNodeBytes is the longest name of a node: there has to be room for what makes it an id.
const maxNodeBytes = 48

// nodeID is the id of this process, after the name that it was given. A name alone would not do: a process that
// took a dead one's id would renew the dead one's lease, and those who died with it would keep their seats for ever.
func nodeID(name string) (seats.NodeID, error) {
	if name == "" {
		return seats.NodeID("node_" + randomHex(8)), nil
	}
	if len(name) > maxNodeBytes {
		return "", fmt.Errorf("--node (USHER_NODE) has %d bytes, want at most %d", len(name), maxNodeBytes)
	}
	id := seats.NodeID(name + "." + randomHex(4))
	if err := seats.ValidID(id); err != nil {
		return "", fmt.Errorf("--node (USHER_NODE): %w", seats.ValidID(name))
	}
	return id, nil
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func (n *node) onClose(f func(context.Context) error) { n.down = append(n.down, f) }

// close takes the node down.
func (n *node) close() error {
	var errs []error
	for _, down := range slices.Backward(n.down) {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime+n.settings.Drain)
		errs = append(errs, down(ctx))
		cancel()
	}
	n.down = nil
	return errors.Join(errs...)
}

func (n *node) openDirectory(ctx context.Context) error {
	sharing := database.Exclusive
	if n.settings.RedisURL != "" {
		sharing = database.Shared
	}
	claim, err := database.NewClaim(ctx, n.settings.options(), sharing)
	if err != nil {
		return err
	}
	n.claim = claim
	n.onClose(func(context.Context) error { return claim.Close() })
	db, err := database.Open(ctx, n.settings.options())
	if err != nil {
		return err
	}
	n.onClose(func(context.Context) error { return db.Close() })
	n.audit = audit.NewLog(db)
	n.ledger = ledger.New(db)
	n.alerts = alerts.New(db)
	n.outbox = outbox.New(db)
	n.directory = directory.New(db, directory.Options{MinGrace: n.settings.minGrace()})
	// Without it connected agents go on, and licenses that were served before admit: no reason to send all away.
	n.ready.add(check{name: "database", ask: n.directory.Ping, within: time.Second})
	return nil
}

func (n *node) openAuthority(ctx context.Context) (err error) {
	if n.secret, err = n.settings.secret(n.settings.DataDir); err != nil {
		return err
	}
	n.keys, err = auth.NewKeys(ctx, auth.KeysOptions{
		Secret: n.secret, Store: signingKeys{n.directory}, Rotation: n.settings.KeyRotation, Log: n.log,
	})
	if err != nil {
		return err
	}
	n.onClose(func(context.Context) error { n.keys.Close(); return nil })
	n.authority, err = n.settings.authority(ctx, n.secret, n.keys, n.log)
	if err != nil {
		return err
	}
	n.onClose(func(context.Context) error { n.authority.Close(); return nil })
	n.passwords = auth.NewPasswords(hashesAtOnce, nil)
	return nil
}

// hashesAtOnce bounds how many passwords are hashed at a time, each of which takes 19 MiB.
const hashesAtOnce = 4

func (n *node) openTickets(context.Context) (err error) {
	n.tickets, err = auth.NewTickets(auth.TicketOptions{Keys: n.keys, Issuer: n.settings.JWTIssuer, TTL: n.settings.TicketTTL})
	return err
}

func (n *node) openEngine(ctx context.Context) (err error) {
	if n.engine, err = n.newEngine(ctx); err != nil {
		return err
	}
	n.onClose(n.engine.close)
	n.ready.add(check{name: "engine", ask: n.engine.ping, within: 2 * time.Second, needed: true})
	return nil
}

func (n *node) openTelemetry(ctx context.Context) (err error) {
	if n.telemetry, err = telemetry.New(ctx, version()); err != nil {
		return err
	}
	n.onClose(n.telemetry.Close)
	return nil
}

func (n *node) openGateway(context.Context) (err error) {
	n.gateway, err = gateway.New(gateway.Options{
		Store:    n.engine.store,
		Presence: presence.NewAttendance(n.engine.roster, n.truth(), n.engine.lease),
		Records:  n.truth(),
		Ledger:   book{n.ledger},
		Tokens:   tokens{n.newcomers()},
		Tickets:  tickets{n.tickets}, TicketTTL: n.settings.TicketTTL,
		Node:    n.name,
		Lease:   n.settings.Lease,
		Origins: n.settings.Origins,
		Logger:  n.log,
		Meters:  n.telemetry.Meters(),
	})
	if err != nil {
		return err
	}
	n.onClose(n.gateway.Close)
	return nil
}

func (n *node) newcomers() newcomers { return newcomers{n.authority, n.directory, n.log} }

func (n *node) truth() truth {
	return truth{
		dir: n.directory, grace: n.settings.Grace, minGrace: n.settings.minGrace(),
		keeper: n.engine.keeper, window: n.engine.window,
	}
}

var errClaimLost = errors.New("another usher process has the database")

// serve answers requests until ctx ends, then sends the connections away and takes the node down.
func (n *node) serve(ctx context.Context) error {
	var failed error
	served := make(chan error, 1)
	go func() { served <- n.web.Serve(n.listener) }()
	select {
	case err := <-served: // only a broken listener ends it by itself
		return errors.Join(err, n.close())
	case <-n.claim.Lost(): // to who has another engine: two would give each seat twice
		n.log.Error("stopping: the database's server was away, and another usher process serves on the database since")
		failed = errClaimLost
	case <-ctx.Done():
	}
	n.log.Info("stopping: connections are sent to other nodes", "within", n.settings.Drain.String())
	n.ready.stop()
	drain, cancel := context.WithTimeout(context.Background(), stopTime+n.settings.Drain)
	if err := n.gateway.Drain(drain, n.settings.Drain); err != nil {
		n.log.Warn("some connections would not go", "error", err)
	}
	cancel()
	err := errors.Join(failed, n.close())
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	n.log.Info("stopped")
	return err
}

// url is where this node is reached on this machine.
func (n *node) url() string {
	host, port, _ := net.SplitHostPort(n.listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
