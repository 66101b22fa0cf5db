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

// Somebody opens the link of the mail in a browser, chooses a name and a password, and is a teammate; forgets the password, and chooses another.
func TestTheAccountPage(t *testing.T) {
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
	status, in := p.call("", "POST", "/v1/login", map[string]any{"email": "new@example.com", "password": "correct horse battery"})
	if status != 200 {
		t.Fatalf("logging in: %d %v", status, in)
	}

	if status, _ := p.call("", "POST", "/v1/password/forgot", map[string]any{"email": "new@example.com"}); status != 202 {
		t.Fatalf("forgotten: %d", status)
	}
	letter := mail.Await("a link", func(m smtptest.Mail) bool { return m.Subject == "Choose a new password for Acme Support" })
	_, link, _ := strings.Cut(letter.Text, p.url+"/reset#")
	reset, _, _ := strings.Cut(link, "\n")
	do(chromedp.Navigate(p.url+"/reset#"+reset), chromedp.WaitVisible("#form"), chromedp.SendKeys("#password", "another horse battery"), chromedp.Click("#send"), chromedp.WaitVisible("#done"))
	if done := read(chromedp.Text("#done")); !strings.Contains(done, "with new@example.com and your new password") {
		t.Errorf("%q", done)
	}
	for password, want := range map[string]int{"correct horse battery": 401, "another horse battery": 200} {
		if status, answer := p.call("", "POST", "/v1/login", map[string]any{"license": demoLicense, "email": "NEW@example.com", "password": password}); status != want {
			t.Errorf("%s: %d %v, want %d", password, status, answer, want)
		}
	}
	if status, answer := p.call("", "POST", "/v1/token/refresh", map[string]any{"refresh_token": in["refresh_token"]}); status != 401 {
		t.Errorf("a login of before: %d %v", status, answer)
	}
	if log := p.stderr.String(); strings.Contains(log, reset) || strings.Contains(log, token) || strings.Contains(log, hex.EncodeToString(auth.HashToken(token))) {
		t.Error("the token stands in the log")
	}
}
