package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/gateway/wire"
)

func TestSecondProcessOnADataDirectoryWithoutRedisIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startDemo(t, dir)
	_, stderr, code := usher(t, nil, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(stderr, dir) || !strings.Contains(stderr, "USHER_REDIS_URL") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if ann, w := login(t, "Ann", p); w.Seat.State != wire.SeatHeld { // the first one felt nothing
		t.Fatalf("ann: %+v", ann)
	}
}

func TestRedisMissingAtStartIsSaid(t *testing.T) {
	t.Parallel()
	_, stderr, code := usher(t, nil, "demo", "--data-dir", t.TempDir(), "--listen", "127.0.0.1:0",
		"--redis-url", "redis://:hunter2hunter2@"+freeAddr(t))
	if code != 1 || !strings.Contains(stderr, "Redis") && !strings.Contains(stderr, "redis") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if strings.Contains(stderr, "hunter2") {
		t.Fatalf("the password is shown: %s", stderr)
	}
}

func TestServeRefusesWeakConfiguration(t *testing.T) {
	t.Parallel()
	good := "USHER_JWT_SECRET=k3Jd9sLq2mXv7bTz0RwYpA5uHgEc8nFi4oZxQe6t"
	for name, c := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"no secret":             {want: "USHER_JWT_SECRET"},
		"short secret":          {env: []string{"USHER_JWT_SECRET=short"}, want: "32"},
		"obvious secret":        {env: []string{"USHER_JWT_SECRET=" + strings.Repeat("a", 40)}, want: "secret"},
		"two secrets":           {env: []string{good, "USHER_JWT_SECRET_FILE=x"}, want: "not both"},
		"secret file missing":   {env: []string{"USHER_JWT_SECRET_FILE=none"}, want: "none"},
		"grace within ticket":   {env: []string{good, "USHER_GRACE=20s"}, want: "USHER_GRACE"},
		"ticket of a second":    {env: []string{good, "USHER_TICKET_TTL=1s"}, want: "want 2s"},
		"keys rotate too often": {env: []string{good, "USHER_KEY_ROTATION=59m"}, want: "USHER_KEY_ROTATION"},
		"issuer too long":       {env: []string{good, "USHER_JWT_ISSUER=" + strings.Repeat("i", 257)}, want: "257 bytes"},
		"no lease":              {env: []string{good, "USHER_LEASE=0s"}, want: "USHER_LEASE"},
		"no such flag":          {env: []string{good}, args: []string{"--colour"}, want: "--help"},
		"address":               {env: []string{good}, args: []string{"--listen", "nowhere:http:1"}, want: "USHER_LISTEN"},
		"redis by a wrong URL":  {env: []string{good}, args: []string{"--redis-url", "mysql://x"}, want: "redis"},
		"jwks in the clear":     {env: []string{good, "USHER_JWKS_URL=http://example.com/jwks"}, want: "https"},
		"node":                  {env: []string{good, "USHER_NODE=a b"}, want: "USHER_NODE"},
		"node with a long name": {env: []string{good, "USHER_NODE=" + strings.Repeat("a", 49)}, want: "at most 48"},
		"a proxy by its name":   {env: []string{good, "USHER_TRUSTED_PROXIES=proxy.example.com"}, want: "no address and no network"},
		"a rate below 0":        {env: []string{good, "USHER_RATE_ADDRESS=-1"}, want: "USHER_RATE_"},
		"no secret beside keys": {env: []string{"USHER_JWKS_URL=https://example.com/jwks"}, want: "needed with a JWKS URL too"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"serve", "--data-dir", t.TempDir()}, c.args...)
			_, stderr, code := usher(t, c.env, args...)
			if code == 0 || !strings.Contains(stderr, c.want) {
				t.Fatalf("exit code %d, want %q in: %s", code, c.want, stderr)
			}
		})
	}
}

// flag > environment > file > default
func TestSettingsComeFromFlagThenEnvironmentThenFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usher.json")
	if err := os.WriteFile(file, []byte(`{"grace":"1s","lease":"0s","node":"a b"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := "USHER_JWT_SECRET=k3Jd9sLq2mXv7bTz0RwYpA5uHgEc8nFi4oZxQe6t"
	serve := func(env []string, args ...string) string {
		_, stderr, code := usher(t, append(env, secret), append([]string{"serve", "--config", file, "--data-dir", t.TempDir()}, args...)...)
		if code == 0 {
			t.Fatal("it serves")
		}
		return stderr
	}
	if got := serve(nil); !strings.Contains(got, "USHER_LEASE") {
		t.Errorf("the file is not read: %s", got)
	}
	if got := serve([]string{"USHER_LEASE=5s"}); !strings.Contains(got, "USHER_GRACE") {
		t.Errorf("the environment does not win over the file: %s", got)
	}
	if got := serve([]string{"USHER_LEASE=5s", "USHER_GRACE=0s"}, "--grace", "30s"); !strings.Contains(got, "USHER_NODE") {
		t.Errorf("the flag does not win over the environment: %s", got)
	}
}

func TestSettingsFileThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string // "-": no file
		want    string
	}{
		"unknown key":          {`{"lease":"10s","garce":"30s"}`, `"garce"`},
		"another's spelling":   {`{"data-dir":"x"}`, `"data-dir"`},
		"not JSON":             {`lease: 10s`, "JSON"},
		"the file itself":      {`{"config":"other.json"}`, `"config"`},
		"something after it":   {`{} {}`, "JSON"},
		"no object":            {`[1]`, "JSON"},
		"missing":              {"-", "no such file"},
		"of the wrong command": {`{"teammate":"x","data_dir":"d","dataDir":"d","lease":"0s"}`, "USHER_LEASE"}, // not refused: one file may serve all commands
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "settings.json")
			if c.content != "-" {
				if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, how := range []struct{ env, args []string }{{args: []string{"--config", file}}, {env: []string{"USHER_CONFIG=" + file}}} {
				_, stderr, code := usher(t, how.env, append([]string{"serve", "--data-dir", t.TempDir()}, how.args...)...)
				if code != 2 || !strings.Contains(stderr, c.want) {
					t.Errorf("%v: exit code %d, want %s in: %s", how, code, c.want, stderr)
				}
				if !strings.Contains(c.want, "LEASE") && (!strings.Contains(stderr, "--config") || !strings.Contains(stderr, file)) {
					t.Errorf("%v: the file is not named: %s", how, stderr)
				}
			}
		})
	}
}

func TestTokensAndKeysAreMadeBesideARunningServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startDemo(t, dir)
	out, stderr, code := usher(t, nil, "token", "--data-dir", dir, "--license", "lic_demo", "--teammate", "tm_meg", "--ttl", "5m")
	if code != 0 {
		t.Fatal(stderr)
	}
	if status, me := p.call(strings.TrimSpace(out), "GET", "/v1/me", nil); status != 200 {
		t.Fatalf("%d %v", status, me)
	}
	_, stderr, code = usher(t, nil, "token", "--data-dir", dir, "--license", "lic_demo", "--teammate", "tm_nobody")
	if code != 1 || stderr != "usher: no such teammate\n" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}

	out, stderr, code = usher(t, nil, "apikey", "create", "--data-dir", dir, "--partner", "Other", "--email", "other@example.com")
	if code != 0 || strings.Contains(stderr, strings.TrimSpace(out)) || !strings.Contains(stderr, dir) {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	key := strings.TrimSpace(out)
	status, made := p.call(key, "POST", "/v1/licenses", map[string]any{"id": "lic_other", "name": "Other", "cap": 1})
	if status != 201 || made["id"] != "lic_other" {
		t.Fatalf("%d %v", status, made)
	}
	// Each partner sees their own licenses only.
	if status, problem := p.call(p.demo.APIKey, "GET", "/v1/licenses/lic_other", nil); status != 404 {
		t.Fatalf("%d %v", status, problem)
	}
}

func TestTokenMakesNoDataDirectory(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "mistyped")} {
		_, stderr, code := usher(t, nil, "token", "--data-dir", dir, "--license", "lic_demo", "--teammate", "tm_meg")
		if code != 1 || !strings.Contains(stderr, "there is no database in "+dir) {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
		t.Errorf("it made %v (%v)", left, err)
	}
}

func TestHealthAndVersion(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	if out, stderr, code := usher(t, nil, "health", "--url", p.url); code != 0 || !strings.Contains(out, "ok") {
		t.Fatalf("exit code %d: %s%s", code, out, stderr)
	}
	if _, _, code := usher(t, nil, "health", "--url", "http://"+freeAddr(t)); code != 1 {
		t.Fatalf("exit code %d", code)
	}
	if out, _, code := usher(t, nil, "version"); code != 0 || !strings.HasPrefix(out, "usher ") {
		t.Fatalf("exit code %d: %s", code, out)
	}
	if out, _, code := usher(t, nil); code != 0 || !strings.Contains(out, "demo") {
		t.Fatalf("exit code %d: %s", code, out)
	}
	login(t, "Ann", p)
	for _, name := range []string{"usher_seats_used", "usher_seats_total", "usher_admissions_total", "usher_take_duration_seconds", "usher_sessions"} {
		until(t, name+" is there", func() bool { return strings.Contains(scrape(t, p), name) })
	}
	if status, answer := p.call(p.demo.APIKey, "GET", p.license(""), nil); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	if got := scrape(t, p); !strings.Contains(got, `le="0.005"`) || !strings.Contains(got, "http_server_request_duration_seconds_bucket") {
		t.Errorf("no buckets of milliseconds for the HTTP API:\n%s", got)
	}
}

func scrape(t *testing.T, p *process) string {
	t.Helper()
	res, err := web.Get(p.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	if _, err := io.Copy(&b, res.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The demo can be stopped and started again: same license, same key, tokens of before still good.
func TestDemoStartsAgainOnItsData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startDemo(t, dir)
	before := p.demo
	if code := p.stop(); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.stderr.String())
	}
	again := startDemo(t, dir)
	if again.demo.APIKey != before.APIKey {
		t.Error("another API key")
	}
	again.demo.Teammates = before.Teammates
	ann, w := login(t, "Ann", again)
	if w.Seat.State != wire.SeatHeld {
		t.Fatalf("%+v", w.Seat)
	}
	ann.logout()
}
