// Package telemetry sets up what a process tells about itself: OpenTelemetry metrics, read by Prometheus.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// Telemetry is a running set-up. Close it.
type Telemetry struct {
	meters   *sdkmetric.MeterProvider
	registry *prometheus.Registry
}

// New sets up metrics of this process, the Go runtime's among them. It keeps no global state. version is the
// service's; OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win over what is given here.
func New(ctx context.Context, version string) (*Telemetry, error) {
	about, err := resource.New(ctx,
		resource.WithAttributes(serviceName("usher"), serviceVersion(version)),
		resource.WithFromEnv(),
	)
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	registry := prometheus.NewRegistry()
	// Processor time and memory as the system counts them, under the names that dashboards know: process_cpu_seconds_total, ….
	if err := registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithResource(about))
	if err := runtime.Start(runtime.WithMeterProvider(meters)); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return &Telemetry{meters: meters, registry: registry}, nil
}

// Meters is where instruments are registered.
func (t *Telemetry) Meters() metric.MeterProvider { return t.meters }

// Handler answers a scrape by Prometheus.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Close ends the set-up.
func (t *Telemetry) Close(ctx context.Context) error { return t.meters.Shutdown(ctx) }
