package wire_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/gateway/wire"
)

var frameBlocks = regexp.MustCompile("(?s)```json ?([^\n]*)\n(.*?)\n```")

// What the guide shows are golden frames, broken into lines.
func TestFramesInTheGuideAreGolden(t *testing.T) {
	t.Parallel()
	blocks := frameBlocks.FindAllStringSubmatch(wire.Guide(), -1)
	if len(blocks) < 10 {
		t.Errorf("%d frames", len(blocks))
	}
	for _, b := range blocks {
		want, err := os.ReadFile(filepath.Join("testdata", b[1]+".json"))
		if err != nil {
			t.Error(err)
			continue
		}
		var got bytes.Buffer
		if err := json.Compact(&got, []byte(b[2])); err != nil {
			t.Errorf("%s: %v", b[1], err)
		} else if diff := cmp.Diff(strings.TrimSpace(string(want)), got.String()); diff != "" {
			t.Errorf("%s (-golden +guide):\n%s", b[1], diff)
		}
	}
}

// The guide tells of every type of frame, every error and every close code.
func TestTheGuideHasAll(t *testing.T) {
	t.Parallel()
	prose, _, _ := strings.Cut(wire.Guide(), "```js\n")
	d := document(t)
	said := slices.Concat(valuesOf(t, "Type"), valuesOf(t, "Code"), valuesOf(t, "Close"), valuesOf(t, "Cause"), valuesOf(t, "Status"), valuesOf(t, "Seat"))
	said = append(said, words(d.At("components", "schemas", "SeatLost", "properties", "reason", "enum"))...)
	said = append(said, words(d.At("components", "schemas", "SeatRefused", "properties", "code", "enum"))...)
	for _, word := range said {
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`).MatchString(prose) {
			t.Errorf("the guide does not tell of %s", word)
		}
	}
}
