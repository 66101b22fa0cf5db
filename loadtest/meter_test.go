package loadtest

import (
	"strings"
	"testing"
	"time"
)

// What happens before the measuring begins is for the timeline alone.
func TestTheMeterBeginsWhenItIsTold(t *testing.T) {
	t.Parallel()
	m := newMeter()
	m.count(tallyLogins)
	m.failed("early")
	m.took(Login, time.Second)
	early := m.lap(0)
	m.begin()
	m.count(tallyLogins)
	m.count(tallyLogins)
	m.failed("late")
	m.refused("seats_full")
	m.took(Login, 2*time.Second)
	m.read.Add(5)
	late := m.lap(1)
	if early.Logins != 1 || early.Errors != 1 || early.P50[Login] < 900 || late.Logins != 2 || late.Bytes != 5 || late.P99[Login] < 1900 {
		t.Errorf("%+v, %+v", early, late)
	}
	var r Result
	m.result(&r)
	if r.Counts["logins"] != 2 || r.Counts["bytes"] != 5 || r.Errors["early"] != 0 || r.Errors["late"] != 1 || r.Refusals["seats_full"] != 1 {
		t.Errorf("%v, %v, %v", r.Counts, r.Errors, r.Refusals)
	}
	if r.Timings[Login].Count() != 1 || r.Timings[Take].Count() != 0 {
		t.Errorf("%d logins were timed", r.Timings[Login].Count())
	}
}

func TestMetricsAreSummedUp(t *testing.T) {
	t.Parallel()
	first := metricsIn(strings.NewReader(`# HELP process_cpu_seconds_total …
process_cpu_seconds_total 1.5
process_resident_memory_bytes 2.5e+07
usher_redis_commands_total{service_name="usher"} 7
usher_redis_commands_total{service_name="other"} 3
usher_redis_commands_totals 9
process_cpu_seconds_total_more 9

odd
`))
	s := server{api: api{base: "http://127.0.0.1:1"}, first: &sample{0, first}, prev: &sample{0, first}, most: 9}
	s.last = &sample{2 * time.Second, map[string]float64{metricCPU: 2.5, metricMemory: 3e7, metricRedis: 30}}
	var second Second
	s.addTo(&second)
	s.addTo(&second)
	if *second.CPU != 1 || *second.Memory != 6e7 || *second.Redis != 20 {
		t.Errorf("two servers use %g cores, %g bytes, %g commands", *second.CPU, *second.Memory, *second.Redis)
	}
	if got, want := s.total(), (Server{URL: "http://127.0.0.1:1", CPUSeconds: 1, MemoryBytes: 9, RedisCommands: 20}); got != want {
		t.Errorf("%+v", got)
	}
	var none Second
	(&server{}).addTo(&none)
	if none.CPU != nil || none.Memory != nil || none.Redis != nil {
		t.Error("what is not known is shown")
	}
}

// Colleagues see a choice; who has gone and comes back is not looked out for.
func TestALicenseRemembersWhatItLooksOutFor(t *testing.T) {
	t.Parallel()
	l, ann := newLicenseOf(0, "lic"), &teammate{id: "tm_ann"}
	for n := uint64(1); n <= recentNotes+1; n++ {
		l.choose(chosen{note: n, teammate: ann, at: time.Duration(n)})
	}
	if _, ok := l.choice(1); ok {
		t.Error("the first choice is remembered for ever")
	}
	if c, ok := l.choice(2); !ok || c.at != 2 {
		t.Errorf("the second choice is %+v", c)
	}
	l.forget(ann)
	if _, ok := l.choice(2); ok {
		t.Error("the choice of who has gone is looked out for")
	}
	if _, ok := l.choice(0); ok {
		t.Error("there is a choice without a note")
	}
	l.free(3, time.Second)
	if at, ok := l.filled(3); !ok || at != time.Second {
		t.Error("a seat that was given back is not known")
	}
	if _, ok := l.filled(3); ok {
		t.Error("it is filled twice")
	}
}
