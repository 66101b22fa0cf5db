package admin_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"
	"go.uber.org/goleak"

	"usher/internal/admin"
	"usher/internal/alerts"
	"usher/internal/audit"
	"usher/internal/auth"
	"usher/internal/clocktest"
	"usher/internal/database"
	"usher/internal/directory"
	"usher/internal/ledger"
	"usher/internal/recordstest"
	"usher/presence"
	"usher/seats"
	"usher/seats/seatsmem"
)

func TestMain(m *testing.M) {
	openapi3filter.RegisterBodyDecoder("application/jsonl", openapi3filter.PlainBodyDecoder)
	recordstest.Main(m, goleak.Cleanup(func(code int) { os.Exit(cmp.Or(code, seen.lacks())) }))
}

// house is the API on a real database, a real engine and real tokens, with two partners and a license each:
// lic with tm_ann (operator), tm_bob (operator), tm_eve (both switches), tm_meg (administrator); lic_far with
// tm_far (administrator).
type house struct {
	*admin.Server
	db        *database.DB
	dir       *directory.Directory
	acting    directory.Acting // for what is there before the test
	authority *auth.Authority
	tickets   *auth.Tickets
	admission *seats.Admission
	floors    *floors
	engine    *faulty
	truth     *truth
	clock     *clocktest.Clock
	log       *lockedBuffer
	key       string // the API key of lic's partner
	farKey    string // of lic_far's
	sequence  uint64
	t         *testing.T
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// faulty is a real engine that can be cut off, at once or after some batches, or whose answers are lost once and asked
// for again.
type faulty struct {
	seats.Store
	cut   atomic.Bool
	left  atomic.Int64 // batches until it is cut off; below 0: any number
	twice atomic.Bool
}

func (f *faulty) allow(batches int64) { f.left.Store(batches) }

func (f *faulty) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if f.cut.Load() || f.left.Load() == 0 {
		return seats.Outcome{}, seats.ErrUnavailable
	}
	f.left.Add(-1)
	if f.twice.Load() {
		if _, err := f.Store.Do(ctx, b); err != nil {
			return seats.Outcome{}, err
		}
	}
	return f.Store.Do(ctx, b)
}

// floors are a node's with replicas that are up to date: the board is read from the engine, and the roster of lic is kept
// here.
type floors struct {
	admission *seats.Admission
	mu        sync.Mutex
	roster    presence.Roster
	expelled  []presence.Expel
	cut       error // what there is instead of answers about who is here
}

func (f *floors) Roster(_ context.Context, license presence.LicenseID) (presence.Roster, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut == nil && license != "lic" {
		return presence.Roster{}, presence.ErrNoLicense
	}
	return presence.Roster{Head: f.roster.Head, Entries: slices.Clone(f.roster.Entries)}, f.cut
}

func (f *floors) Expel(ctx context.Context, license presence.LicenseID, c presence.Expel) (presence.Expelled, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := cmp.Or(f.cut, ctx.Err()); err != nil {
		return presence.Expelled{}, err
	}
	i := slices.IndexFunc(f.roster.Entries, func(e presence.Entry) bool { return e.Teammate == c.Teammate })
	if i < 0 || license != "lic" {
		return presence.Expelled{}, presence.ErrNoTeammate
	}
	f.expelled = append(f.expelled, c)
	var ended, left []presence.Device
	for _, d := range f.roster.Entries[i].Devices {
		if c.Session == "" || c.Session == d.Session {
			ended = append(ended, d)
		} else {
			left = append(left, d)
		}
	}
	f.roster.Entries[i].Devices = left
	return presence.Expelled{Devices: ended}, nil
}

func (f *floors) Board(ctx context.Context, license seats.LicenseID) (seats.Board, error) {
	out, err := f.admission.Do(ctx, seats.Batch{License: license, Commands: []seats.Command{seats.Read{}}})
	if err != nil {
		return seats.Board{}, err
	}
	return out.Replies[0].(seats.BoardRead).Board, nil
}

// roster has tm_ann with two sessions, one of them idle; tm_bob, busy for a time; tm_eve, invisible and in grace; and tm_meg, who was
// never here.
func (h *house) roster() presence.Roster {
	at := func(minutes int) time.Time { return h.clock.Now().Add(time.Duration(minutes) * time.Minute) }
	return presence.Roster{
		Head: presence.Head{Epoch: "3", Version: 42, Revision: 1},
		Entries: []presence.Entry{
			{Teammate: "tm_ann", Name: "Ann", Operator: true, Status: presence.Online, Since: at(-9), Devices: []presence.Device{
				{Session: "ses_2", Name: "web", Node: "node_a", Since: at(-9)}, {Session: "ses_1", Node: "node_b", Since: at(-5), Idle: true},
			}},
			{Teammate: "tm_bob", Name: "Bob", Operator: true, Status: presence.Busy, Note: "on a case", Until: at(5), Since: at(-3), Devices: []presence.Device{
				{Session: "ses_bob", Name: "phone", Node: "node_a", Since: at(-4)},
			}},
			{Teammate: "tm_eve", Name: "Eve", Operator: true, Administrator: true, Status: presence.Invisible, Since: at(-7), GraceUntil: at(1),
				Seen: presence.Seen{At: at(-7)}, Devices: []presence.Device{{Session: "ses_eve", Name: "web", Node: "node_b", Since: at(-7)}}},
			{Teammate: "tm_meg", Name: "Meg", Administrator: true, Status: presence.Offline},
		},
	}
}

const houseSecret = "3f9c1d7a5b2e8046c9d1f7a3e5b08264"

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: clocktest.At(time.Now().Truncate(time.Second)), log: &lockedBuffer{}}
	db := recordstest.New(t)
	h.db = db
	h.dir = directory.New(db, directory.Options{Now: h.clock.Now, MinGrace: 21 * time.Second})
	h.acting = h.dir.By(audit.Actor{Kind: audit.CommandLine})
	var err error
	keys, err := auth.NewKeys(t.Context(), auth.KeysOptions{Secret: []byte(houseSecret), Store: signingKeys{h.dir}, Now: h.clock.Now})
	h.must(err)
	t.Cleanup(keys.Close)
	h.authority, err = auth.New(t.Context(), auth.Options{Secret: []byte(houseSecret), Keys: keys, Now: h.clock.Now})
	h.must(err)
	t.Cleanup(h.authority.Close)
	h.tickets, err = auth.NewTickets(auth.TicketOptions{Keys: keys, TTL: 20 * time.Second, Now: h.clock.Now})
	h.must(err)
	h.engine = &faulty{}
	h.engine.allow(-1)
	h.truth = &truth{dir: h.dir}
	h.admission = seats.NewAdmission(h.engine, h.truth, 15*time.Second)
	h.floors = &floors{admission: h.admission, roster: h.roster()}
	h.forget(0)
	h.Server = h.server(func(*admin.Options) {})

	h.key = h.partner("Example Partner", "lic", []directory.NewTeammate{
		{ID: "tm_ann", Email: "ann@example.com", Name: "Ann", Operator: true},
		{ID: "tm_bob", Email: "bob@example.com", Name: "Bob", Operator: true},
		{ID: "tm_eve", Email: "eve@example.com", Name: "Eve", Operator: true, Administrator: true},
		{ID: "tm_meg", Email: "meg@example.com", Name: "Meg", Administrator: true},
	})
	h.farKey = h.partner("Far Partner", "lic_far", []directory.NewTeammate{
		{ID: "tm_far", Email: "far@example.com", Name: "Far", Operator: true, Administrator: true},
	})
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// server is another API on the same house.
func (h *house) server(change func(*admin.Options)) *admin.Server {
	h.t.Helper()
	o := h.options()
	change(&o)
	s, err := admin.New(o)
	h.must(err)
	return s
}

func (h *house) options() admin.Options {
	return admin.Options{
		Directory: h.dir, Audit: audit.NewLog(h.db), Ledger: ledger.New(h.db), Alerts: alerts.New(h.db), Tokens: h.authority, Tickets: h.tickets, Admission: h.admission, Floors: h.floors, Passwords: auth.NewPasswords(2, nil),
		Now: h.clock.Now, Logger: slog.New(slog.NewTextHandler(h.log, nil)),
	}
}

func (h *house) partner(name, license string, ts []directory.NewTeammate) (key string) {
	h.t.Helper()
	p, err := h.acting.EnsurePartner(h.t.Context(), name, "partner@example.com")
	h.must(err)
	_, _, err = h.acting.CreateLicense(h.t.Context(), directory.NewLicense{ID: license, Partner: p.ID, Name: "Acme", Cap: 2, Teammates: ts})
	h.must(err)
	return h.newKey(p)
}

func (h *house) newKey(p directory.Partner) string {
	h.t.Helper()
	k, err := auth.NewAPIKey(randomness{})
	h.must(err)
	_, err = h.acting.AddAPIKey(h.t.Context(), p.ID, directory.NewAPIKey{Prefix: k.Prefix, Hash: k.Hash})
	h.must(err)
	return k.Key
}

func (h *house) token(license, teammate string) string {
	h.t.Helper()
	token, _, err := h.authority.Issue(license, teammate, time.Hour)
	h.must(err)
	return token
}

// take seats a teammate and returns the fence.
func (h *house) take(teammate string) int64 {
	h.t.Helper()
	reply := h.tryTake(teammate)
	granted, ok := reply.(seats.Granted)
	if !ok {
		h.t.Fatalf("take of %s was answered with %#v", teammate, reply)
	}
	return int64(granted.Holder.Fence)
}

func (h *house) tryTake(teammate string) seats.Reply { h.t.Helper(); return h.takes(teammate, false) }

// tryWait asks for a place in line besides.
func (h *house) tryWait(teammate string) seats.Reply { h.t.Helper(); return h.takes(teammate, true) }

func (h *house) takes(teammate string, wait bool) seats.Reply {
	h.t.Helper()
	l, tm, err := h.dir.Profile(h.t.Context(), "lic", teammate)
	h.must(err)
	return h.does(seats.Renew{Lease: time.Hour}, seats.Take{
		Member: member(tm), Revision: seats.Revision(l.Revision), Session: seats.SessionID("ses_" + teammate), Seq: h.seq(), Wait: wait,
	})[1]
}

// does has the engine do something on lic.
func (h *house) does(commands ...seats.Command) []seats.Reply {
	h.t.Helper()
	out, err := h.admission.Do(h.t.Context(), seats.Batch{License: "lic", Node: "node", Commands: commands})
	h.must(err)
	return out.Replies
}

// seq is a session's next sequence number.
func (h *house) seq() uint64 { h.sequence++; return h.sequence }

func (h *house) board() seats.Board {
	h.t.Helper()
	b, err := h.floors.Board(h.t.Context(), "lic")
	h.must(err)
	return b
}

// forget puts an engine there that knows nothing, and finds out for a time who held which seat.
func (h *house) forget(window time.Duration) {
	h.engine.Store, h.truth.window = seatsmem.New(seatsmem.Options{Now: h.clock.Now}), window
}

func (h *house) addOperator(id string) directory.License {
	h.t.Helper()
	l, _, err := h.acting.AddTeammate(h.t.Context(), "lic", directory.NewTeammate{ID: id, Email: id + "@example.com", Operator: true})
	h.must(err)
	return l
}

// truth is the directory as the engine reads it.
type truth struct {
	dir    *directory.Directory
	window time.Duration
}

func member(t directory.Teammate) seats.Member {
	return seats.Member{Teammate: seats.TeammateID(t.ID), Name: t.Name, Operator: t.Operator, Administrator: t.Administrator}
}

func asTruth(err error) error {
	switch {
	case directory.CodeOf(err) != directory.NotFound:
		return err
	case directory.FieldOf(err) == "teammate":
		return errors.Join(seats.ErrNoTeammate, err)
	default:
		return errors.Join(seats.ErrNoLicense, err)
	}
}

func (u truth) Config(ctx context.Context, id seats.LicenseID, since seats.Revision) (seats.Config, []seats.Member, error) {
	l, ts, err := u.dir.ChangedSince(ctx, string(id), int64(since))
	if err != nil {
		return seats.Config{}, nil, asTruth(err)
	}
	var ms []seats.Member
	for _, t := range ts {
		ms = append(ms, member(t))
	}
	r := l.Policy.Rules()
	return seats.Config{
		Revision: seats.Revision(l.Revision), Status: seats.Status(l.Status), Cap: l.Cap, Overage: seats.Overage(r.Overage),
		Grace: cmp.Or(r.Grace, 30*time.Second), ReservedAdministrators: r.ReservedAdministrators,
		AdministratorsFirst: r.AdministratorsFirst, Waitlist: r.Waitlist, HandOver: seats.HandOverPolicy(r.HandOver),
	}, ms, nil
}

func (u truth) Member(ctx context.Context, id seats.LicenseID, teammate seats.TeammateID) (seats.Member, seats.Revision, error) {
	l, t, err := u.dir.Profile(ctx, string(id), string(teammate))
	return member(t), seats.Revision(l.Revision), asTruth(err)
}

func (u truth) NextGeneration(ctx context.Context, id seats.LicenseID, after seats.Generation) (seats.Open, error) {
	o, err := u.dir.NextGeneration(ctx, string(id), int64(after), "")
	open := seats.Open{Generation: seats.Generation(o.License.Generation), Window: u.window}
	for _, c := range o.Cooldowns {
		open.Cooldowns = append(open.Cooldowns, seats.Cooldown{Teammate: seats.TeammateID(c.Teammate), Fence: seats.Fence(c.Fence), Until: c.Until})
	}
	return open, asTruth(err)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any // nil when it is no JSON object
}

func (a answer) code() string { s, _ := a.body["code"].(string); return s }

// call makes a request with a JSON body, or none for "", and holds the answer against the API's document.
func (h *house) call(method, path, bearer, body string) answer {
	h.t.Helper()
	return h.callWith(h.Server, method, path, bearer, body, nil)
}

// callFrom is call from another address.
func (h *house) callFrom(address, method, path, body string) answer {
	h.t.Helper()
	return h.send(h.Server, method, path, "", body, nil, address)
}

func (h *house) callWith(s *admin.Server, method, path, bearer, body string, headers map[string]string) answer {
	h.t.Helper()
	return h.send(s, method, path, bearer, body, headers, "")
}

// send makes a request from an address, or from the usual one for "".
func (h *house) send(s *admin.Server, method, path, bearer, body string, headers map[string]string, address string) answer {
	h.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, content)
	if address != "" {
		r.RemoteAddr = address + ":1234"
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), raw: w.Body.String()}
	if strings.HasSuffix(w.Header().Get("Content-Type"), "json") {
		_ = json.Unmarshal(w.Body.Bytes(), &a.body)
	}
	h.checkAnswer(method, path, a)
	return a
}

// document is the API's, parsed once.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err == nil {
		err = doc.Validate(context.Background())
	}
	return doc, err
})

// checkAnswer fails the test when an answer is not as the document has it.
func (h *house) checkAnswer(method, path string, a answer) {
	h.t.Helper()
	if a.status >= 400 {
		seen.note("", a)
		if got := a.header.Get("Content-Type"); got != "application/problem+json" || a.code() == "" || a.body["detail"] == "" {
			h.t.Errorf("%s %s: %d is no problem document: %s %s", method, path, a.status, got, a.raw)
		}
	}
	doc, err := document()
	h.must(err)
	router, err := legacy.NewRouter(doc)
	h.must(err)
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, nil)
	route, params, err := router.FindRoute(r)
	if err != nil {
		return // not of the document: an unknown path or method, or the docs page
	}
	seen.note(route.Operation.OperationID, a)
	err = openapi3filter.ValidateResponse(h.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 a.status, Header: maps.Clone(a.header), Body: io.NopCloser(strings.NewReader(a.raw)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil && !strings.HasSuffix(path, "openapi.yaml") {
		h.t.Errorf("%s %s: %d is not as the document has it: %v", method, path, a.status, err)
	}
}

// want checks status and, for problems, the code.
func (a answer) want(t *testing.T, what string, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("%s: got %d %s, want %d %s: %s", what, a.status, a.code(), status, code, a.raw)
	}
}
