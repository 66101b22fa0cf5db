package loadtest

import (
	"math"
	"math/rand/v2"
	"time"
)

var began = time.Date(2030, 1, 2, 9, 0, 0, 0, time.UTC)

// sampleRun is what may come of a storm of so many seconds: agents log in, take, wait, and lose seats.
func sampleRun(seconds, agents int) Result {
	draw := rand.New(rand.NewPCG(1, uint64(seconds)))
	const licenses = 40
	seats := int64(agents) * 3 / 5
	r := Result{
		Plan: Plan{
			Scenario: Mixed, Seed: 7, Licenses: licenses, Agents: max(agents/licenses, 1), Cap: max(int(seats)/licenses, 1), Devices: 1, Operators: 0.9,
			Warmup: 5 * time.Second, Ramp: 20 * time.Second, Duration: time.Duration(seconds) * time.Second, Part: 1, Parts: 1,
		},
		Began: began, Seconds: float64(seconds), Parts: 1,
		Timings: map[Metric]*Timing{}, Counts: map[string]int64{},
		Errors:   map[string]int64{"unavailable": 12, "4002": 3, "1006": 1},
		Refusals: map[string]int64{"seats_full": int64(agents) / 3, "cooldown": 4, "not_operator": int64(agents) / 10},
		Grants:   map[string]int64{CauseAnswer: int64(agents), "waitlist": int64(agents) / 2, "hand_over": int64(agents) / 9, "recovered": 2},
		Losses:   map[string]int64{"freed": 12, "handed_over": int64(agents) / 9, "left": 40, "idle": 3},
		Client:   Process{CPUSeconds: 31.4, MemoryBytes: 210e6},
		Verdict:  Verdict{Checked: map[Promise]int64{1: int64(agents) * 9, 3: int64(agents) * 5, 5: int64(agents) * 5, 6: 3210, 8: licenses, 9: licenses * 2}, Unchecked: map[Promise]int64{6: 12}},
		Servers: []Server{
			{URL: "http://127.0.0.1:8080", CPUSeconds: 41.5, MemoryBytes: 184e6, RedisCommands: 51234},
			{URL: "http://127.0.0.1:8081", CPUSeconds: 39.25, MemoryBytes: 179e6, RedisCommands: 50112},
		},
	}
	middle := map[Metric]float64{Login: 0.012, Take: 0.0023, Release: 0.0041, SeenHere: 0.018, SeenAcross: 0.024, Reconnect: 0.4}
	for _, m := range knownMetrics {
		r.Timings[m.metric] = &Timing{}
	}
	for at := range seconds {
		ramped := math.Min(1, float64(at+1)/float64(max(min(20, seconds/3), 1)))
		busy := 1 + 0.3*math.Sin(float64(at)/30)
		slow := 1.0
		if seconds > 40 && at > seconds/2 && at < seconds/2+3 {
			slow = 25
		}
		s := Second{
			At: at, Connected: int64(float64(agents) * ramped), Seats: seats, Held: int64(float64(seats) * math.Min(1, ramped*1.2)),
			Waiting: int64(float64(agents) / 8 * ramped * busy), P50: Moments{}, P99: Moments{},
			Logins: int64(float64(agents)/60*busy) + draw.Int64N(20), Takes: int64(float64(agents)/70*busy) + draw.Int64N(20),
			Grants: int64(float64(agents)/80*busy) + draw.Int64N(20), Releases: int64(float64(agents)/90*busy) + draw.Int64N(20),
			Refusals: draw.Int64N(9), Losses: draw.Int64N(5), Frames: int64(float64(agents)*busy) + draw.Int64N(500),
			CPU: new(1.2 * busy * slow / (slow + 1) * 1.5), Memory: new(363e6 * ramped), Redis: new(float64(agents) / 20 * busy),
		}
		s.Bytes = s.Frames * 310
		for _, of := range knownMetrics {
			metric, m := of.metric, middle[of.metric]
			n := 20 + draw.IntN(20)
			var worst, all float64
			for range n {
				took := m * slow * math.Exp(draw.NormFloat64()*0.6)
				r.Timings[metric].Observe(time.Duration(took * float64(time.Second)))
				worst, all = math.Max(worst, took), all+took
			}
			s.P50[metric], s.P99[metric] = all/float64(n)*1000, worst*1000
		}
		r.Counts[CountLogins] += s.Logins
		r.Counts[CountTakes] += s.Takes
		r.Counts[CountGrants] += s.Grants
		r.Counts[CountReleases] += s.Releases
		r.Counts[CountFrames] += s.Frames
		r.Counts[CountBytes] += s.Bytes
		r.Timeline = append(r.Timeline, s)
	}
	r.Counts[CountHandOvers], r.Counts[CountReconnects] = r.Losses["handed_over"], int64(agents)
	return r
}

// broken is a sample whose oracle has seen promises broken.
func broken() Result {
	r := sampleRun(90, 2000)
	r.Verdict.Violations = []Violation{
		{
			Promise: 1, License: "lic_load_017", At: 41.207, What: "13 seats were held at once, and the total is 12",
			Evidence: []string{
				" 41.181 s  tm_03/0  asked seat.take (call 4)",
				" 41.190 s  tm_03/0  held number 12, fence 1000000031",
				" 41.199 s  tm_11/0  asked seat.take (call 2)",
				" 41.207 s  tm_11/0  held number 12, fence 1000000032",
			},
		},
		{Promise: 3, License: "lic_load_017", At: 41.311, What: "fence 1000000030 was granted after 1000000032", Evidence: []string{" 41.311 s  tm_09/0  granted number 4, fence 1000000030, from the waitlist"}},
	}
	return r
}
