package loadtest

import (
	"encoding/json"
	"testing"
)

func TestScanFindsFieldsAndElements(t *testing.T) {
	t.Parallel()
	object := []byte(` {"a":1, "b" : [ {"x":"]}\"\\"} ,2,[]],"c":{"d":null},"e":"","f":true} `)
	got := map[string]string{}
	if !fields(object, func(name, value []byte) bool { got[string(name)] = string(value); return true }) {
		t.Fatal("no object")
	}
	for name, want := range map[string]string{"a": "1", "b": `[ {"x":"]}\"\\"} ,2,[]]`, "c": `{"d":null}`, "e": `""`, "f": "true"} {
		if got[name] != want {
			t.Errorf("%s is %q, not %q", name, got[name], want)
		}
	}
	if len(got) != 5 {
		t.Errorf("%q", got)
	}
	var parts []string
	if !elements(field(object, "b"), func(value []byte) bool { parts = append(parts, string(value)); return true }) {
		t.Fatal("no array")
	}
	if len(parts) != 3 || parts[0] != `{"x":"]}\"\\"}` || parts[1] != "2" || parts[2] != "[]" {
		t.Errorf("%q", parts)
	}
	if field(object, "g") != nil || string(text([]byte(`"tm_1"`))) != "tm_1" || text([]byte(`"\n"`)) != nil || text(nil) != nil {
		t.Error("what is not there is found, or what is there is not")
	}
}

// Whatever comes, the scanner ends; and of what is JSON it finds what the decoder finds.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{``, `{`, `{"a"`, `{"a":`, `{"a":{`, `{"a":[1,{"b":"\\"}]}`, `{"a":"\`, `[[],{}`, `{:}`, `{"a"}`, `[,]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		count := 0
		fields(b, func(_, value []byte) bool {
			elements(value, func([]byte) bool { count++; return true })
			count++
			return true
		})
		var object map[string]json.RawMessage
		if json.Unmarshal(b, &object) != nil || object == nil {
			return
		}
		found := map[string]bool{}
		if !fields(b, func(name, value []byte) bool {
			if !json.Valid(value) {
				t.Errorf("%s is no value", value)
			}
			found[string(name)] = true
			return true
		}) {
			t.Errorf("%s is an object", b)
		}
		if len(found) < len(object) {
			t.Errorf("%d fields of %d", len(found), len(object))
		}
	})
}
