// Package console has the pages that people are shown. They are embedded files that use the interfaces everybody uses.
package console

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
)

//go:embed account.html
var account string

// Account is the page on which an invitation is accepted, at /join, and a password is chosen, at /reset. The token of the mail stands behind
// the # of the page's address, so that it is sent to nobody but with the form.
func Account() http.Handler { return page(account) }

// page serves an HTML page that may run its own script and style, and nothing else.
func page(html string) http.Handler {
	policy := "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src " +
		hash(html, "<script>", "</script>") + "; style-src " + hash(html, "<style>", "</style>")
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write([]byte(html)) // the browser may be gone
	})
}

// hash is what a content security policy names a part of the page by.
func hash(html, begin, end string) string {
	_, rest, _ := strings.Cut(html, begin)
	part, _, _ := strings.Cut(rest, end)
	sum := sha256.Sum256([]byte(part))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
