package telemetry_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/internal/telemetry"
)

func TestMetricsAreScraped(t *testing.T) {
	t.Parallel()
	tel, err := telemetry.New(t.Context(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	defer tel.Close(t.Context())
	counter, err := tel.Meters().Meter("test").Int64Counter("test.things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 3)
	web := httptest.NewServer(tel.Handler())
	defer web.Close()
	res, err := web.Client().Get(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"test_things_total 3\n", `service_version="1.2.3"`, "go_goroutine", "process_cpu_seconds_total ", "process_resident_memory_bytes "} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
}
