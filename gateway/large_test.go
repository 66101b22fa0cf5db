package gateway_test

import (
	"maps"
	"testing"
	"time"

	"usher/gateway"
)

// merging leaves the ticks as they are by default. A busy machine is not a dead peer.
func merging(o *gateway.Options) {
	o.BoardTick = 0
	o.PingInterval, o.FrameTimeout, o.EngineTimeout = time.Hour, time.Minute, time.Minute
}

// Hundreds log in at once over sockets, most of them to look only. Changes are merged: each client gets as many frames as
// there are ticks, not logins; all have the same board and roster in the end; and nobody who reads is closed.
func TestALargeLicenseLogsIn(t *testing.T) {
	t.Parallel()
	const agents, seated = 1000 / gateway.CrowdShare, 100 / gateway.CrowdShare
	h := newHouse(t, seated)
	h.records.HireAll(agents)
	n := h.node(merging)
	a := newAudience(t, n, gateway.NewGallery())
	tokens := gateway.Hired(agents)
	began := time.Now()
	a.joinAll(tokens[:seated], "", 32)
	a.joinAll(tokens[seated:], `,"seat":"none"`, 32)
	most := int(time.Since(began)/(20*time.Millisecond)) + 2
	a.expectShown(true)
	a.expectSound()
	for _, l := range a.all {
		frames := look(l, func(g *gateway.Glance) map[string]int { return maps.Clone(g.Frames) })
		if got := max(frames["roster.changed"], frames["board.changed"]); got > most {
			t.Fatalf("%d frames, there were %d ticks", got, most)
		}
	}
}

// One who does not want the roster hears nothing of it, and nothing of logins that take no seat.
func TestALargeRosterCostsNothingWhereItIsNotWanted(t *testing.T) {
	t.Parallel()
	const agents = 500 / gateway.CrowdShare
	h := newHouse(t, 1)
	h.records.HireAll(agents)
	a := newAudience(t, h.node(merging), gateway.NewGallery())
	a.joinAll(gateway.Hired(agents), `,"seat":"none","roster":"none"`, 32)
	a.expectShown(false)
	a.expectSound()
	for _, l := range a.all {
		if frames := look(l, func(g *gateway.Glance) map[string]int { return maps.Clone(g.Frames) }); len(frames) != 1 || frames["welcome"] != 1 {
			t.Fatalf("%v", frames)
		}
	}
}
