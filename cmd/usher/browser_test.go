package main

import (
	"context"
	"encoding/hex"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"usher/internal/auth"
	"usher/internal/smtptest"
)

// browser is a real one, for this test alone. Where none is installed the test is left out, or fails with USHER_TEST_REQUIRE_BROWSER=1.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		const text = "no Chromium is installed, so nothing was looked at in a browser; install it (Debian: chromium)"
		if os.Getenv("USHER_TEST_REQUIRE_BROWSER") != "" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Somebody opens the link of the mail in a browser, chooses a name and a password, and is a teammate.
func TestTheJoinPage(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	mail := smtptest.Start(t)
	p := &post{process: startDemo(t, t.TempDir(), "--smtp-url", mail.URL(), "--mail-from", "usher@example.com"), mail: mail}
	p.api("POST", p.process.license("/invitations"), map[string]any{"invitations": []map[string]any{{"email": "new@example.com", "operator": true, "administrator": false}}}, 200)
	token := p.invited("new@example.com", 1)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	read := func(action chromedp.Action[string]) string {
		t.Helper()
		text, err := chromedp.Run(ctx, action)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	do(chromedp.Navigate(p.url+"/join#"+token), chromedp.WaitVisible("#form"))
	address := read(chromedp.Location())
	do(chromedp.SendKeys("#name", "Newcomer"), chromedp.SendKeys("#password", "aaaaaaaaaaaa"), chromedp.Click("#send"), chromedp.WaitVisible("#problem"))
	problem := read(chromedp.Text("#problem"))
	do(chromedp.SetValue("#password", "correct horse battery"), chromedp.Click("#send"), chromedp.WaitVisible("#done"))
	done := read(chromedp.Text("#done"))
	if strings.Contains(address, token) {
		t.Errorf("the token is left in the address: %s", address)
	}
	if !strings.Contains(problem, "one character over and over") {
		t.Errorf("a bad password: %q", problem)
	}
	if !strings.Contains(done, "Welcome to Acme Support, Newcomer.") {
		t.Errorf("%q", done)
	}
	if status, list := p.call(p.demo.APIKey, "GET", p.process.license("/invitations?state=accepted"), nil); status != 200 || len(list["items"].([]any)) != 1 {
		t.Errorf("%d %v", status, list)
	}
	if log := p.stderr.String(); strings.Contains(log, token) || strings.Contains(log, hex.EncodeToString(auth.HashMailToken(token))) {
		t.Error("the token stands in the log")
	}
}
