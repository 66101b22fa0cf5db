package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/database"
	"usher/internal/smtptest"
)

// post is a deployment with a mail server.
type post struct {
	*process

	mail    *smtptest.Server
	dir     string
	args    []string
	license string
}

func (p *post) api(method, path string, body any, want int) map[string]any {
	p.t.Helper()
	status, answer := p.call(p.demo.APIKey, method, path, body)
	if status != want {
		p.t.Fatalf("%s %s: %d %v, want %d", method, path, status, answer, want)
	}
	return answer
}

// age has an invitation be sent so much earlier, as if the clock had gone on.
func (p *post) age(email string, by time.Duration) {
	p.t.Helper()
	db, err := database.Open(p.t.Context(), database.Options{URL: p.args[1], Dir: p.dir})
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	err = db.Write(p.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(p.t.Context(), `UPDATE invitations SET sent_at = sent_at - $1 WHERE license = $2 AND email = $3`, by.Milliseconds(), p.license, email)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// invited waits for the mail to somebody, the so manieth, and follows its link: it is the token behind the #.
func (p *post) invited(email string, nth int) (token string) {
	p.t.Helper()
	suffix := fmt.Sprintf(".%d@", nth)
	m := p.mail.Await("the invitation of "+email, func(m smtptest.Mail) bool {
		return m.To == email && strings.Contains(m.Subject, "invites you to") && strings.Contains(m.ID, suffix)
	})
	_, link, found := strings.Cut(m.Text, p.url+"/join#")
	if token, _, _ = strings.Cut(link, "\n"); !found || len(token) != 43 || !strings.Contains(m.HTML, p.url+"/join#"+token) {
		p.t.Fatalf("the mail has no link:\n%s", m.Text)
	}
	return token
}

func (p *post) accept(token, name string, want int) map[string]any {
	p.t.Helper()
	status, answer := p.call("", http.MethodPost, "/v1/invitations/accept", map[string]any{"token": token, "name": name, "password": "correct horse " + name})
	if status != want {
		p.t.Fatalf("%s accepts: %d %v, want %d", name, status, answer, want)
	}
	return answer
}

// told waits for a notice to whoever invited.
func (p *post) told(to, subject string) {
	p.t.Helper()
	p.mail.Await(subject, func(m smtptest.Mail) bool { return m.To == to && m.Subject == subject })
}

// restart kills the process, as a crash would, and starts it on what it has left.
func (p *post) restart() {
	p.t.Helper()
	p.kill()
	key := p.demo.APIKey
	p.process = startServe(p.t, p.dir, p.demo, p.args...)
	p.demo.APIKey = key
}

// enter logs in over the WebSocket with an access token, and returns the seat.
func (p *post) enter(token string) wire.Seat {
	p.t.Helper()
	events := make(chan client.Event, 1000)
	c, err := client.New(client.Options{
		URL: p.url + "/v1/agent", Token: func(context.Context) (string, error) { return token, nil }, OnEvent: func(e client.Event) { events <- e },
	})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Run(ctx)
	}()
	p.t.Cleanup(func() { cancel(); <-ended })
	for {
		select {
		case e := <-events:
			if w, ok := e.(client.Welcomed); ok {
				return w.Welcome.Seat
			}
		case <-time.After(patience):
			p.t.Fatal("no welcome")
		}
	}
}

// tells holds how often each value of a field is in a list of the license.
func (p *post) tells(list, field string, want map[string]int) {
	p.t.Helper()
	got := map[string]int{}
	items, _ := p.api("GET", "/v1/licenses/lic_story/"+list+"?limit=100", nil, 200)["items"].([]any)
	for _, item := range items {
		entry, _ := item.(map[string]any)
		got[fmt.Sprint(entry[field])]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.t.Errorf("%s tell %v, want %v", list, got, want)
	}
}

// A partner creates a license with two seats and invites five, while the mail server is down and the process dies; all get their mail, three join,
// one is asked again, one lets it be; whoever invited is told of each, and operators log in.
func TestStoryOfInvitations(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dir string, args ...string) {
		t.Helper()
		mail := smtptest.Start(t)
		args = append(args, "--smtp-url", mail.URL(), "--mail-from", "Usher <usher@example.com>")
		p := &post{process: startDemo(t, dir, args...), mail: mail, dir: dir, args: args, license: "lic_story"}
		mail.Down()
		people := []string{"ann", "bob", "cid", "dan", "eve"}
		var invite []map[string]any
		for _, name := range people {
			invite = append(invite, map[string]any{"email": name + "@example.com", "name": strings.ToUpper(name[:1]) + name[1:], "operator": true, "administrator": name == "eve", "invite": true})
		}
		created := p.api("POST", "/v1/licenses", map[string]any{"id": p.license, "name": "Story", "cap": 2, "price_cents": 2000, "teammates": invite}, 201)
		if invitations, _ := created["invitations"].([]any); len(invitations) != 5 {
			t.Fatalf("%v", created)
		}
		p.restart()
		mail.Up()

		tokens := map[string]string{}
		for _, name := range []string{"eve", "ann", "bob"} {
			joined := p.accept(p.invited(name+"@example.com", 1), strings.ToUpper(name[:1])+name[1:], 201)
			tokens[name], _ = joined["token"].(string)
			p.told(demoEmail, strings.ToUpper(name[:1])+name[1:]+" has joined Story")
		}

		// Eve, an administrator, asks Cid again: she is told, and the link before is good no more.
		old := p.invited("cid@example.com", 1)
		pending := p.api("GET", "/v1/licenses/lic_story/invitations?state=pending", nil, 200)
		items, _ := pending["items"].([]any)
		cid, _ := items[0].(map[string]any)
		resend := fmt.Sprintf("/v1/licenses/lic_story/invitations/%v/resend", cid["id"])
		p.age("cid@example.com", time.Minute)
		if status, answer := p.call(tokens["eve"], "POST", resend, nil); status != 200 {
			t.Fatalf("%d %v", status, answer)
		}
		newer := p.invited("cid@example.com", 2)
		p.accept(old, "Cid", 404)
		p.accept(newer, "Cid", 201)
		p.told("eve@example.com", "Cid has joined Story")

		// Dan lets it be.
		p.age("dan@example.com", 48*time.Hour)
		p.told(demoEmail, "dan@example.com has not picked up the invitation to Story")

		// They log in with their passwords, and enter.
		for _, name := range []string{"ann", "bob"} {
			status, in := p.call("", http.MethodPost, "/v1/login", map[string]any{"email": name + "@example.com", "password": "correct horse " + strings.ToUpper(name[:1]) + name[1:]})
			if tokens[name], _ = in["token"].(string); status != 200 {
				t.Fatalf("%s logs in: %d %v", name, status, in)
			}
		}
		if seat := p.enter(tokens["ann"]); seat.State != wire.SeatHeld {
			t.Errorf("ann: %+v", seat)
		}
		if seat := p.enter(tokens["bob"]); seat.State != wire.SeatHeld {
			t.Errorf("bob: %+v", seat)
		}
		if seat := p.enter(tokens["eve"]); seat.State != wire.SeatRefused || seat.Code != "seats_full" {
			t.Errorf("eve: %+v", seat)
		}

		p.told("eve@example.com", "Story: All 2 seats are used.")
		p.told("eve@example.com", "Story: Eve was refused: no seat was free.")

		p.restart() // and nothing is sent once more
		p.api("POST", "/v1/licenses/lic_story/invitations", map[string]any{"invitations": []map[string]any{{"email": "last@example.com", "operator": false, "administrator": false}}}, 200)
		p.invited("last@example.com", 1)
		var subjects []string
		for _, m := range mail.Mails() {
			subjects = append(subjects, m.To+": "+m.Subject)
		}
		slices.Sort(subjects)
		if unique := slices.Compact(slices.Clone(subjects)); len(unique) != 14 || len(subjects) != 14 { // Cid was invited by two
			t.Errorf("%d mails:\n%s", len(subjects), strings.Join(subjects, "\n"))
		}
		if status, answer := p.call(tokens["eve"], "POST", "/v1/licenses/lic_story/alerts/1/acknowledge", nil); status != 200 || answer["acknowledged_by"] == "" {
			t.Errorf("%d %v", status, answer)
		}
		p.tells("alerts", "kind", map[string]int{"invitation_accepted": 4, "invitation_stale": 1, "seats_full": 1, "refused": 1})
		p.tells("stays", "name", map[string]int{"Ann": 1, "Bob": 1})
		p.tells("refusals", "name", map[string]int{"Eve": 1})
		p.tells("audit", "action", map[string]int{
			"license.created": 1, "invitation.sent": 6, "invitation.resent": 1, "invitation.accepted": 4, "teammate.added": 4, "alert.acknowledged": 1,
		})
		usage := p.api("GET", "/v1/licenses/lic_story/usage", nil, 200)
		if usage["peak"] != 2. || usage["smallest_cap"] != 3. || fmt.Sprint(usage["cost"]) != "map[currency:USD month_cents:4000 smallest_cap_month_cents:6000]" {
			t.Errorf("usage: %v", usage)
		}
		for _, secret := range []string{old, newer, "correct horse"} {
			if strings.Contains(p.stderr.String(), secret) {
				t.Error("a secret stands in the log")
			}
		}
	})
}
