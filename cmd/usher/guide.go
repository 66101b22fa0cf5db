package main

import (
	"fmt"
	"strings"
)

// guide tells a newcomer what there is, and what to type to see an operator refused, waiting and let in, and a seat
// handed over.
func (d demo) guide() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("")
	line("Usher serves the demo license %s: %d seats, %d teammates.", d.License, demoCap, len(d.Teammates))
	line("")
	for _, t := range d.Teammates {
		line("  %-7s %-4s %s", t.ID, t.Name, role(t))
	}
	line("")
	line("Tokens, good for %d hours (paste this into every shell that you will use):", int(demoTTL.Hours()))
	line("")
	for _, t := range d.Teammates {
		line("  export %s=%s", strings.ToUpper(t.Name), t.Token)
	}
	line("  export API_KEY=%s", d.APIKey)
	line("")
	ws := strings.Replace(d.URL, "http", "ws", 1) + "/v1/agent"
	connect := func(who, then string) {
		line("  npx wscat -s usher.v1 -H \"Authorization: Bearer $%s\" -c %s -x '%s'%s", who, ws, `{"id":"1","type":"hello"}`, then)
	}
	line("1. Log four operators in, each in a terminal of its own. Any WebSocket client will do; with npx:")
	line("")
	for _, who := range []string{"ANN", "BOB", "CID"} {
		connect(who, " -w -1")
	}
	connect("DAN", ` -x '{"id":"2","type":"seat.wait"}' -w -1`)
	line("")
	line("   The first three are welcomed with a seat, Dan with \"refused\" / \"seats_full\" and who holds the seats; then he")
	line("   waits in line. (Ctrl-C is a dropped connection: a seat, or a place, is kept for 30 seconds.)")
	line("")
	line("2. Free Ann's seat as the administrator Meg, and look at the board:")
	line("")
	line("  curl -s -X POST -H \"Authorization: Bearer $MEG\" -H 'Content-Type: application/json' \\")
	line("    -d '{\"reason\":\"lunch\"}' %s/v1/licenses/%s/seats/tm_ann/free", d.URL, d.License)
	line("  curl -s -H \"Authorization: Bearer $MEG\" %s/v1/licenses/%s/seats", d.URL, d.License)
	line("")
	line("   Ann gets seat.lost and stays connected. In the same step Dan gets seat.granted, with a fence above all before.")
	line("")
	line("3. Log Eve in, who is refused and does not wait; and have Bob, on a second device, hand his seat over to her:")
	line("")
	connect("EVE", " -w -1")
	connect("BOB", ` -x '{"id":"2","type":"seat.hand_over","data":{"to":"tm_eve"}}'`)
	line("")
	line("   Eve gets seat.granted: the number stays, the fence is new. Bob's first device gets seat.lost.")
	line("")
	line("To write an app: %s/v1/guide   The HTTP API: %s/docs   Stop with Ctrl-C.", d.URL, d.URL)
	line("")
	return b.String()
}

func role(t demoTeammate) string {
	switch {
	case t.Operator && t.Administrator:
		return "operator and administrator"
	case t.Operator:
		return "operator"
	case t.Administrator:
		return "administrator"
	}
	return "neither"
}
