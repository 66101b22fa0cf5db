package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"usher/internal/notify"
	"usher/internal/smtptest"
)

// orders are licenses that a partner asks for, each with a key, until they were told that it is there.
type orders struct {
	t    *testing.T
	mu   sync.Mutex
	made map[string]string // ids that were told, by key
	open []string          // keys of which nothing was told
}

// order asks for a license with an invitation, and notes the answer, or that there was none.
func (o *orders) order(p *process, key string) (told bool) {
	body, err := json.Marshal(map[string]any{
		"name": key, "cap": 1, "teammates": []map[string]any{{"email": key + "@example.com", "administrator": true, "invite": true}},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, p.url+"/v1/licenses", bytes.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.demo.APIKey)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	var made struct{ ID string }
	res, err := web.Do(req)
	if err == nil {
		err = json.NewDecoder(res.Body).Decode(&made)
		_ = res.Body.Close()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil || res.StatusCode != http.StatusCreated {
		o.open = append(o.open, key)
		return false
	}
	if before, known := o.made[key]; known && before != made.ID {
		o.t.Errorf("%s is %s, and was %s", key, made.ID, before)
	}
	o.made[key] = made.ID
	return true
}

// TestPromise10_KilledBetweenCommitAndReply kills the process at any moment while a partner orders licenses. What was acknowledged is there; what was
// not is asked for again with its key, and is there once; the audit log tells of each once, and each invitation is mailed, always with the same id.
func TestPromise10_KilledBetweenCommitAndReply(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dir string, args ...string) {
		t.Helper()
		mail := smtptest.Start(t)
		database := args
		args = append(args, "--smtp-url", mail.URL(), "--mail-from", "Usher <usher@example.com>")
		o := &orders{t: t, made: map[string]string{}}
		p := startDemo(t, dir, args...)
		key := p.demo.APIKey
		lots := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
		const kills, partners = 6, 4
		for kill := range kills {
			var ordering sync.WaitGroup
			for partner := range partners {
				ordering.Go(func() {
					n := 0
					for o.order(p, fmt.Sprintf("order-%d-%d-%d", kill, partner, n)) {
						n++
					}
				})
			}
			time.Sleep(time.Duration(20+lots.IntN(200)) * time.Millisecond) // any moment will do
			p.kill()
			ordering.Wait()
			p = startServe(t, dir, p.demo, args...)
			p.demo.APIKey = key
			again := o.open
			o.open = nil
			for _, key := range again {
				o.order(p, key)
			}
		}
		if len(o.open) > 0 || len(o.made) < kills*partners {
			t.Fatalf("%d were made, and of %v nothing was told", len(o.made), o.open)
		}
		found := map[string]string{}
		for cursor := ""; ; {
			_, page := p.call(key, "GET", "/v1/licenses?q=order-&limit=100&cursor="+cursor, nil)
			for _, item := range page["items"].([]any) {
				l := item.(map[string]any)
				if _, twice := found[l["name"].(string)]; twice {
					t.Errorf("%s is there twice", l["name"])
				}
				found[l["name"].(string)] = l["id"].(string)
			}
			next, more := page["next_cursor"].(string)
			if !more {
				break
			}
			cursor = next
		}
		if len(found) != len(o.made) {
			t.Errorf("%d licenses are there, and %d were acknowledged", len(found), len(o.made))
		}
		for name, id := range o.made {
			if found[name] != id {
				t.Errorf("%s was acknowledged as %s, and is %q", name, id, found[name])
			}
			did := map[string]int{}
			_, log := p.call(key, "GET", "/v1/licenses/"+id+"/audit", nil)
			for _, e := range log["items"].([]any) {
				did[e.(map[string]any)["action"].(string)]++
			}
			if fmt.Sprint(did) != "map[invitation.sent:1 license.created:1]" {
				t.Errorf("the audit log of %s tells %v", name, did)
			}
		}
		ids := map[string]string{}
		// What a process was about to send when it was killed is another's after a minute and a half.
		for deadline := time.Now().Add(notify.Hold + patience); len(ids) < len(o.made) && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			for _, m := range mail.Mails() {
				ids[m.To] = m.ID
			}
		}
		if len(ids) != len(o.made) {
			t.Errorf("%d got mail, want %d", len(ids), len(o.made))
		}
		for _, m := range mail.Mails() {
			if ids[m.To] != m.ID {
				t.Errorf("%s got mail with the ids %s and %s", m.To, ids[m.To], m.ID)
			}
		}
		if out, errs, code := usher(t, nil, append([]string{"audit", "verify", "--data-dir", dir}, database...)...); code != 0 {
			t.Errorf("the audit log: %s%s", out, errs)
		}
		t.Logf("%d licenses were ordered over %d kills", len(o.made), kills)
	})
}
