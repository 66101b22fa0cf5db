package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats"
)

// troupe is a floor without a server, for tests in virtual time.
type troupe struct {
	t       *testing.T
	floor   *floor
	records *MemoryRecords
	tasks   sync.WaitGroup
	stop    context.CancelFunc // of the ledger's desk
}

// newTroupe brings up the floor of a node. The caller closes it.
func newTroupe(t *testing.T, store seats.Store, records *MemoryRecords, change ...func(*Options)) *troupe {
	t.Helper()
	o := Options{Store: store, Records: records, Tokens: NewPlainTokens(), Rand: func() float64 { return 0 }}
	for _, f := range change {
		f(&o)
	}
	if o.Presence == nil {
		o.Presence = newAttendance(presencemem.New(presencemem.Options{}), records)
	}
	set := o.withDefaults()
	m, err := newMetrics(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	tr := &troupe{t: t, records: records, stop: stop}
	tr.floor = newFloor(TheLicense, seats.NewAdmission(store, records, set.Lease), set, m, &tr.tasks)
	if set.Ledger != nil {
		desk := newLedgerDesk(set, m)
		tr.floor.ledger = desk
		tr.tasks.Go(func() { desk.run(ctx) })
	}
	tr.floor.hold()
	if err := tr.floor.load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return tr
}

// newAttendance is an engine whose nodes are all of one process.
func newAttendance(store presence.Store, records *MemoryRecords) *presence.Attendance {
	return presence.NewAttendance(store, records, 0)
}

func (tr *troupe) close() {
	tr.floor.close()
	tr.stop()
	tr.tasks.Wait()
}

// actor is a session on a floor with nobody behind it: what it is sent is kept.
type actor struct {
	troupe *troupe
	mate   seats.TeammateID

	mu     sync.Mutex
	s      *session
	frames []string
	feed   []position      // the board's versions shown, in their order
	roster mirror          // the roster as an app keeps it
	change wire.BoardDelta // of the board, shown last
	shut   wire.CloseCode
	onShut func()  // as its conn does then; or nil
	glance *Glance // takes the frames, of which nothing else is kept then; nil: they are kept
}

// join has a teammate say hello.
func (tr *troupe) join(who seats.TeammateID, id seats.SessionID, h wire.Hello) *actor {
	tr.t.Helper()
	return tr.resume(who, id, h, "")
}

// resume is join of one who continues a session.
func (tr *troupe) resume(who seats.TeammateID, id seats.SessionID, h wire.Hello, earlier seats.SessionID) *actor {
	tr.t.Helper()
	return tr.enter(&actor{mate: who}, id, h, earlier)
}

// enter has an actor say hello.
func (tr *troupe) enter(a *actor, id seats.SessionID, h wire.Hello, earlier seats.SessionID) *actor {
	tr.t.Helper()
	who := a.mate
	a.troupe, a.s = tr, newSession(id, tr.floor.settings, "", time.Now())
	p, err := tr.records.Profile(context.Background(), TheLicense, who)
	if err != nil {
		tr.t.Fatal(err)
	}
	a.s.phase, a.s.entrance.id = entering, "hi"
	c := Claims{License: TheLicense, Teammate: who, Expires: time.Now().Add(1000 * time.Hour)}
	if !tr.floor.join(a, &p, p.License.Config.Revision, func(s *session) { s.admitted(c, &p, h, earlier) }) {
		tr.t.Fatal("the floor knows a newer revision")
	}
	return a
}

// prepare is join of one whose app was shown so much before, as a conn does it.
func (tr *troupe) prepare(who seats.TeammateID, id seats.SessionID, h wire.Hello) *actor {
	tr.t.Helper()
	if err := tr.floor.reach(context.Background(), h.Feeds); err != nil {
		tr.t.Fatal(err)
	}
	a := tr.join(who, id, h)
	synctest.Wait()
	return a
}

func (a *actor) session() seats.SessionID { return a.s.id }

func (a *actor) step(event func(*session)) func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	event(a.s)
	var (
		rest    []effect
		closing func()
	)
	for _, e := range a.s.takeEffects() {
		switch e := e.(type) {
		case send:
			a.take(e.packet.payload())
		case sendAll:
			for _, p := range e.packets {
				a.take(p.payload())
			}
		case order, introduce, findAsk, arrive, tellPresence, choose, show, supersede:
			rest = append(rest, e)
		case shut:
			a.shut = e.code
			closing = a.onShut
		}
	}
	return func() {
		if closing != nil {
			closing()
		}
		for _, e := range rest {
			switch e := e.(type) {
			case order:
				a.troupe.floor.order(a, a.mate, e.call)
			case introduce:
				a.troupe.floor.introduce(a, a.mate, e)
			case findAsk:
				a.troupe.floor.findAsk(a, a.mate, e)
			case arrive:
				a.troupe.floor.enterRoster(a)
			case tellPresence:
				a.troupe.floor.tellPresence(e.command)
			case choose:
				a.troupe.floor.choose(a, e)
			case show:
				a.troupe.floor.show(a, e)
			case supersede:
				a.troupe.floor.supersede(e.session)
			}
		}
	}
}

// take keeps a frame.
func (a *actor) take(raw []byte) {
	t := a.troupe.t
	if a.glance != nil {
		a.glance.See(raw)
		return
	}
	f, err := wire.DecodeServer(raw)
	if err != nil {
		t.Error(err)
		return
	}
	if f.Type == wire.TypeBoardChanged {
		a.feed = append(a.feed, position{f.Epoch, *f.Version})
		a.change = wire.BoardDelta{}
		if err := json.Unmarshal(f.Data, &a.change); err != nil {
			t.Error(err)
		}
		return
	}
	if a.roster.follow(t, f); f.Type == wire.TypeRosterChanged {
		return
	}
	if f.Type == wire.TypeSnapshot {
		var s wire.Snapshot
		if err := json.Unmarshal(f.Data, &s); err != nil {
			t.Error(err)
			return
		}
		if s.Feeds.Board == nil {
			return
		}
		a.feed = append(a.feed, position{s.Feeds.Board.Epoch, s.Feeds.Board.Version})
		return
	}
	a.frames = append(a.frames, tellFrame(t, raw))
}

// delta is the change of the board that was shown last.
func (a *actor) delta() wire.BoardDelta {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.change
}

// say feeds the session's events from outside of the floor.
func (a *actor) say(event func(*session)) { a.step(event)() }

// told hands over what was sent beside the feed.
func (a *actor) told() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.frames
	a.frames = nil
	return f
}

func (a *actor) ask(id, typ, data string) {
	a.say(func(s *session) {
		s.frame(time.Now(), fmt.Appendf(nil, `{"id":%q,"type":%q,"data":%s}`, id, typ, data))
	})
}

func (a *actor) request(id, typ string) {
	a.say(func(s *session) { s.frame(time.Now(), fmt.Appendf(nil, `{"id":%q,"type":%q}`, id, typ)) })
}
