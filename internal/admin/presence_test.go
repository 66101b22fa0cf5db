package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/gateway/wire"
	"usher/internal/admin"
	"usher/internal/directory"
	"usher/presence"
)

const (
	rosterPath   = "/v1/licenses/lic/presence"
	sessionsPath = "/v1/licenses/lic/sessions"
	logoutAnn    = "/v1/licenses/lic/teammates/tm_ann/logout"
)

func TestPresenceIsTheWholeRosterInTruth(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	offline := h.clock.Now().Add(-time.Hour - time.Microsecond)
	h.floors.roster.Entries = append(h.floors.roster.Entries, presence.Entry{
		Teammate: "tm_ned", Name: "Ned", Status: presence.Offline, Since: offline, Seen: presence.Seen{At: offline, Shown: offline.Add(-time.Hour)},
	})
	ago := func(minutes int) string {
		return h.clock.Now().Add(-time.Duration(minutes) * time.Minute).UTC().Format(time.RFC3339Nano)
	}
	want := []string{
		`{"administrator":false,"devices":[{"device":"web","idle":false,"node":"node_a","session":"ses_2","since":"` + ago(9) + `"},` +
			`{"device":"","idle":true,"node":"node_b","session":"ses_1","since":"` + ago(5) + `"}],` +
			`"last_seen":null,"name":"Ann","note":"","operator":true,"since":"` + ago(9) + `","status":"online","teammate":"tm_ann"}`,
		`{"administrator":false,"devices":[{"device":"phone","idle":false,"node":"node_a","session":"ses_bob","since":"` + ago(4) + `"}],` +
			`"last_seen":null,"name":"Bob","note":"on a case","operator":true,"since":"` + ago(3) + `","status":"busy","teammate":"tm_bob","until":"` + ago(-5) + `"}`,
		`{"administrator":true,"devices":[{"device":"web","idle":false,"node":"node_b","session":"ses_eve","since":"` + ago(7) + `"}],` +
			`"last_seen":null,"name":"Eve","note":"","operator":true,"since":"` + ago(7) + `","status":"invisible","teammate":"tm_eve"}`,
		`{"administrator":true,"devices":[],"last_seen":null,"name":"Meg","note":"","operator":false,"since":null,"status":"offline","teammate":"tm_meg"}`,
	}
	got := h.call("GET", rosterPath, h.token("lic", "tm_meg"), "")
	if got.status != 200 || got.body["epoch"] != "3" || got.body["version"] != 42.0 {
		t.Errorf("got %d %s", got.status, got.raw)
	}
	roster := got.body["roster"].([]any)
	for i, w := range want {
		if shown, _ := json.Marshal(roster[i]); string(shown) != w {
			t.Errorf("got %s, want %s", shown, w)
		}
	}
	ned := roster[len(want)].(map[string]any)
	if ms := wire.Time(offline).Format(time.RFC3339Nano); ned["last_seen"] != ms || ned["since"] != ms {
		t.Errorf("got %v, want last seen at %s, to the millisecond", ned, ms)
	}

	// Entries are those of the feed: nothing is lost or added by reading one as the other.
	for _, e := range roster {
		shown, _ := json.Marshal(e)
		var entry wire.Entry
		strict := json.NewDecoder(bytes.NewReader(shown))
		strict.DisallowUnknownFields()
		h.must(strict.Decode(&entry))
		var back any
		again, err := json.Marshal(entry)
		h.must(errors.Join(err, json.Unmarshal(again, &back)))
		if d := cmp.Diff(e, back); d != "" {
			t.Errorf("the feed's: %s", d)
		}
	}
	h.floors.roster.Entries = nil
	if got := h.call("GET", rosterPath, h.key, ""); got.raw != `{"epoch":"3","roster":[],"version":42}`+"\n" {
		t.Errorf("of nobody: %s", got.raw)
	}
}

// sessions reads all pages of a list, and returns the ids on each.
func (h *house) sessions(query string) (pages []string) {
	h.t.Helper()
	cursor := ""
	for range 10 {
		got := h.call("GET", sessionsPath+"?"+query+cursor, h.key, "")
		got.want(h.t, query, 200, "")
		var ids []string
		for _, s := range got.body["items"].([]any) {
			ids = append(ids, s.(map[string]any)["session"].(string))
		}
		pages = append(pages, strings.Join(ids, " "))
		next, more := got.body["next_cursor"].(string)
		if !more {
			return pages
		}
		cursor = "&cursor=" + next
	}
	h.t.Errorf("%s: the list does not end", query)
	return pages
}

func TestSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for query, want := range map[string][]string{
		"":                            {"ses_1 ses_2 ses_bob"}, // not who is in grace
		"limit=2":                     {"ses_1 ses_2", "ses_bob"},
		"limit=1":                     {"ses_1", "ses_2", "ses_bob"},
		"limit=3":                     {"ses_1 ses_2 ses_bob"},
		"teammate=tm_ann":             {"ses_1 ses_2"},
		"teammate=tm_ann&limit=1":     {"ses_1", "ses_2"},
		"node=node_a":                 {"ses_2 ses_bob"},
		"node=node_a&teammate=tm_ann": {"ses_2"},
		"teammate=tm_meg":             {""},
		"teammate=tm_nobody":          {""},
	} {
		if got := h.sessions(query); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
	want := fmt.Sprintf(`{"items":[{"device":"","idle":true,"name":"Ann","node":"node_b","session":"ses_1","since":%q,"teammate":"tm_ann"}],"next_cursor":null}`,
		h.clock.Now().Add(-5*time.Minute).UTC().Format(time.RFC3339Nano))
	if got := h.call("GET", sessionsPath+"?node=node_b", h.token("lic", "tm_eve"), ""); got.raw != want+"\n" {
		t.Errorf("got %s, want %s", got.raw, want)
	}
	for _, bad := range []string{"cursor=~", "cursor=YSBi", "limit=0", "limit=501", "limit=x", "teammate=a%20b", "node=", "teammate="} {
		h.call("GET", sessionsPath+"?"+bad, h.key, "").want(t, bad, 400, "bad_request")
	}
}

// A page has as many sessions as other lists have items, where none asks for another number.
func TestSessionsOfMany(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := &h.floors.roster.Entries[3]
	for i := range directory.DefaultPage {
		e.Devices = append(e.Devices, presence.Device{Session: presence.SessionID(fmt.Sprintf("ses_many_%03d", i)), Node: "node_c"})
	}
	if got := h.sessions("node=node_c"); len(got) != 1 {
		t.Errorf("a whole page: got %d", len(got))
	}
	if got := h.sessions(""); len(got) != 2 || got[1] != "ses_many_097 ses_many_098 ses_many_099" {
		t.Errorf("more than a page: got %q", got)
	}
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	want := fmt.Sprintf(`{"device":"web","idle":false,"name":"Ann","node":"node_a","session":"ses_2","since":%q,"teammate":"tm_ann"}`,
		h.clock.Now().Add(-9*time.Minute).UTC().Format(time.RFC3339Nano))
	got := h.call("DELETE", sessionsPath+"/ses_2", h.token("lic", "tm_meg"), "")
	if got.status != 200 || got.raw != want+"\n" {
		t.Errorf("got %d %s, want %s", got.status, got.raw, want)
	}
	if left := h.sessions(""); left[0] != "ses_1 ses_bob" {
		t.Errorf("left are %q", left)
	}
	h.call("DELETE", sessionsPath+"/ses_2", h.key, "").want(t, "again", 404, "not_found")
	h.call("DELETE", sessionsPath+"/ses_nobody", h.key, "").want(t, "never was", 404, "not_found")
	h.call("DELETE", sessionsPath+"/a%20b", h.key, "").want(t, "no id", 400, "bad_request")
	h.call("DELETE", sessionsPath+"/ses_eve", h.key, "").want(t, "in grace", 200, "")
	if d := cmp.Diff([]presence.Expel{{Teammate: "tm_ann", Session: "ses_2", By: "tm_meg"}, {Teammate: "tm_eve", Session: "ses_eve"}}, h.floors.expelled); d != "" {
		t.Errorf("what was asked for: %s", d)
	}
}

// The replica shows a session that ended meanwhile: the engine says so.
func TestEndSessionThatIsOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.floorsBehind()
	h.call("DELETE", sessionsPath+"/ses_2", h.key, "").want(t, "the first", 200, "")
	h.callWith(s, "DELETE", sessionsPath+"/ses_2", h.key, "", nil).want(t, "the second", 404, "not_found")
	h.floors.roster.Entries = h.floors.roster.Entries[1:]
	h.callWith(s, "DELETE", sessionsPath+"/ses_1", h.key, "", nil).want(t, "of one removed", 404, "not_found")
}

func TestLogOutTeammate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sessions := func(got answer) string {
		t.Helper()
		got.want(t, "log out", 200, "")
		var all []string
		for _, s := range got.body["sessions"].([]any) {
			all = append(all, fmt.Sprint(s.(map[string]any)["session"], " of ", s.(map[string]any)["name"]))
		}
		return strings.Join(all, ", ")
	}
	if got := sessions(h.call("POST", logoutAnn, h.token("lic", "tm_eve"), "")); got != "ses_2 of Ann, ses_1 of Ann" {
		t.Errorf("logged out %s", got)
	}
	if got := h.call("POST", logoutAnn, h.key, ""); got.raw != `{"sessions":[]}`+"\n" {
		t.Errorf("again: %d %s", got.status, got.raw)
	}
	if left := h.sessions(""); left[0] != "ses_bob" {
		t.Errorf("left are %q", left)
	}
	h.call("POST", "/v1/licenses/lic/teammates/tm_nobody/logout", h.key, "").want(t, "nobody", 404, "not_found")
	h.call("POST", "/v1/licenses/lic/teammates/tm_far/logout", h.key, "").want(t, "another license's", 404, "not_found")
	if d := cmp.Diff([]presence.Expel{{Teammate: "tm_ann", By: "tm_eve"}, {Teammate: "tm_ann"}}, h.floors.expelled); d != "" {
		t.Errorf("what was asked for: %s", d)
	}
	h.floors.roster.Entries = h.floors.roster.Entries[1:]
	h.call("POST", logoutAnn, h.key, "").want(t, "removed meanwhile", 404, "not_found")
}

// While the engine finds out who is here, nobody is said not to be.
func TestSessionsWhileTheEngineFindsOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.floors.roster.WindowUntil = h.clock.Now().Add(time.Minute)
	s := h.floorsBehind()
	h.floors.roster.Entries[0].Devices = nil
	for what, got := range map[string]answer{
		"not shown yet":     h.call("DELETE", sessionsPath+"/ses_2", h.key, ""),
		"not arrived again": h.callWith(s, "DELETE", sessionsPath+"/ses_2", h.key, "", nil),
		"all of a teammate": h.call("POST", logoutAnn, h.key, ""),
	} {
		got.want(t, what, 503, "unavailable")
		if got.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", what)
		}
	}
	h.call("DELETE", sessionsPath+"/ses_bob", h.key, "").want(t, "arrived", 200, "")
	h.call("GET", rosterPath, h.key, "").want(t, "what is known", 200, "")
}

func TestPresenceOutOfReach(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tc := range []struct {
		err    error
		status int
		code   string
	}{
		{presence.ErrUnavailable, 503, "unavailable"},
		{presence.ErrLate, 503, "unavailable"},
		{directory.ErrUnavailable, 503, "unavailable"},
		{presence.ErrNoLicense, 404, "not_found"},
		{errors.New("inside"), 500, "internal"},
	} {
		h.floors.cut = fmt.Errorf("secret of the inside: %w", tc.err)
		for what, got := range map[string]answer{
			"presence": h.call("GET", rosterPath, h.key, ""),
			"sessions": h.call("GET", sessionsPath, h.key, ""),
			"end":      h.call("DELETE", sessionsPath+"/ses_bob", h.key, ""),
			"log out":  h.call("POST", logoutAnn, h.key, ""),
		} {
			got.want(t, what, tc.status, tc.code)
			if strings.Contains(got.raw, "inside:") {
				t.Errorf("%s: the caller is told of the inside: %s", what, got.raw)
			}
		}
	}
}

// A caller who goes away does not leave seats behind whose sessions are ended.
func TestLogOutIsCarriedOutWhenTheCallerGoesAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := h.server(func(o *admin.Options) { o.Floors = leaving{h.floors, cancel} })
	r := httptest.NewRequestWithContext(ctx, http.MethodDelete, sessionsPath+"/ses_2", nil)
	r.Header.Set("Authorization", "Bearer "+h.key)
	s.Handler().ServeHTTP(httptest.NewRecorder(), r)
	if len(h.floors.expelled) != 1 {
		t.Error("nothing was done")
	}
}

// leaving are floors whose caller goes away once they begin to log somebody out.
type leaving struct {
	*floors
	leave func()
}

func (l leaving) Expel(ctx context.Context, license presence.LicenseID, c presence.Expel) (presence.Expelled, error) {
	l.leave()
	return l.floors.Expel(ctx, license, c)
}

// behind are floors whose replica shows for ever what it shows now.
type behind struct {
	*floors
	shown presence.Roster
}

func (b behind) Roster(context.Context, presence.LicenseID) (presence.Roster, error) {
	return b.shown, nil
}

func (h *house) floorsBehind() *admin.Server {
	h.t.Helper()
	shown, err := h.floors.Roster(h.t.Context(), "lic")
	h.must(err)
	return h.server(func(o *admin.Options) { o.Floors = behind{h.floors, shown} })
}
