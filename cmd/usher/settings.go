package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"time"

	"github.com/lmittmann/tint"

	"usher/internal/auth"
	"usher/internal/database"
)

// storage is where the durable state is.
type storage struct {
	DatabaseURL string `name:"database-url" help:"PostgreSQL database, 14 or newer: postgres://user:password@host/name. Without it SQLite is used, in the data directory." placeholder:"URL"`
	DataDir     string `default:"usher-data" help:"Directory of SQLite's database. Processes may share it when they have one Redis."`
}

// options are how the database is opened.
func (s *storage) options() database.Options {
	return database.Options{URL: s.DatabaseURL, Dir: s.DataDir}
}

// about tells where the durable state is, without secrets.
func (s *storage) about() string {
	if s.DatabaseURL == "" {
		return "the data directory " + s.dir()
	}
	return "PostgreSQL at " + database.NameOf(s.DatabaseURL)
}

// secrecy is where the secret is that all nodes share.
type secrecy struct {
	JWTSecret     string `help:"Secret that all nodes share, 32 bytes or more: it seals the keys that tokens and tickets are signed with." placeholder:"SECRET"`
	JWTSecretFile string `help:"File with that secret. Default: jwt-secret in the data directory, if it is there." placeholder:"FILE"`
}

// identity is how tokens are signed and checked.
type identity struct {
	secrecy

	JWTIssuer   string `default:"usher" help:"The iss that access tokens must have, and tickets get."`
	JWTAudience string `default:"usher" help:"The aud that access tokens must have."`
	JWTShared   bool   `name:"jwt-shared" help:"Accept access tokens that others sign with the secret (HS256), too. Whoever knows it can log in as anybody."`
	JWKSURL     string `name:"jwks-url" help:"Where the public keys are by which others sign access tokens (RS256, ES256, EdDSA)." placeholder:"URL"`
}

// settings are what serve and demo can be told.
type settings struct {
	storage
	identity

	Listen         string        `default:"127.0.0.1:8080" help:"Address to listen on."`
	RedisURL       string        `help:"Redis that the nodes share: redis://, rediss://, redis+sentinel://, redis+cluster://. Without it this process keeps the seats itself." placeholder:"URL"`
	Node           string        `help:"Name of this node, 48 bytes at most. Its id is the name and a random part, new with each start. Default: only a random id." placeholder:"NAME"`
	Lease          time.Duration `default:"15s" help:"How long a node that has gone silent is believed to be alive."`
	Grace          time.Duration `default:"30s" help:"How long a dropped teammate keeps the seat, where the license's policy does not say."`
	TicketTTL      time.Duration `name:"ticket-ttl" default:"20s" help:"Life of a ticket, at most: tickets end on whole seconds. Grace is longer than it by 1 s at least."`
	KeyRotation    time.Duration `default:"720h" help:"How long a key signs tickets until another takes over. 0: until usher key rotate."`
	PublicURL      string        `name:"public-url" help:"Where people reach this deployment; links in mail lead there. Default: http:// and the address listened on." placeholder:"URL"`
	SMTPURL        string        `name:"smtp-url" help:"Mail server: smtp://user:password@host:587 (with STARTTLS), smtps://host:465, or smtp://host:25?tls=none. Without it mail waits until there is one." placeholder:"URL"`
	MailFrom       string        `default:"Usher <usher@localhost>" help:"Sender of mail." placeholder:"ADDRESS"`
	Origins        []string      `help:"Patterns of the browser origins that may connect. Default: all; the token alone decides." placeholder:"PATTERN"`
	TrustedProxies []network     `help:"Addresses or networks (10.0.0.0/8) of the proxies in front, whose X-Forwarded-For is believed. Default: none." placeholder:"NETWORK"`
	RateAddress    float64       `default:"10" help:"HTTP requests a second, for long, from one address that come without a good token, as logging in does; ten times as many at once. 0: any number."`
	RateTeammate   float64       `default:"100" help:"HTTP requests a second of one teammate, likewise."`
	RateAPIKey     float64       `name:"rate-api-key" default:"1000" help:"HTTP requests a second with one API key, likewise."`
	Drain          time.Duration `default:"2s" help:"Time over which the connections are sent to other nodes when this one stops."`
	LogLevel       slog.Level    `default:"info" help:"debug, info, warn or error."`
	LogJSON        bool          `name:"log-json" help:"Write logs as JSON lines."`
}

// Validate is called by kong.
func (s *settings) Validate() error {
	switch {
	case s.Lease < time.Second || s.Lease > time.Hour:
		return fmt.Errorf("--lease (USHER_LEASE) is %s, want 1s to 1h", s.Lease)
	case s.TicketTTL < auth.MinTicketTTL || s.TicketTTL > time.Hour:
		return fmt.Errorf("--ticket-ttl (USHER_TICKET_TTL) is %s, want %s to 1h", s.TicketTTL, auth.MinTicketTTL)
	case s.KeyRotation != 0 && (s.KeyRotation < time.Hour || s.KeyRotation > 10*365*24*time.Hour):
		return fmt.Errorf("--key-rotation (USHER_KEY_ROTATION) is %s, want 1h to 87600h, or 0", s.KeyRotation)
	case s.Grace < s.minGrace():
		return fmt.Errorf("--grace (USHER_GRACE) is %s, want %s or more: the life of a ticket and one second", s.Grace, s.minGrace())
	case s.Drain < 0 || s.Drain > 10*time.Minute:
		return fmt.Errorf("--drain (USHER_DRAIN) is %s, want 0s to 10m", s.Drain)
	case s.PublicURL != "" && !isWebURL(s.PublicURL):
		return fmt.Errorf("--public-url (USHER_PUBLIC_URL) is %q, want https://host or http://host", s.PublicURL)
	case !isRate(s.RateAddress) || !isRate(s.RateTeammate) || !isRate(s.RateAPIKey):
		return errors.New("--rate-address, --rate-teammate and --rate-api-key (USHER_RATE_…) are requests a second, 0 to 1000000")
	case s.JWTSecret != "" && s.JWTSecretFile != "":
		return errors.New("give --jwt-secret (USHER_JWT_SECRET) or --jwt-secret-file (USHER_JWT_SECRET_FILE), not both")
	}
	return nil
}

func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func isRate(r float64) bool { return r >= 0 && r <= 1e6 }

// network is one as flags have it: an address is a network of its own.
type network netip.Prefix

// UnmarshalText implements [encoding.TextUnmarshaler].
func (n *network) UnmarshalText(text []byte) error {
	if p, err := netip.ParsePrefix(string(text)); err == nil {
		*n = network(p.Masked())
		return nil
	}
	a, err := netip.ParseAddr(string(text))
	if err != nil || a.Zone() != "" {
		return fmt.Errorf("%q is no address and no network, as 10.0.0.0/8 is", text)
	}
	*n = network(netip.PrefixFrom(a, a.BitLen()))
	return nil
}

// minGrace is the shortest grace that any policy may have.
func (s *settings) minGrace() time.Duration { return s.TicketTTL + time.Second }

func (s *settings) logger(io streams) *slog.Logger {
	if s.LogJSON {
		return slog.New(slog.NewJSONHandler(io.err, &slog.HandlerOptions{Level: s.LogLevel}))
	}
	return slog.New(tint.NewTextHandler(io.err, &tint.Options{
		Level: s.LogLevel, TimeFormat: time.TimeOnly, NoColor: !isTerminal(io.err),
	}))
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
