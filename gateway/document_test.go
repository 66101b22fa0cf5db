package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"usher/gateway/wire"
	"usher/gateway/wire/wiretest"

	"github.com/google/go-cmp/cmp"
)

func document(t *testing.T) *wiretest.Document {
	t.Helper()
	d, err := wiretest.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The engine's words go to clients as they are: the document has each of them, and no others.
func TestTheEnginesWordsAreInTheDocument(t *testing.T) {
	t.Parallel()
	all, err := wiretest.Constants("../seats")
	if err != nil {
		t.Fatal(err)
	}
	of := map[string][]string{}
	for _, c := range all {
		of[c.Type] = append(of[c.Type], c.Value)
	}
	d := document(t)
	shape := func(path ...string) []string {
		values, _ := d.At(append([]string{"components", "schemas"}, path...)...).([]any)
		words := make([]string, len(values))
		for i, v := range values {
			words[i] = fmt.Sprint(v)
		}
		return words
	}
	reasons := slices.DeleteFunc(of["Reason"], func(r string) bool { return r == "logged_out" }) // is told as left
	for what, pair := range map[string][2][]string{
		"refusals": {of["RefusalCode"], shape("SeatRefused", "properties", "code", "enum")},
		"rules":    {slices.Concat(of["Rule"], of["RefusalCode"]), shape("Explain", "properties", "rule", "enum")},
		"overage":  {of["Overage"], shape("Explain", "properties", "overage", "enum")},
		"routing":  {of["Routing"], shape("Routing", "enum")},
		"status":   {of["Status"], shape("License", "properties", "status", "enum")},
		"outcomes": {of["AskOutcome"], shape("AskAnswered", "properties", "outcome", "enum")},
		"reasons":  {append(reasons, "logged_out_remotely"), shape("SeatLost", "properties", "reason", "enum")},
	} {
		slices.Sort(pair[0])
		slices.Sort(pair[1])
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" || len(pair[0]) == 0 {
			t.Errorf("%s (-engine +document):\n%s", what, diff)
		}
	}
	for _, code := range slices.Concat(of["HandOverCode"], of["AskCode"]) {
		if !slices.Contains(shape("ErrorCode", "enum"), code) {
			t.Errorf("%s is no error of the document", code)
		}
	}
}

func TestLimitsAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	o := Options{Tokens: NewPlainTokens()}.withDefaults()
	want := map[string]any{
		"frame_bytes": o.FrameBytes, "pending": o.Pending, "frames_per_second": o.FramesPerSecond, "frame_burst": o.FrameBurst,
		"asks_per_second": askRate.perSecond, "ask_burst": askRate.burst, "outbox_bytes": o.OutboxBytes,
		"choices_per_second": choiceRate.perSecond, "choice_burst": choiceRate.burst, "roster_part_bytes": pageBytes,
		"hello_timeout_ms": wire.MS(o.HelloTimeout), "frame_timeout_ms": wire.MS(o.FrameTimeout), "ping_ms": wire.MS(o.PingInterval),
		"pong_timeout_ms": wire.MS(o.PongTimeout), "token_warning_ms": wire.MS(o.TokenWarning),
	}
	got, err := json.MarshalIndent(document(t).At("x-limits"), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	code, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(code), string(got)); diff != "" {
		t.Errorf("limits (-code +document):\n%s", diff)
	}
}
