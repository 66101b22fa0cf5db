package telemetry

import "go.opentelemetry.io/otel/attribute"

// The two attributes of a resource that everybody looks for, named as OpenTelemetry's semantic conventions have them.

func serviceName(name string) attribute.KeyValue { return attribute.String("service.name", name) }

func serviceVersion(v string) attribute.KeyValue { return attribute.String("service.version", v) }
