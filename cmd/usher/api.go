package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"usher/internal/admin"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// api is the HTTP API. It goes through the gateway's floors, so that its answers are never older than its changes.
func (n *node) api() (http.Handler, error) {
	requests, err := n.telemetry.Meters().Meter("usher/api").Float64Histogram("http.server.request.duration",
		metric.WithDescription("Time to answer a request to the HTTP API, by method, route and status."), metric.WithUnit("s"),
		// The library's own boundaries are for milliseconds: all that is answered within 5 s would be one bucket.
		metric.WithExplicitBucketBoundaries(.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	s, err := admin.New(admin.Options{
		Directory: n.directory,
		Audit:     n.audit,
		Ledger:    n.ledger,
		Alerts:    n.alerts,
		Tokens:    n.newcomers(),
		Tickets:   n.tickets,
		Admission: n.gateway,
		Floors:    n.gateway,
		Passwords: n.passwords,
		Rates: admin.Rates{
			Address: n.settings.RateAddress, Teammate: n.settings.RateTeammate, APIKey: n.settings.RateAPIKey,
		},
		TrustedProxies: all(n.settings.TrustedProxies, func(n network) netip.Prefix { return netip.Prefix(n) }),
		Mail:           func() { n.wakeMail() },
		Logger:         n.log,
		Observe: func(ctx context.Context, method, route string, status int, took time.Duration) {
			requests.Record(ctx, took.Seconds(), metric.WithAttributes(
				attribute.String("http.request.method", method),
				attribute.String("http.route", route),
				attribute.Int("http.response.status_code", status),
			))
		},
	})
	if err != nil {
		return nil, err
	}
	return s.Handler(), nil
}
