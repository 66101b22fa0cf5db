package loadtest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// timings compares histograms by what can be seen of them.
var timings = cmp.Comparer(func(a, b *Timing) bool {
	one, _ := json.Marshal(a)
	other, _ := json.Marshal(b)
	return bytes.Equal(one, other)
})

func wrote(t *testing.T, r Result) []byte {
	t.Helper()
	var to bytes.Buffer
	if err := WriteResult(&to, r); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

func TestAResultIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	want := broken()
	read, err := ReadResult(bytes.NewReader(wrote(t, want)), "a.json")
	if err != nil {
		t.Fatal(err)
	}
	want.Format = resultFormat
	if diff := cmp.Diff(want, read, timings); diff != "" {
		t.Error(diff)
	}
	if again := wrote(t, read); !bytes.Equal(again, wrote(t, want)) {
		t.Error("the same result makes other bytes")
	}
}

// What others read of a result stays where it is: a change of these keys is a change of the format.
func TestTheKeysOfAResultStay(t *testing.T) {
	t.Parallel()
	var read map[string]json.RawMessage
	if err := json.Unmarshal(wrote(t, sampleRun(2, 40)), &read); err != nil {
		t.Fatal(err)
	}
	keys := slices.Sorted(maps.Keys(read))
	want := []string{
		"began", "client", "counts", "errors", "format", "grants", "losses", "parts", "plan", "refusals", "seconds", "servers", "timeline", "timings", "verdict",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoResultIsRefusedByName(t *testing.T) {
	t.Parallel()
	whole := string(wrote(t, sampleRun(3, 40)))
	tests := []struct {
		name, text, want string
	}{
		{"nothing", "", "a.json: is not the result of a load test: give a file that usher loadtest has written with --json"},
		{"other JSON", `{"licenses":3}`, "a.json: is not the result of a load test"},
		{"no JSON", "<html>", "a.json: is not the result of a load test"},
		{"a later format", `{"format":2,"plan":"new"}`, "a.json: has format 2, and this usher reads format 1: use the usher that wrote it, or run the load test again"},
		{"another shape", `{"format":1,"plan":"new"}`, "a.json: is damaged: json: cannot unmarshal string"},
		{"no timing", `{"format":1,"plan":{"part":1,"parts":1},"parts":1,"timings":{"login":null}}`, "a.json: is damaged: timing login is null"},
		{"a histogram of others", strings.Replace(whole, `"histogram":"`, `"histogram":"AAAA`, 1), "a.json: is damaged: timing: "},
		{"time goes back", strings.Replace(whole, `{"at":1,`, `{"at":0,`, 1), "a.json: is damaged: second 0 of the timeline comes after second 0"},
		{"a part too high", strings.Replace(whole, `"part":1`, `"part":2`, 1), "a.json: is damaged: part 2 can't be one of the 1 that the plan has"},
		{"parts that do not add up", strings.Replace(whole, `"parts":1,"timings"`, `"parts":2,"timings"`, 1), "a.json: is damaged: it is of 2 parts, and names 1"},
		{"negative time", strings.Replace(whole, `"seconds":3`, `"seconds":-3`, 1), "a.json: is damaged: it took less than no time"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadResult(strings.NewReader(test.text), "a.json")
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%v, not %q", err, test.want)
			}
		})
	}
}
