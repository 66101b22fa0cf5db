package loadtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var keep = flag.String("reports", "", "directory to leave the reports of the samples in, to be looked at")

func page(t *testing.T, name string, r Result) string {
	t.Helper()
	var w bytes.Buffer
	if err := WriteReport(&w, r); err != nil {
		t.Fatal(err)
	}
	if *keep != "" {
		if err := os.WriteFile(filepath.Join(*keep, name+".html"), w.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w.String()
}

func TestX(t *testing.T) {
	for name, r := range map[string]Result{"ordinary": sample(90, 2000), "violations": broken(), "nothing": {}, "second": sample(1, 1), "agent": sample(30, 1), "long": sample(10800, 19000), "huge": huge()} {
		t.Log(name, len(page(t, name, r)))
	}
}
