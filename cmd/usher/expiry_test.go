package main

import (
	"testing"
	"time"

	"usher/gateway/client"
)

// A license ends at its moment, for those who work on it, too.
func TestALicenseEndsByItself(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	ann, _ := login(t, "Ann", p)
	ends := time.Now().Add(time.Second).UTC()
	if status, answer := p.call(p.demo.APIKey, "PATCH", p.license(""), map[string]any{"expires": ends.Format(time.RFC3339Nano)}); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	lost := await(ann, func(client.SeatLost) bool { return true })
	if lost.Lost.Reason != "license_expired" || time.Now().Before(ends) {
		t.Errorf("%+v, %s before the end", lost, time.Until(ends))
	}
	if _, summary := p.call(p.demo.token("Meg"), "GET", p.license("/summary"), nil); summary["status"] != "expired" || summary["used"] != 0. {
		t.Errorf("%v", summary)
	}
	later := map[string]any{"status": "active", "expires": nil}
	if status, answer := p.call(p.demo.APIKey, "PATCH", p.license(""), later); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	if seat := ann.take(); seat.State != "held" {
		t.Errorf("%+v", seat)
	}
}
