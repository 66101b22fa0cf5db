package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http/httptest"
	"testing"
	"time"
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
