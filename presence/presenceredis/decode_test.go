package presenceredis_test

import (
	"testing"

	"usher/internal/lease"
	"usher/presence/presenceredis"
)

// Whatever is announced is read or refused.
func FuzzDecodeChange(f *testing.F) {
	head := "*4;$1;1$1;2$1;3$1;0"
	entry := lease.Pack([]string{"ann", "Ann", "1", "0", "online", "", "0", "1", "0", "1", "1", "1", "1", "s1", "web", "n1", "1", "0"})
	for _, seed := range []string{
		"", "*0;", "*1;$1;9", "*8;$1;1$1;1" + head + "$1;0$1;0*0;*0;*0;",
		"*8;$1;1$1;1" + head + "$1;0$1;0*1;$" + "3;abc" + "*0;*0;", "*8;$1;1$1;1" + head + "$1;0$1;0*0;*1;$3;bob*1;*3;$2;s1$7;resumed$0;",
		"*8;$1;1$1;1" + head + "$1;0$1;0*1;" + lease.Pack([]string{entry})[3:] + "*0;*0;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, packed string) {
		c, err := presenceredis.DecodeChange(packed)
		if err != nil && (len(c.Entries) > 0 || c.Epoch != "") {
			t.Errorf("%+v with %v", c, err)
		}
	})
}
