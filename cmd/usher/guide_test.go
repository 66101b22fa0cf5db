package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher/gateway/wire"
)

// What the demo says to type can be typed: its frames are frames, and each token that is used was given.
func TestGuideCanBeFollowed(t *testing.T) {
	t.Parallel()
	d := demo{URL: "http://127.0.0.1:8080", License: demoLicense}
	for _, m := range demoTeammates() {
		d.Teammates = append(d.Teammates, demoTeammate{m.ID, m.Name, m.Operator, m.Administrator, "eyJ"})
	}
	guide := d.guide()
	types := []string{}
	for _, found := range regexp.MustCompile(`-x '([^']*)'`).FindAllStringSubmatch(guide, -1) {
		f, err := wire.DecodeClient([]byte(found[1]))
		if err != nil || f.ID == "" {
			t.Errorf("%s: %v", found[1], err)
		}
		types = append(types, f.Type)
	}
	for _, want := range []string{wire.TypeHello, wire.TypeSeatWait, wire.TypeSeatHandOver} {
		if !slices.Contains(types, want) {
			t.Errorf("no %s is sent", want)
		}
	}
	for _, used := range regexp.MustCompile(`\$([A-Z]+)`).FindAllStringSubmatch(guide, -1) {
		if !strings.Contains(guide, "export "+used[1]+"=") {
			t.Errorf("$%s is used and never given", used[1])
		}
	}
}
