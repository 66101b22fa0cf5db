package seatsredis_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
)

// crowd brings about everything that a license keeps, for that many teammates.
func crowd(t *testing.T, s *seatsredis.Store, license seats.LicenseID, teammates int) {
	t.Helper()
	do(t, s, openBatch(license, 1, teammates))
	for i := range teammates {
		id := seats.TeammateID(fmt.Sprintf("tm_%d", i))
		h := seat(t, s, license, id)
		switch i % 3 {
		case 0:
			do(t, s, batch(license, seats.Free{Teammate: id, Fence: h.Fence, Cooldown: 1e9}))
		case 1:
			do(t, s, batch(license, seats.Drop{Teammate: id, Session: seats.SessionID(id) + "-ses"}))
		}
	}
}

func TestKeysDoNotGrowWithTeammates(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	s := newStore(t, client)
	few, many := seatstest.NewLicense(), seatstest.NewLicense()
	crowd(t, s, few, 7) // as many as a thousand are, by threes
	crowd(t, s, many, 1000)
	if a, b := len(leasetest.KeysOf(t, client, string(few))), len(leasetest.KeysOf(t, client, string(many))); a != b {
		t.Errorf("%d keys with 7 teammates, %d with 1,000", a, b)
	}
	for _, key := range leasetest.KeysOf(t, client, string(many)) {
		if !slices.Contains(s.Keys(many), key) {
			t.Errorf("key %s is not declared", key)
		}
	}
}

// stored is what a license keeps: each kind of records and of the index's members by its name, and the rest.
func stored(t *testing.T, client redis.UniversalClient, s *seatsredis.Store, license seats.LicenseID) map[string]any {
	t.Helper()
	all := leasetest.Stored(t, client, s.Keys(license), seatsredis.KeyNames())
	records, _ := all["records"].(map[string]string)
	members, _ := all["index"].([]string)
	delete(all, "records")
	delete(all, "index")
	for name, start := range seatsredis.RecordKinds() {
		kept := map[string]string{}
		for field, text := range records {
			if who, ok := strings.CutPrefix(field, start); ok {
				kept[who] = text
				delete(records, field)
			}
		}
		if len(kept) > 0 {
			all["R."+name] = kept
		}
	}
	for name, start := range seatsredis.IndexKinds() {
		var kept []string
		for _, member := range members {
			if rest, ok := strings.CutPrefix(member, start); ok {
				kept = append(kept, strings.TrimSuffix(rest, "=0"))
			}
		}
		if len(kept) > 0 {
			all["I."+name] = kept
		}
	}
	for field, text := range records {
		all[field] = text
	}
	return all
}

// stateNames are what a license's state is, in the order in which it is kept.
var stateNames = []string{
	"generation", "version", "granted", "turned", "high", "claimed", "began", "ended", "draining", "halt", "window", "alive",
	"lease", "asking", "cooled", "forget", "moved", "line", "due", "next", "last", "run", "revision", "warned", "serving",
}

// stateOf has the server read a license's state.
func stateOf(t *testing.T, client redis.UniversalClient, text string) map[string]any {
	t.Helper()
	packed, err := client.Eval(t.Context(), "return cjson.encode({cmsgpack.unpack(ARGV[1])})", nil, text).Text()
	if err != nil {
		t.Fatal(err)
	}
	var values []any
	if err := json.Unmarshal([]byte(packed), &values); err != nil {
		t.Fatal(err)
	}
	state := map[string]any{}
	for i, value := range values {
		state[stateNames[i]] = value
	}
	return state
}

// scored is how a member of the index has a score.
func scored(score, who string) string { return strings.Repeat("0", 16-len(score)) + score + ":" + who }

// What a license keeps, byte by byte: a change of it is a change between nodes of two versions.
func TestRecordsAreAsKeysGoSays(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	clock := leasetest.NewClock()
	s := seatsredis.NewTimed(t, client, clock)
	license := seatstest.NewLicense()
	do(t, s, batch(license, seats.Open{Generation: 7}, seats.Configure{Config: seats.Config{
		Revision: 1, Status: seats.Active, Cap: 3, Overage: seats.Overage1_5, Grace: 30 * time.Second, Waitlist: true,
		HandOver: seats.HandOverAnyone, ReservedAdministrators: 1, IdleAfter: time.Minute, IdleWarning: 20 * time.Second,
		SessionsPerTeammate: 5,
	}}, seats.Renew{Lease: time.Hour}))
	ann := take("ann", "s1", 4)
	ann.Member.Name, ann.Member.Administrator = "A|n:n", true
	meg, dan, eve := take("meg", "s5", 9), take("dan", "s4", 9), take("eve", "s6", 1)
	meg.Wait, dan.Wait, eve.Wait, eve.Member.Administrator = true, true, true, true
	do(t, s, batch(license, ann, take("bob", "s2", 1), take("cid", "s3", 1), take("fay", "s7", 1)))
	fay := take("fay", "s8", 1)
	fay.Wait = true
	do(t, s, batch(license, seats.Logout{Teammate: "cid", Session: "s3"},
		seats.Free{Teammate: "fay", Fence: 7_000_000_004, Cooldown: time.Minute, Message: "lunch"}, take("gil", "s9", 1),
		take("hal", "s10", 1), meg, dan, eve, fay, take("ivy", "s11", 3), seats.Drop{Teammate: "meg", Session: "s5"},
		seats.Drop{Teammate: "bob", Session: "s2"}, seats.SetIdle{Teammate: "gil", Session: "s9", Seq: 2, Idle: true},
		seats.Free{Teammate: "hal", Fence: 7_000_000_006, Cooldown: time.Minute, By: "ann"},
		seats.MakeAsk{ID: "ask-1", Teammate: "eve", Name: "E", Session: "s6", Of: "ann", Note: "please"},
		seats.MakeAsk{ID: "ask-2", Teammate: "eve", Name: "E", Session: "s6", Note: "please"}, seats.AnswerAsk{ID: "ask-2"}))
	got := stored(t, client, s.Store, license)
	ms := func(d time.Duration) float64 { return float64(clock.Time().Add(d).UnixMilli()) }
	at := func(d time.Duration) string { return strconv.FormatInt(clock.Time().Add(d).UnixMilli(), 10) }
	now, inHalf, inMinute, inMemory, inHour := at(0), at(30*time.Second), at(time.Minute), at(2*time.Minute), at(time.Hour)
	state := stateOf(t, client, got["state"].(string))
	if run := state["run"].(string); len(run) != 40 {
		t.Errorf("run id %q", run)
	}
	delete(state, "run")
	got["state"] = state
	want := map[string]any{
		"config": "active|3|4|30000|1|0|1|anyone||60000|20000|5",
		"state": map[string]any{
			"generation": 7.0, "version": 3.0, "granted": 7.0, "turned": 4.0, "high": 4.0, "claimed": 0.0, "began": 7.0,
			"ended": 3.0, "draining": 0.0, "halt": 0.0, "window": 0.0, "alive": ms(time.Hour), "lease": 3600000.0,
			"asking": ms(time.Minute), "cooled": ms(time.Minute), "forget": ms(time.Minute), "moved": 0.0, "line": 1.0,
			"due": ms(30 * time.Second), "next": ms(30 * time.Second), "last": ms(0),
			"revision": "1", "warned": "", "serving": ":node-a:",
		},
		"R.seats": map[string]string{
			"ann": "1|7000000001|" + now + "|0|1|0|0|0|1|take|accepting_chats|A|n:n",
			"bob": "2|7000000002|" + now + "|" + inHalf + "|0|0|0|0|0|take|accepting_chats|",
			"gil": "3|7000000005|" + now + "|0|1|" + now + "|0|0|0|take|accepting_chats|",
			"dan": "4|7000000007|" + now + "|0|1|0|0|1|0|waitlist|accepting_chats|",
		},
		"I.seated":         []string{"ann", "bob", "dan", "gil"},
		"I.administrators": []string{"ann"},
		"I.graces":         []string{scored(inHalf, "bob")},
		"I.idling":         []string{scored(now, "gil")},
		"R.waiters": map[string]string{
			"meg": "7000000001|" + now + "|" + inHalf + "|0|0|",
			"eve": "7000000003|" + now + "|0|0|1|",
			"fay": "7000000004|" + now + "|0|" + inMinute + "|0|",
		},
		"I.line":                 []string{scored("7000000001", "meg"), scored("7000000004", "fay")},
		"I.line_administrators":  []string{scored("7000000003", "eve")},
		"I.ready_administrators": []string{scored("7000000003", "eve")},
		"I.place_graces":         []string{scored(inHalf, "meg")},
		"I.cooling":              []string{scored(inMinute, "fay")},
		"R.sessions": map[string]string{
			"s1": "ann:node-a:4::0", "s2": "", "s3": "", "s4": "dan:node-a:9::0", "s5": "", "s6": "eve:node-a:1::0",
			"s7": "fay:node-a:1::0", "s8": "fay:node-a:1::0", "s9": "gil:node-a:2::" + now, "s10": "hal:node-a:1::0",
			"s11": "ivy:node-a:3:seats_full:0",
		},
		"R.attached": map[string]string{
			"ann": "s1:node-a:", "dan": "s4:node-a:", "eve": "s6:node-a:", "fay": "s8:node-a:", "gil": "s9:node-a:",
			"ivy": "s11:node-a:",
		},
		"I.sessions": []string{
			"node-a:ann:s1", "node-a:dan:s4", "node-a:eve:s6", "node-a:fay:s7", "node-a:fay:s8", "node-a:gil:s9",
			"node-a:hal:s10", "node-a:ivy:s11",
		},
		"nodes": map[string]string{"node-a": inHour},
		"R.losses": map[string]string{
			"cid": inMemory + "|*13;$3;cid$1;3$10;7000000003$10;logged_out$2;s3$0;$0;$0;$13;" + now + "$13;" + now + "$1;0$4;take$1;0",
			"fay": inMemory + "|*13;$3;fay$1;4$10;7000000004$5;freed$0;$0;$0;$5;lunch$13;" + now + "$13;" + now + "$1;1$4;take$13;" + inMinute,
			"hal": inMemory + "|*13;$3;hal$1;4$10;7000000006$5;freed$0;$3;ann$0;$0;$13;" + now + "$13;" + now + "$1;1$4;take$13;" + inMinute,
		},
		"I.lost":      []string{scored(inMemory, "cid"), scored(inMemory, "fay"), scored(inMemory, "hal")},
		"I.ended":     []string{scored(inMemory, "s2"), scored(inMemory, "s3"), scored(inMemory, "s5")},
		"R.cooldowns": map[string]string{"fay": inMinute + "|7000000004", "hal": inMinute + "|7000000006"},
		"I.cooled":    []string{scored(inMinute, "hal")},
		"R.asks": map[string]string{
			"ask-1": "*7;$3;eve$3;ann$10;7000000001$13;" + inMinute + "$1;0$1;E$6;please",
			"ask-2": "*7;$3;eve$0;$1;0$13;" + inMinute + "$1;1$1;E$6;please",
		},
		"I.ask_ends": []string{scored(inMinute, "ask-1"), scored(inMinute, "ask-2")},
		"I.asked":    []string{"f:eve:ask-1", "f:eve:ask-2", "o:ann:ask-1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is there besides in a window, and of numbers that were given back.
func TestRecordsOfAWindowAreAsKeysGoSays(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	clock := leasetest.NewClock()
	s := seatsredis.NewTimed(t, client, clock)
	license := seatstest.NewLicense()
	open := openBatch(license, 7, 3)
	open.Commands[0] = seats.Open{Generation: 7, Window: time.Minute, Kept: seats.Kept{
		Grace: time.Second, Holders: []seats.Holder{{Teammate: "ann", Number: 3, Via: seats.ViaTake, Routing: seats.AcceptingChats}},
	}}
	do(t, s, open)
	do(t, s, batch(license, seats.Free{Teammate: "bob", Fence: 6_000_000_001, By: "meg", Message: "lunch"},
		seats.Logout{Teammate: "bob", Session: "s1"}, seats.Unwait{Teammate: "cid", Session: "s2", Seq: 1, Turn: 6_000_000_002}))
	now := strconv.FormatInt(clock.Time().UnixMilli(), 10)
	got := stored(t, client, s.Store, license)
	want := map[string]any{
		"R.claimed": map[string]string{"3": "ann"},
		"R.bars": map[string]string{
			"bob": "*15;$1;0$1;1$3;bob$1;0$10;6000000001$5;freed$0;$3;meg$0;$5;lunch$13;" + now + "$1;0$1;0$0;$1;0",
			"cid": "*2;$10;6000000002$1;0",
		},
		"I.barred": []string{"bob", "cid"},
	}
	ofWindow := func() map[string]any {
		some := map[string]any{}
		for _, name := range []string{"R.claimed", "R.bars", "I.barred", "I.gaps"} {
			if got[name] != nil {
				some[name] = got[name]
			}
		}
		return some
	}
	if diff := cmp.Diff(want, ofWindow()); diff != "" {
		t.Error(diff)
	}
	clock.Advance(time.Minute)
	for _, id := range []seats.TeammateID{"dan", "eve", "fay"} { // 3 is free by then, and was never given out
		seat(t, s, license, id)
	}
	do(t, s, batch(license, seats.Logout{Teammate: "dan", Session: "dan-ses"}))
	got = stored(t, client, s.Store, license)
	want = map[string]any{"I.gaps": []string{scored("1", "1")}}
	if diff := cmp.Diff(want, ofWindow()); diff != "" {
		t.Error(diff)
	}
}
