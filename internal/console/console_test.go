package console_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"usher/internal/console"
)

// A page runs what it brings along, and nothing that somebody puts into it.
func TestPagesRunTheirOwnScriptAlone(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	console.Account().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/join", nil))
	policy := w.Header().Get("Content-Security-Policy")
	if w.Code != 200 || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Count(policy, "'sha256-") != 2 {
		t.Errorf("%d, %s", w.Code, policy)
	}
	if html := w.Body.String(); strings.Contains(html, "http://") || strings.Contains(html, "https://") || strings.Contains(html, " style=") || strings.Contains(html, " onclick") {
		t.Error("the page loads from elsewhere, or has what its policy forbids")
	}
}
