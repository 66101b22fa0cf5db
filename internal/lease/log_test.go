package lease

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestLibraryLogIsALineOfOurs(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	libraryLog{slog.New(slog.NewTextHandler(&b, nil))}.Printf(t.Context(), "pool: %s failed\n", "dial")
	if got := b.String(); !strings.Contains(got, `level=WARN msg="redis client" says="pool: dial failed"`) || strings.Count(got, "\n") != 1 {
		t.Errorf("logged %q", got)
	}
}
