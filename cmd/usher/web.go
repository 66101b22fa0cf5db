package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"usher/gateway/wire"
	"usher/internal/auth"
	"usher/internal/console"
)

// listen binds the address, so that an address in use is told before anything is promised.
func (n *node) listen(ctx context.Context) (err error) {
	handler, err := n.handler()
	if err != nil {
		return err
	}
	var binder net.ListenConfig
	if n.listener, err = binder.Listen(ctx, "tcp", n.settings.Listen); err != nil {
		return fmt.Errorf("--listen (USHER_LISTEN): %w", err)
	}
	n.web = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
	n.onClose(func(ctx context.Context) error {
		defer n.listener.Close()
		return n.web.Shutdown(ctx)
	})
	return nil
}

func (n *node) handler() (http.Handler, error) {
	api, err := n.api()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /v1/agent", n.gateway)
	mux.Handle("GET /metrics", n.telemetry.Handler())
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, report{Status: "ok"}) })
	mux.HandleFunc("GET /readyz", n.ready.handle)
	mux.HandleFunc("GET /.well-known/jwks.json", n.publishKeys)
	mux.HandleFunc("GET /v1/asyncapi.yaml", publish("application/yaml", wire.AsyncAPI()))
	mux.HandleFunc("GET /v1/guide", publish("text/markdown; charset=utf-8", wire.Guide()))
	mux.Handle("GET /join", console.Account())
	mux.Handle("GET /reset", console.Account())
	mux.Handle("/", api)
	return mux, nil
}

// publishKeys shows backends the keys that tickets, and access tokens, are checked with. There is nothing in them to be kept from anybody.
func (n *node) publishKeys(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(auth.JWKSMaxAge.Seconds())))
	_, _ = w.Write(n.keys.JWKS()) // the client may be gone
}

// publish shows everybody a text that comes with the program.
func publish(contentType, text string) http.HandlerFunc {
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(text)))
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache") // it may be another one after an update: the tag tells
		h.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	}
}

// readiness is whether the node can do its work, and what is wrong if not.
type readiness struct {
	mu       sync.Mutex
	stopping bool
	checks   []check
}

// check is something that the node works with. Where it is needed, the node is not ready without it; else it is
// ready, and degraded.
type check struct {
	name   string
	ask    func(context.Context) error
	within time.Duration // no answer in this time is an error
	needed bool
}

// report is the body of /livez and /readyz.
type report struct {
	Status string            `json:"status"` // ok, degraded, unavailable or stopping
	Checks map[string]string `json:"checks,omitempty"`
}

func (r *readiness) add(c check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, c)
}

// stop makes the node not ready: load balancers send nobody here any more.
func (r *readiness) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopping = true
}

func (r *readiness) handle(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	stopping, checks := r.stopping, r.checks
	r.mu.Unlock()
	failed := ask(req.Context(), checks)
	rep, status := report{Status: "ok", Checks: map[string]string{}}, http.StatusOK
	for i, c := range checks {
		rep.Checks[c.name] = "ok"
		if !failed[i] {
			continue
		}
		rep.Checks[c.name] = "unavailable"
		if c.needed {
			rep.Status, status = "unavailable", http.StatusServiceUnavailable
		} else if status == http.StatusOK {
			rep.Status = "degraded"
		}
	}
	if stopping {
		rep.Status, status = "stopping", http.StatusServiceUnavailable
	}
	answer(w, status, rep)
}

// ask makes all checks at once, so that one that hangs takes no time from another, and tells which failed. The
// causes are not a stranger's business.
func ask(ctx context.Context, checks []check) []bool {
	failed := make([]bool, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, c.within)
			defer cancel()
			failed[i] = c.ask(ctx) != nil
		})
	}
	all.Wait()
	return failed
}

func answer(w http.ResponseWriter, status int, r report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(r) //nolint:errchkjson // the client may be gone
}
