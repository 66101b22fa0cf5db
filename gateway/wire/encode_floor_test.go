package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"usher/gateway/wire"
)

// What is put together by hand has each field of its type: one that is added there is not lost.
func TestNoFieldIsForgottenByHand(t *testing.T) {
	t.Parallel()
	for _, data := range []any{wire.Welcome{Seat: wire.Seat{State: wire.SeatNone}}, wire.RosterDelta{}, wire.Board{}} {
		var frame struct{ Data map[string]json.RawMessage }
		if err := json.Unmarshal(wire.Push("any", data), &frame); err != nil {
			t.Fatal(err)
		}
		of := reflect.TypeOf(data)
		for field := range of.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if _, there := frame.Data[name]; !there && options == "" && field.IsExported() {
				t.Errorf("%s lacks %s", of.Name(), name)
			}
		}
	}
}
