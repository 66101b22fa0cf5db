package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// servingTurn is the advisory lock, one in each schema, of the processes that serve.
	servingTurn = 0x75736873
	// claimPatience is how long a process waits for one that was killed: its server notices that a moment later.
	claimPatience = 3 * time.Second
	// claimCheck is how often a claim is looked after, and claimAgain how often one that was lost is tried anew.
	claimCheck = 2 * time.Second
	claimAgain = 500 * time.Millisecond
	// claimName begins the application name of a connection that holds a claim: the process id and the host follow.
	claimName = "usher claim "
)

// serverClaim is an advisory lock on a connection of its own. The server ends it with the connection, so the connection is
// looked after, and the lock is taken anew on another one when it breaks.
type serverClaim struct {
	config  *pgx.ConnConfig
	sharing Sharing
	conn    *pgx.Conn // nil: broken
	lost    chan struct{}
	stop    context.CancelFunc
	done    chan struct{}
}

func claimURL(ctx context.Context, url string, sharing Sharing) (*Claim, error) {
	config, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	config.RuntimeParams["application_name"] = claimName + strconv.Itoa(os.Getpid()) + " " + host
	// So that a machine that is switched off does not keep the database for hours.
	config.RuntimeParams["tcp_keepalives_idle"], config.RuntimeParams["tcp_keepalives_interval"] = "5", "5"
	config.RuntimeParams["tcp_keepalives_count"] = "3"
	c := &serverClaim{config: config, sharing: sharing, lost: make(chan struct{}), done: make(chan struct{})}
	if err := c.first(ctx); err != nil {
		return nil, err
	}
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	go c.keep(keeping)
	return &Claim{lost: c.lost, close: c.close}, nil
}

// first takes the lock, and waits a moment for the server to notice that a process was killed.
func (c *serverClaim) first(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, claimPatience+connectTimeout)
	defer cancel()
	patience := time.NewTimer(claimPatience)
	defer patience.Stop()
	again := time.NewTicker(claimAgain)
	defer again.Stop()
	for {
		err := c.take(ctx)
		var used *InUseError
		if err == nil || !errors.As(err, &used) {
			return err
		}
		select {
		case <-again.C:
		case <-patience.C:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

// take takes the lock on a new connection.
func (c *serverClaim) take(ctx context.Context) (err error) {
	conn, err := pgx.ConnectConfig(ctx, c.config)
	if err != nil {
		return unavailable(fmt.Errorf("claim database %s: %w", nameOf(c.config), err))
	}
	defer func() {
		if err != nil {
			_ = conn.Close(ctx)
		}
	}()
	query := `SELECT pg_try_advisory_lock($1::int, hashtext(current_schema()))`
	if c.sharing == Shared {
		query = `SELECT pg_try_advisory_lock_shared($1::int, hashtext(current_schema()))`
	}
	var got bool
	if err := conn.QueryRow(ctx, query, servingTurn).Scan(&got); err != nil {
		return unavailable(fmt.Errorf("claim database %s: %w", nameOf(c.config), err))
	}
	if !got {
		return c.inUse(ctx, conn)
	}
	c.conn = conn
	return nil
}

// inUse tells who has the lock, as far as the server lets us see.
func (c *serverClaim) inUse(ctx context.Context, conn *pgx.Conn) error {
	used := &InUseError{What: "database " + nameOf(c.config), Setting: "USHER_DATABASE_URL"}
	var name string
	err := conn.QueryRow(ctx, `SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.classid = $1::int::oid AND l.objid = hashtext(current_schema())::oid AND l.granted
			AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1`, servingTurn).Scan(&name)
	if rest, ok := strings.CutPrefix(name, claimName); ok && err == nil {
		pid, host, _ := strings.Cut(rest, " ")
		used.PID, _ = strconv.Atoi(pid)
		used.Host = host
	}
	return used
}

// keep looks after the connection, and takes the lock anew when it breaks, until it is stopped or another process has it.
func (c *serverClaim) keep(ctx context.Context) {
	defer close(c.done)
	for {
		wait := claimCheck
		if c.conn == nil {
			wait = claimAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if !c.held(ctx) && ctx.Err() == nil {
			close(c.lost)
			return
		}
	}
}

// held tells whether nobody else has the lock: it is held, or the server can't be asked now.
func (c *serverClaim) held(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if c.conn != nil {
		if c.conn.Ping(ctx) == nil {
			return true
		}
		_ = c.conn.Close(ctx)
		c.conn = nil
	}
	var used *InUseError
	return !errors.As(c.take(ctx), &used)
}

func (c *serverClaim) close() error {
	c.stop()
	<-c.done
	if c.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return c.conn.Close(ctx)
}
