package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"usher/internal/directory"
)

// The README's tables have every setting and every field of a policy, and none that there is not.
func TestReadmeHasAllSettings(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	help, stderr, code := usher(t, nil, "serve", "--help")
	if code != 0 {
		t.Fatalf("%d: %s", code, stderr)
	}
	variables := names(help, `\$(USHER_[A-Z_]+)`)
	delete(variables, "USHER_CONFIG")
	same(t, "settings", names(rowHeads(string(text)), "`(USHER_[A-Z_]+)`"), variables)
	same(t, "policy", names(rowHeads(string(text)), "`([a-z_.]+)`"), policyFields(reflect.TypeFor[directory.Policy](), ""))
}

// rowHeads are the first cells of all tables.
func rowHeads(markdown string) string {
	var heads strings.Builder
	for line := range strings.Lines(markdown) {
		if cell, ok := strings.CutPrefix(line, "| "); ok {
			cell, _, _ = strings.Cut(cell, " |")
			heads.WriteString(cell + "\n")
		}
	}
	return heads.String()
}

func names(text, pattern string) map[string]bool {
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return found
}

func policyFields(of reflect.Type, in string) map[string]bool {
	fields := map[string]bool{}
	for f := range of.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Type.Kind() != reflect.Struct {
			fields[in+name] = true
			continue
		}
		for inner := range policyFields(f.Type, in+name+".") {
			fields[inner] = true
		}
	}
	return fields
}

func same(t *testing.T, what string, got, want map[string]bool) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: none were found in the code", what)
	}
	for name := range want {
		if !got[name] {
			t.Errorf("%s: the README lacks %s", what, name)
		}
	}
	for name := range got {
		if !want[name] {
			t.Errorf("%s: the README has %s, which there is not", what, name)
		}
	}
}
