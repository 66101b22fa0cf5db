package presenceredis_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/presence"
	"usher/presence/presenceredis"
)

// stored is what a license keeps, by the names of its keys.
func (l timedLicense) stored() map[string]any {
	l.Helper()
	all := leasetest.Stored(l, l.client, l.Keys(l.license), presenceredis.KeyNames())
	if all["meta"] != nil {
		all["meta"] = l.meta()
	}
	return all
}

// meta has the server read the map.
func (l timedLicense) meta() map[string]any {
	l.Helper()
	const script = "return cjson.encode(cmsgpack.unpack(redis.call('GET', KEYS[1])))"
	text, err := l.client.Eval(l.Context(), script, []string{l.Keys(l.license)[0]}).Text()
	if err != nil {
		l.Fatal(err)
	}
	var meta map[string]any
	if err := json.Unmarshal([]byte(text), &meta); err != nil {
		l.Fatal(err)
	}
	return meta
}

// crowd brings about everything that a license keeps, with that many teammates.
func crowd(t *testing.T, teammates int) timedLicense {
	t.Helper()
	l := newTimed(t)
	l.lease(node, time.Hour)
	l.lease("node-b", time.Second)
	var ids []presence.TeammateID
	for i := range teammates {
		ids = append(ids, presence.TeammateID(fmt.Sprintf("tm_%d", i)))
	}
	o := opening(1, ids...)
	o.Window = time.Minute
	l.do(o)
	for i, id := range ids {
		l.by([]presence.NodeID{node, "node-b"}[i%2], arrive(id))
		switch i % 4 {
		case 0:
			l.do(drop(id))
		case 2:
			l.do(depart(id), presence.Choose{Teammate: id, Choice: presence.Choice{
				Number: 1, Status: presence.Busy, Until: l.now().Add(time.Minute), Before: presence.Intent{Status: presence.Away},
			}})
		}
	}
	l.Timed.Clock.Advance(time.Second)
	l.do()
	return l
}

func TestKeysDoNotGrowWithTeammates(t *testing.T) {
	t.Parallel()
	few, many := crowd(t, 8), crowd(t, 1000)
	a, b := leasetest.KeysOf(t, few.client, string(few.license)), leasetest.KeysOf(t, many.client, string(many.license))
	if len(a) != len(b) {
		t.Errorf("%d keys with 8 teammates, %d with 1,000", len(a), len(b))
	}
	for _, key := range b {
		if !slices.Contains(append(many.Keys(many.license), many.Keys(many.license)[0]+":clock"), key) {
			t.Errorf("key %s is not declared", key)
		}
	}
}

// What was kept of those who came is gone when they have left: what is left is who there is, and what was chosen.
func TestNothingIsKeptOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	l := crowd(t, 40)
	for range 3 { // the same every day, however many came
		for i := range 40 {
			c := arrive(presence.TeammateID(fmt.Sprintf("tm_%d", i)))
			c.Session = presence.SessionID(fmt.Sprintf("ses-%d-%d", i, l.now().UnixMilli()))
			l.do(c, presence.Drop{Teammate: c.Teammate, Session: c.Session})
		}
		l.Timed.Clock.Advance(presence.EndedMemory + time.Second)
		l.do()
	}
	l.Timed.Clock.Advance(presence.EndedMemory)
	l.do()
	var left []string
	for name, content := range l.stored() {
		left = append(left, name)
		if fields, ok := content.(map[string]string); ok && name == "entries" && len(fields) != 40 {
			t.Errorf("%s has %d fields of 40 teammates", name, len(fields))
		}
	}
	slices.Sort(left)
	if diff := cmp.Diff([]string{"choices", "entries", "meta", "nodes"}, left); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	if nodes := l.meta()["nodes"].(map[string]any); len(nodes) > 0 {
		t.Errorf("nodes are left: %v", nodes)
	}
}

// What a license keeps, byte by byte: a change of it is a change between nodes of two versions.
func TestRecordsAreAsKeysGoSays(t *testing.T) {
	t.Parallel()
	l := newTimed(t)
	ms := func(d time.Duration) float64 { return float64(l.now().Add(d).UnixMilli()) }
	at := func(d time.Duration) string { return strconv.FormatInt(l.now().Add(d).UnixMilli(), 10) }
	o := opening(7, "ann", "bob", "cid")
	o.Window, o.Config.SessionsPerTeammate = time.Minute, 5
	o.Members[0].Name, o.Members[0].Administrator = "A|n:n", true
	o.Members[2].Seen = presence.Seen{At: l.now().Add(-time.Hour), Shown: l.now().Add(-2 * time.Hour)}
	l.lease(node, time.Hour)
	l.lease("node-b", time.Minute)
	ann, again := arrive("ann"), arrive("ann")
	ann.Seq, ann.Device, ann.Choice = 18446744073709551615, "w:b", presence.Choice{
		Number: 9, Status: presence.Busy, Note: "l|nch", Until: l.now().Add(time.Hour),
		Before: presence.Intent{Status: presence.Away, Note: "b|4"},
	}
	again.Session, again.Resumes, again.Idle, again.Device = "s2", "s0", true, ""
	l.do(o, ann, again, arrive("bob"), drop("bob"), presence.Expel{Teammate: "cid", Session: "s9", By: "ann"})
	l.by("node-b", arrive("cid"))
	got := l.stored()
	now, inGrace, inMinute, inMemory, inHour := at(0), at(grace), at(time.Minute), at(presence.EndedMemory), at(time.Hour)
	text := func(s string) string { return fmt.Sprintf("$%d;%s", len(s), s) }
	list := func(items ...string) string {
		packed := fmt.Sprintf("*%d;", len(items))
		for _, item := range items {
			packed += text(item)
		}
		return packed
	}
	want := map[string]any{
		"meta": map[string]any{
			"generation": 7.0, "version": 2.0, "revision": "1", "grace": 30000.0, "sessions": 5.0, "window": ms(time.Minute),
			"halt": 0.0, "waited": 0.0, "moved": 0.0, "due": ms(grace), "forget": ms(presence.EndedMemory), "last": ms(0),
			"nodes": map[string]any{
				"node-a": map[string]any{"ends": ms(time.Hour), "forget": 0.0},
				"node-b": map[string]any{"ends": ms(time.Minute), "forget": 0.0},
			},
		},
		"entries": map[string]string{
			"ann": list("ann", "A|n:n", "1", "1", "busy", "l|nch", inHour, now, "0", now, now, now, "1",
				"s2", "", "node-a", now, "1", "ses-ann", "w:b", "node-a", now, "0"),
			"bob": list("bob", "Name of bob", "1", "0", "online", "", "0", now, inGrace, now, now, now, "1",
				"ses-bob", "web", "node-a", now, "0"),
			"cid": list("cid", "Name of cid", "1", "0", "online", "", "0", now, "0", now, now, now, "1",
				"ses-cid", "web", "node-b", now, "0"),
		},
		"choices": map[string]string{"ann": "9|0|busy|away|b|4", "bob": "0|" + now + "|online||"},
		"sessions": map[string]string{
			"ses-ann": "ann:node-a:18446744073709551615:0:" + now + ":w:b", "s2": "ann:node-a:1:1:" + now + ":",
			"ses-cid": "cid:node-b:1:0:" + now + ":web",
		},
		"index": []string{
			"n:node-a:ann:s2=0", "n:node-a:ann:ses-ann=0", "n:node-b:cid:ses-cid=0", "t:ann:s2=0", "t:ann:ses-ann=0",
			"t:cid:ses-cid=0",
		},
		"graces": []string{"bob=" + inGrace},
		"untils": []string{"ann=" + inHour},
		"ended":  map[string]string{"s0": "resumed::", "ses-bob": "dropped::", "s9": "expelled:ann:"},
		"memory": []string{"s0=" + inMemory, "s9=" + inMemory, "ses-bob=" + inMemory},
		"nodes":  map[string]string{"node-a": inHour, "node-b": inMinute},
	}
	if run := got["meta"].(map[string]any)["run"].(string); len(run) != 40 {
		t.Errorf("run id %q", run)
	}
	delete(got["meta"].(map[string]any), "run")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrefixesAreApart(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	other, err := presenceredis.New(t.Context(), client, presenceredis.Options{Prefix: "other"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	s, license := newStore(t, client), presence.LicenseID("lic_prefixes")
	do(t, s, batch(license, opening(1, "ann")))
	unopened(t, other, batch(license), 0)
	for _, key := range append(s.Keys(license), other.Keys(license)...) {
		if err := client.(*redis.Client).Del(t.Context(), key).Err(); err != nil {
			t.Fatal(err)
		}
	}
}
