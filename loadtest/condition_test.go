package loadtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// known is a result of which every figure can be told by heart.
func known() Result {
	r := Result{
		Parts: 1, Plan: Plan{Part: 1, Parts: 1}, Seconds: 10, Timings: map[Metric]*Timing{Login: {}},
		Counts: map[string]int64{CountLogins: 5000, CountTakes: 40}, Errors: map[string]int64{"4002": 1, "unavailable": 2}, Refusals: map[string]int64{"seats_full": 9},
		Timeline: []Second{{At: 0, Connected: 10}, {At: 1, Connected: 2000}, {At: 2, Connected: 50}},
		Servers:  []Server{{CPUSeconds: 3, MemoryBytes: 10e6}, {CPUSeconds: 2, MemoryBytes: 14e6}},
	}
	for range 100 {
		r.Timings[Login].Observe(150 * time.Millisecond)
	}
	return r
}

func TestConditionsAreJudged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		condition string
		ok        bool
		said      string
	}{
		{"login_p99<200ms", true, "login_p99<200ms: it is 150 ms"},
		{" login_p50 <= 0.1s ", false, "login_p50<=0.1s: it is 150 ms"},
		{"login_max>1ms", true, "login_max>1ms: it is 150 ms"},
		{"errors=0", false, "errors=0: it is 3"},
		{"errors==3", true, "errors==3: it is 3"},
		{"errors!=3", false, "errors!=3: it is 3"},
		{"refusals<10", true, "refusals<10: it is 9"},
		{"violations=0", true, "violations=0: it is 0"},
		{"hand_overs=0", true, "hand_overs=0: it is 0"},
		{"logins>=5e3", true, "logins>=5e3: it is 5,000"},
		{"login_rate>500", false, "login_rate>500: it is 500 /s"},
		{"login_rate>=499.5/s", true, "login_rate>=499.5/s: it is 500 /s"},
		{"server_cpu_per_login<=1ms", true, "server_cpu_per_login<=1ms: it is 1 ms"},
		{"server_memory_per_agent<12kB", false, "server_memory_per_agent<12kB: it is 12 kB"},
		{"server_memory_per_agent<12 KiB", true, "server_memory_per_agent<12 KiB: it is 12 kB"},
	}
	for _, test := range tests {
		c, err := ParseCondition(test.condition)
		if err != nil {
			t.Error(err)
			continue
		}
		ok, said, err := c.Holds(known())
		if ok != test.ok || said != test.said || err != nil {
			t.Errorf("%s: %v, %q, %v; not %v, %q", test.condition, ok, said, err, test.ok, test.said)
		}
	}
}

func TestConditionsThatMakeNoSenseSayWhatWould(t *testing.T) {
	t.Parallel()
	tests := []struct{ condition, want string }{
		{"", `condition "": give a name, one of < <= > >= = != and a bound, like login_p99<200ms or errors=0`},
		{"errors", "give a name, one of"},
		{"errors<", "give a name, one of"},
		{"errors=<5", `"<5" is no number: give one like 0 or 25`},
		{"errors<-1", `"-1" is no number`},
		{"errors<NaN", `"NaN" is no number`},
		{"login_p99<200", `"200" is no duration: give one like 200ms, 1.5s or 80us`},
		{"login_p99<-1s", `"-1s" is no duration`},
		{"login_rate>500ms", `"500ms" is no rate: give how many a second, like 500`},
		{"server_memory_per_agent<12", `"12" is no size: give one like 800B, 12kB, 64KiB or 1.5GB`},
		{"server_memory_per_agent<manyB", `"manyB" is no size`},
		{"login_p98<1s", "nothing is called login_p98: the names are login take release seen_here seen_across reconnect, each with _p50 _p90 _p95 _p99 _p999 _max; violations errors refusals logins "},
	}
	for _, test := range tests {
		if _, err := ParseCondition(test.condition); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, not %q", test.condition, err, test.want)
		}
	}
}

// What was not measured is neither met nor missed.
func TestAConditionOnWhatWasNotMeasuredIsAnError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"take_p99<1s", "server_redis_per_login<=3", "client_cpu_per_login<1ms"} {
		c, err := ParseCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		if ok, said, err := c.Holds(known()); ok || said != "" || err == nil {
			t.Errorf("%s: %v, %q, %v", text, ok, said, err)
		}
	}
	if ok, _, err := (Condition{}).Holds(known()); ok || err == nil {
		t.Error("the zero condition holds")
	}
}

func TestFiguresHaveDifferentNames(t *testing.T) {
	t.Parallel()
	var names []string
	for _, f := range figures {
		names = append(names, f.name)
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error(names)
	}
}

func FuzzParseCondition(f *testing.F) {
	for _, seed := range []string{"login_p99<200ms", "errors=0", "login_rate>=1e3/s", "server_memory_per_agent<12 KiB", "a<b", "=", "µ<1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCondition(s)
		if err != nil {
			return
		}
		again, err := ParseCondition(c.String())
		if err != nil {
			t.Fatalf("%q is read, and what it says of itself is not: %v", s, err)
		}
		if again.bound != c.bound || again.figure.name != c.figure.name || again.String() != c.String() {
			t.Fatalf("%q becomes %q", c, again)
		}
	})
}
