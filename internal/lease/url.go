package lease

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	defaultTimeout = time.Second
	defaultPort    = "6379"
	sentinelPort   = "26379"
	// maxRetries repeats a call once when its reply was lost. Scripts do no harm when run twice, but each repeat
	// makes "unavailable" known later.
	maxRetries = 1
)

// Connect returns a client for one of
//
//	redis://[user:password@]host[:port][/db]
//	redis+sentinel://[user:password@]host[:port],host[:port],…[/db]?master=name
//	redis+cluster://[user:password@]host[:port],host[:port],…
//
// and the same with rediss for TLS. Parameters: timeout (of dialing, reading and writing; a duration, default
// 1s), pool_size (connections per server), and sentinel_username, sentinel_password. Nothing is dialled yet;
// [Check] does. Errors name the URL without its secrets.
func Connect(rawURL string) (redis.UniversalClient, error) {
	o, kind, err := parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("redis URL %s: %w", Redact(rawURL), err)
	}
	switch kind {
	case "cluster":
		return redis.NewClusterClient(o.Cluster()), nil
	case "sentinel":
		return redis.NewFailoverClient(o.Failover()), nil
	}
	return redis.NewClient(o.Simple()), nil
}

var (
	secretUser  = regexp.MustCompile(`://.*@`)
	secretQuery = regexp.MustCompile(`(?i)(password=)[^&]*`)
)

// Redact returns a URL without what stands before the host, and without passwords among its parameters. It
// works on text that is no valid URL as well.
func Redact(rawURL string) string {
	return secretQuery.ReplaceAllString(secretUser.ReplaceAllString(rawURL, "://xxxxx@"), "${1}xxxxx")
}

// parse never lets the text of another package's error through: it may quote the password.
func parse(rawURL string) (*redis.UniversalOptions, string, error) {
	scheme, rest, ok := strings.Cut(rawURL, "://")
	secure, kind, known := schemeOf(scheme)
	if !ok || !known {
		return nil, "", errors.New("want redis://, rediss://, redis+sentinel:// or redis+cluster://")
	}
	// net/url refuses several hosts, so they are taken out first.
	user, rest := cutUser(rest)
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	hosts, rest := rest[:end], rest[end:]
	u, err := url.Parse("redis://" + user + "host" + rest)
	if err != nil {
		return nil, "", errors.New("can't be parsed: are the marks in user, password and parameters percent-encoded?")
	}
	o := defaults()
	if u.User != nil {
		o.Username = u.User.Username()
		o.Password, _ = u.User.Password()
	}
	if o.Addrs, err = addresses(hosts, kind); err != nil {
		return nil, "", err
	}
	if secure {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if db := strings.Trim(u.Path, "/"); db != "" {
		if o.DB, err = strconv.Atoi(db); err != nil || o.DB < 0 || kind == "cluster" && o.DB != 0 {
			return nil, "", errors.New("the path is no number of a database there")
		}
	}
	return o, kind, parameters(o, kind, u.Query())
}

func schemeOf(scheme string) (secure bool, kind string, known bool) {
	base, kind, _ := strings.Cut(scheme, "+")
	known = (base == "redis" || base == "rediss") && (scheme == base || kind == "sentinel" || kind == "cluster")
	return base == "rediss", kind, known
}

func cutUser(rest string) (user, after string) {
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		return rest[:at+1], rest[at+1:]
	}
	return "", rest
}

func defaults() *redis.UniversalOptions {
	return &redis.UniversalOptions{
		Protocol:              2, // pub/sub replies have one shape, and nothing is pushed in between
		MaxRetries:            maxRetries,
		DialerRetries:         1, // the engine's callers decide what to do when a server can't be reached
		DialTimeout:           defaultTimeout,
		ReadTimeout:           defaultTimeout,
		WriteTimeout:          defaultTimeout,
		PoolTimeout:           defaultTimeout,
		ContextTimeoutEnabled: true,
		DisableIdentity:       true,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
		},
	}
}

func addresses(hosts, kind string) ([]string, error) {
	port := defaultPort
	if kind == "sentinel" {
		port = sentinelPort
	}
	var addrs []string
	for host := range strings.SplitSeq(hosts, ",") {
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		if name, number, err := net.SplitHostPort(host); err != nil || name == "" || !validPort(number) {
			return nil, errors.New("a host is missing or malformed")
		}
		addrs = append(addrs, host)
	}
	if kind == "" && len(addrs) > 1 {
		return nil, errors.New("several hosts need redis+sentinel:// or redis+cluster://")
	}
	return addrs, nil
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

func parameters(o *redis.UniversalOptions, kind string, query url.Values) error {
	for name, values := range query {
		value := values[len(values)-1]
		var err error
		switch name {
		case "master":
			o.MasterName = value
		case "sentinel_username":
			o.SentinelUsername = value
		case "sentinel_password":
			o.SentinelPassword = value
		case "pool_size":
			if o.PoolSize, err = strconv.Atoi(value); err == nil && o.PoolSize < 1 {
				err = errors.New("not positive")
			}
		case "timeout":
			var d time.Duration
			if d, err = time.ParseDuration(value); err == nil && d <= 0 {
				err = errors.New("not positive")
			}
			o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = d, d, d, d
		default:
			return fmt.Errorf("parameter %q is unknown; there are master, timeout, pool_size, sentinel_username, sentinel_password", name)
		}
		if err != nil {
			return fmt.Errorf("parameter %s has a malformed value", name)
		}
	}
	if (kind == "sentinel") != (o.MasterName != "") {
		return errors.New("parameter master (the name that the Sentinels know) is for redis+sentinel://, and needed there")
	}
	return nil
}
