package presencemem

import (
	"reflect"
	"testing"
	"time"

	"usher/presence"
)

// TestSame: entries that are another in any one field are not the same.
func TestSame(t *testing.T) {
	t.Parallel()
	if a, b := (presence.Entry{Note: "lunch"}), (presence.Entry{Note: "lunch"}); !same(&a, &b) {
		t.Fatal("what is alike is not the same")
	}
	kind := reflect.TypeFor[presence.Entry]()
	for i := range kind.NumField() {
		var a, b presence.Entry
		field := reflect.ValueOf(&b).Elem().Field(i)
		switch value := field.Addr().Interface().(type) {
		case *bool:
			*value = true
		case *time.Time:
			*value = start
		case *presence.Seen:
			value.Shown = start
		case *[]presence.Device:
			*value = []presence.Device{{Session: "ses-1"}}
		default:
			field.SetString("another")
		}
		if same(&a, &b) {
			t.Errorf("%s may be another, and the entries are the same still", kind.Field(i).Name)
		}
	}
}
