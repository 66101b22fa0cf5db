package gateway

import (
	"context"
	"time"

	"usher/seats"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// metrics are what the gateway counts and measures.
type metrics struct {
	admissions metric.Int64Counter     // takes, by outcome
	takes      metric.Float64Histogram // seconds, by outcome
	renewals   metric.Int64Counter     // by outcome
	fanouts    metric.Int64Counter     // frames of the board's feed put into outboxes
	slow       metric.Int64Counter
	violations metric.Int64Counter
	unsigned   metric.Int64Counter
	leftOut    metric.Int64Counter
}

const meterName = "usher/gateway"

// newMetrics registers the instruments. gauges is called when metrics are collected.
func newMetrics(p metric.MeterProvider, gauges func() gaugeValues) (*metrics, error) {
	if p == nil {
		p = noop.NewMeterProvider()
	}
	b := builder{meter: p.Meter(meterName)}
	m := &metrics{
		admissions: b.counter("usher.admissions", "Takes of a seat, by outcome: granted, waiting, a refusal's code, or unavailable."),
		renewals:   b.counter("usher.lease.renewals", "Renewals of the node's leases, by outcome."),
		fanouts:    b.counter("usher.board.frames", "Frames of the board's feed handed to sessions."),
		slow:       b.counter("usher.slow_consumers", "Connections closed because they did not read."),
		violations: b.counter("usher.audit.violations", "Rules that a board broke when it was read. Anything above 0 is a bug."),
		unsigned:   b.counter("usher.tickets.failed", "Tickets that could not be signed."),
		leftOut: b.counter("usher.ledger.left_out",
			"Stays, waits and refusals that were not written down, as too many waited for the database."),
	}
	if b.err == nil { // shown from the start: an alert on what is not there would never fire
		m.violated(0)
		m.unsigned.Add(context.Background(), 0)
		m.leftOut.Add(context.Background(), 0)
	}
	m.takes = b.histogram("usher.take.duration", "Time from asking the engine for a seat to its answer.")
	b.observe(gauges)
	return m, b.err
}

// gaugeValues are the states that are read when metrics are collected.
type gaugeValues struct{ sessions, floors, used, total, waiting int64 }

type builder struct {
	meter metric.Meter
	err   error
}

func (b *builder) note(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) counter(name, description string) metric.Int64Counter {
	c, err := b.meter.Int64Counter(name, metric.WithDescription(description))
	b.note(err)
	return c
}

func (b *builder) histogram(name, description string) metric.Float64Histogram {
	h, err := b.meter.Float64Histogram(name, metric.WithDescription(description), metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5))
	b.note(err)
	return h
}

func (b *builder) gauge(name, description string) metric.Int64ObservableGauge {
	g, err := b.meter.Int64ObservableGauge(name, metric.WithDescription(description))
	b.note(err)
	return g
}

func (b *builder) observe(gauges func() gaugeValues) {
	sessions := b.gauge("usher.sessions", "Sessions connected to this node.")
	floors := b.gauge("usher.floors", "Licenses served by this node.")
	used := b.gauge("usher.seats.used", "Seats in use on the licenses served by this node.")
	total := b.gauge("usher.seats.total", "Seats that may be granted on the licenses served by this node; those without a limit are left out.")
	waiting := b.gauge("usher.seats.waiting", "Teammates who wait for a seat on the licenses served by this node.")
	_, err := b.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		v := gauges()
		o.ObserveInt64(sessions, v.sessions)
		o.ObserveInt64(floors, v.floors)
		o.ObserveInt64(used, v.used)
		o.ObserveInt64(total, v.total)
		o.ObserveInt64(waiting, v.waiting)
		return nil
	}, sessions, floors, used, total, waiting)
	b.note(err)
}

// answered counts the answer to a take; other commands are not counted.
func (m *metrics) answered(c seats.Command, reply seats.Reply, err error, took time.Duration) {
	if _, ok := c.(seats.Take); !ok {
		return
	}
	outcome := "unavailable"
	switch r := reply.(type) {
	case seats.Granted:
		outcome = "granted"
	case seats.Waiting:
		outcome = "waiting"
	case seats.TooManySessions:
		outcome = "too_many_connections"
	case seats.Refused:
		outcome = string(r.Code)
	case nil:
	default:
		outcome = "superseded"
	}
	if err != nil {
		outcome = "unavailable"
	}
	by := metric.WithAttributes(attribute.String("outcome", outcome))
	m.admissions.Add(context.Background(), 1, by)
	m.takes.Record(context.Background(), took.Seconds(), by)
}

func (m *metrics) renewed(err error) {
	outcome := "renewed"
	if err != nil {
		outcome = "failed"
	}
	m.renewals.Add(context.Background(), 1, metric.WithAttributes(attribute.String("outcome", outcome)))
}

func (m *metrics) fannedOut(frames int) { m.fanouts.Add(context.Background(), int64(frames)) }

func (m *metrics) slowConsumer() { m.slow.Add(context.Background(), 1) }

func (m *metrics) violated(n int) { m.violations.Add(context.Background(), int64(n)) }

func (m *metrics) ticketFailed() { m.unsigned.Add(context.Background(), 1) }
