package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"usher/gateway/wire"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	answers := func(context.Context) error { return nil }
	fails := func(context.Context) error { return errors.New("out of reach") }
	hangs := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		database, engine func(context.Context) error
		stopping         bool
		status           int
		want             string // status in the body
		failed           []string
	}{
		"all is well":                 {database: answers, engine: answers, status: 200, want: "ok"},
		"no database":                 {database: fails, engine: answers, status: 200, want: "degraded", failed: []string{"database"}},
		"a database that hangs":       {database: hangs, engine: answers, status: 200, want: "degraded", failed: []string{"database"}},
		"no engine":                   {database: answers, engine: fails, status: 503, want: "unavailable", failed: []string{"engine"}},
		"an engine that hangs":        {database: answers, engine: hangs, status: 503, want: "unavailable", failed: []string{"engine"}},
		"neither":                     {database: fails, engine: fails, status: 503, want: "unavailable", failed: []string{"database", "engine"}},
		"stopping":                    {database: answers, engine: answers, stopping: true, status: 503, want: "stopping"},
		"stopping without a database": {database: fails, engine: answers, stopping: true, status: 503, want: "stopping", failed: []string{"database"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r readiness
			r.add(check{name: "engine", ask: c.engine, within: 100 * time.Millisecond, needed: true})
			r.add(check{name: "database", ask: c.database, within: 100 * time.Millisecond})
			if c.stopping {
				r.stop()
			}
			w := httptest.NewRecorder()
			r.handle(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
			var got report
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"database": "ok", "engine": "ok"}
			for _, name := range c.failed {
				want[name] = "unavailable"
			}
			if w.Code != c.status || got.Status != c.want || !maps.Equal(got.Checks, want) {
				t.Errorf("got %d %s, want %d %s %v", w.Code, w.Body, c.status, c.want, want)
			}
		})
	}
}

// The documents of the wire are for everybody, and need not be loaded twice.
func TestDocumentsOfTheWireAreServed(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	for path, want := range map[string]struct{ contentType, text string }{
		"/v1/asyncapi.yaml": {"application/yaml", wire.AsyncAPI()},
		"/v1/guide":         {"text/markdown; charset=utf-8", wire.Guide()},
	} {
		ask := func(method, tag string) (*http.Response, string) {
			req, err := http.NewRequestWithContext(t.Context(), method, p.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("If-None-Match", tag)
			res, err := web.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res, string(body)
		}
		res, body := ask("GET", "")
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != want.contentType || body != want.text {
			t.Errorf("%s: %d %s, %d bytes", path, res.StatusCode, res.Header.Get("Content-Type"), len(body))
		}
		tag := res.Header.Get("ETag")
		if res, body := ask("HEAD", ""); res.StatusCode != http.StatusOK || res.ContentLength != int64(len(want.text)) || body != "" {
			t.Errorf("HEAD %s: %d, length %d, %d bytes", path, res.StatusCode, res.ContentLength, len(body))
		}
		if res, body := ask("GET", tag); tag == "" || res.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s, tag %s: %d, %d bytes", path, tag, res.StatusCode, len(body))
		}
		if res, _ := ask("POST", ""); res.StatusCode < 400 {
			t.Errorf("POST %s: %d", path, res.StatusCode)
		}
	}
}
