package gateway_test

import (
	"slices"
	"testing"
	"time"

	"usher/gateway"
)

// A thousand agents are told of a change: the server's CPU, in a process of its own, beside
//
//	raw    one that does nothing but write as many bytes to as many sockets
//	bare   one that tells them with the library's Conn.Write
//
// and the same with eight changes within a tick, beside eight Conn.Write each.
func BenchmarkFanout(b *testing.B) {
	const agents, rounds = 1000, 15
	tokens := gateway.NewCrowdRecords(agents).CrowdTokens(1)
	crowd := map[string]*fanoutCrowd{}
	for _, what := range []string{"ours", "raw", "bare"} {
		crowd[what] = newFanoutCrowd(b, what, tokens)
	}
	ours, raw, bare := crowd["ours"], crowd["raw"], crowd["bare"]
	size := func(changes int) int { // of what is heard then, with the frame's header
		ours.round(order{Change: changes}, 1)
		return ours.all[0].length + 4
	}
	one, eight := size(1), size(8)
	for b.Loop() {
		var spent [5][]time.Duration
		for range rounds {
			for i, cpu := range []time.Duration{
				ours.round(order{Change: 1}, 1), raw.round(order{Write: 1, Bytes: one}, 1), bare.round(order{Write: 1, Bytes: one - 4}, 1),
				ours.round(order{Change: 8}, 1), bare.round(order{Write: 8, Bytes: one - 4}, 8),
			} {
				spent[i] = append(spent[i], cpu)
			}
		}
		per := func(i int) float64 {
			slices.Sort(spent[i])
			return float64(spent[i][rounds/2].Nanoseconds()) / agents
		}
		b.ReportMetric(per(0), "ns/told")
		b.ReportMetric(per(1), "raw-ns/told")
		b.ReportMetric(per(0)/per(1), "x-raw")
		b.ReportMetric(per(0)/per(2), "x-Write")
		b.ReportMetric(per(3), "8-changes-ns/told")
		b.ReportMetric(per(3)/per(4), "x-8-Writes")
	}
	b.ReportMetric(0, "ns/op")
	b.Logf("a change is %d bytes, eight are %d", one, eight)
}

// fanoutCrowd are those who are told by one server.
type fanoutCrowd struct {
	*audience
	child *child
}

func newFanoutCrowd(b *testing.B, what string, tokens []string) *fanoutCrowd {
	b.Helper()
	c := newChild(b, what, childSpec{Agents: len(tokens)})
	f := &fanoutCrowd{newAudience(b, &node{url: c.url}, nil), c}
	f.joinAll(tokens, `,"seat":"none"`, 32)
	time.Sleep(2 * time.Second) // what is merged yet is shown
	return f
}

// round has all told, and returns what CPU that took.
func (f *fanoutCrowd) round(o order, frames int) time.Duration {
	time.Sleep(150 * time.Millisecond) // the tick for so many: each change comes alone
	before := f.child.tell(order{})
	told := f.frames.start(len(f.all) * frames)
	f.child.tell(o)
	<-told
	return f.child.tell(order{}).CPU - before.CPU
}
