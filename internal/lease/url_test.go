package lease_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
)

func TestConnectReadsEveryKindOfURL(t *testing.T) {
	t.Parallel()
	type target struct {
		Kind, User, Password, Master string
		Addrs                        []string
		DB                           int
		TLS                          bool
		Timeout                      time.Duration
	}
	for name, tc := range map[string]struct {
		url  string
		want target
	}{
		"bare":          {"redis://r.example.com", target{Kind: "single", Addrs: []string{"r.example.com:6379"}, Timeout: time.Second}},
		"all of it":     {"rediss://u:p%40s@r.example.com:7000/3?timeout=250ms", target{Kind: "single", User: "u", Password: "p@s", Addrs: []string{"r.example.com:7000"}, DB: 3, TLS: true, Timeout: 250 * time.Millisecond}},
		"IPv6":          {"redis://[::1]:7000", target{Kind: "single", Addrs: []string{"[::1]:7000"}, Timeout: time.Second}},
		"IPv6, no port": {"redis://[::1]/1", target{Kind: "single", Addrs: []string{"[::1]:6379"}, DB: 1, Timeout: time.Second}},
		"cluster":       {"redis+cluster://:pw@a:1,b:2,c", target{Kind: "cluster", Password: "pw", Addrs: []string{"a:1", "b:2", "c:6379"}, Timeout: time.Second}},
		"cluster, TLS":  {"rediss+cluster://a:1", target{Kind: "cluster", Addrs: []string{"a:1"}, TLS: true, Timeout: time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := lease.Connect(tc.url)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			var got target
			switch c := client.(type) {
			case *redis.Client:
				o := c.Options()
				got = target{"single", o.Username, o.Password, "", []string{o.Addr}, o.DB, o.TLSConfig != nil, o.ReadTimeout}
			case *redis.ClusterClient:
				o := c.Options()
				got = target{"cluster", o.Username, o.Password, "", o.Addrs, 0, o.TLSConfig != nil, o.ReadTimeout}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestConnectRefusesWithoutTellingSecrets(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"no scheme":             "localhost:6379",
		"another scheme":        "http://u:hunter2@r.example.com",
		"another kind":          "redis+ring://u:hunter2@r.example.com",
		"no host":               "redis://u:hunter2@",
		"bad port":              "redis://u:hunter2@r.example.com:70000",
		"slash in the password": "redis://u:hun/ter2@r.example.com",
		"bad escape":            "redis://u:hunter2%zz@r.example.com",
		"bad database":          "redis://u:hunter2@r.example.com/x",
		"several hosts":         "redis://u:hunter2@a,b",
		"database on a cluster": "redis+cluster://u:hunter2@a/2",
		"no master":             "redis+sentinel://u:hunter2@a",
		"master without need":   "redis://u:hunter2@a?master=m",
		"unknown parameter":     "redis://u:hunter2@a?tiemout=1s",
		"bad timeout":           "redis://u:hunter2@a?timeout=soon",
		"bad pool size":         "redis+sentinel://a?master=m&sentinel_password=hunter2&pool_size=0",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := lease.Connect(url)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, secret := range []string{"hunter2", "hun/ter2", "ter2"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("tells the password: %v", err)
				}
			}
		})
	}
}
