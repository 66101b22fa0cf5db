package lease_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/internal/lease"
)

func TestPackedIsReadAsItWas(t *testing.T) {
	t.Parallel()
	for _, items := range [][]string{nil, {""}, {"a", "", "§ 3;$2*"}, {"\x00\xff\n", "*1;$0;"}} {
		got, err := lease.Unpack(lease.Pack(items))
		want := make([]any, len(items))
		for i, item := range items {
			want[i] = item
		}
		if err != nil {
			t.Errorf("%q: %v", items, err)
		}
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("%q: %s", items, diff)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	for _, seed := range []string{"", "*2;$1;a*1;$0;", "$5;abc", "*99999999999;", "*-1;", "*1;*1;*1;*1;*1;*1;*1;*1;*1;*1;$0;", "$0;x", "!1;a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, packed string) {
		value, err := lease.Unpack(packed)
		if (value == nil) == (err == nil) {
			t.Errorf("%q: value %v with error %v", packed, value, err)
		}
	})
}
