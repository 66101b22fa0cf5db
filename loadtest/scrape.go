package loadtest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The metrics of a server that are read.
const (
	metricCPU    = "process_cpu_seconds_total"
	metricMemory = "process_resident_memory_bytes"
	metricRedis  = "usher_redis_commands_total"
)

const scrapeTimeout = 900 * time.Millisecond // before the next is due

// server is what is known of a server's use of its machine.
type server struct {
	api               api
	first, last, prev *sample
	most              float64 // bytes resident
}

// sample is what a server's /metrics showed.
type sample struct {
	at     time.Duration // since the run began
	values map[string]float64
}

// scrape reads the metrics. A server that does not show them is left out.
func (s *server) scrape(ctx context.Context, now time.Duration) {
	s.prev = s.last
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api.base+"/metrics", nil)
	if err != nil {
		return
	}
	res, err := s.api.client.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return
	}
	s.last = &sample{now, metricsIn(io.LimitReader(res.Body, maxAnswer))}
	if s.first == nil {
		s.first = s.last
	}
	s.most = max(s.most, s.last.values[metricMemory])
}

// metricsIn reads those of the metrics that count, summed up over their labels.
func metricsIn(text io.Reader) map[string]float64 {
	values := map[string]float64{}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		line := lines.Text()
		name := line[:max(strings.IndexAny(line, "{ "), 0)]
		if name != metricCPU && name != metricMemory && name != metricRedis {
			continue
		}
		if v, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64); err == nil {
			values[name] += v
		}
	}
	return values
}

// addTo adds what the server used in the last second, as far as that is known.
func (s *server) addTo(second *Second) {
	if s.last == nil || s.prev == nil || s.last == s.prev {
		return
	}
	took := (s.last.at - s.prev.at).Seconds()
	rate := func(name string) *float64 {
		if _, ok := s.last.values[name]; !ok || took <= 0 {
			return nil
		}
		return new((s.last.values[name] - s.prev.values[name]) / took)
	}
	second.CPU = sum(second.CPU, rate(metricCPU))
	second.Redis = sum(second.Redis, rate(metricRedis))
	if memory, ok := s.last.values[metricMemory]; ok {
		second.Memory = sum(second.Memory, &memory)
	}
}

func sum(a, b *float64) *float64 {
	if a == nil || b == nil {
		return or(a, b)
	}
	return new(*a + *b)
}

func or(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}

// total is what the server used over the run.
func (s *server) total() Server {
	t := Server{URL: s.api.base, MemoryBytes: s.most}
	if s.first != nil {
		t.CPUSeconds = s.last.values[metricCPU] - s.first.values[metricCPU]
		t.RedisCommands = s.last.values[metricRedis] - s.first.values[metricRedis]
	}
	return t
}
