package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// floor is one license on this node. Its files: floor.go, who is here; floor_queue.go, the way to the engine;
// floor_board.go, the replica and its fan-out; floor_license.go, the license's record; floor_lease.go, whether the node
// may vouch for seats; floor_tickets.go; floor_recovery.go, after the engine forgot; floor_colleagues.go;
// floor_ledger.go, what is written down for good; floor_timers.go.
type floor struct {
	id        seats.LicenseID
	admission *seats.Admission
	records   Records
	settings  *settings
	metrics   *metrics
	tasks     *sync.WaitGroup // of the Server: every goroutine of the floor is counted there

	ctx     context.Context // ends when the floor is closed: nobody waits for the engine any more
	cancel  context.CancelFunc
	loading chan struct{} // holds one token: whoever has it loads the board for the first time
	stop    func()        // of the watch

	mu       sync.Mutex
	after    []func() // what to do once mu is released; see unlock
	closed   bool
	users    int // sessions, and callers that hold the floor for a moment
	idleAt   time.Time
	license  *License // shared with the sessions, and not changed
	profiles profiles
	replica  replica
	fanout   fanout
	// unattached: the engine forgot this node's sessions, and their seats are to be looked after once the
	// board is known; see attach.
	unattached bool
	sessions   map[seats.SessionID]member
	byMate     map[seats.TeammateID][]member // the sessions of each
	// administrators are those of byMate who were one when their sessions were last told.
	administrators map[seats.TeammateID]struct{}
	queue          seatLane
	timers         timers
	lease          leaseClock
	dropped        map[seats.TeammateID]droppedSeat // by drops that the board may not show yet
	tickets        ticketDesk
	roster         rosterFeed
	attendance     attendance
	ledger         *ledgerDesk // of the server; nil: nobody keeps one
	checked        time.Time   // when the ledger was last held against the board
}

// member is a session on a floor, as the floor sees it. step runs one event of the session and returns how to
// carry out what it wants done.
type member interface {
	session() seats.SessionID
	step(event func(*session)) (carryOut func())
}

func newFloor(id seats.LicenseID, a *seats.Admission, s *settings, m *metrics, tasks *sync.WaitGroup) *floor {
	f := &floor{
		id: id, admission: a, records: s.Records, settings: s, metrics: m, tasks: tasks,
		loading:  make(chan struct{}, 1),
		sessions: map[seats.SessionID]member{},
		byMate:   map[seats.TeammateID][]member{},
		license:  &License{ID: id}, profiles: profiles{}, administrators: map[seats.TeammateID]struct{}{},
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.loading <- struct{}{}
	f.timers.init(f)
	f.queue = seatLane{floor: f, end: seatsEnd{f}}
	f.roster = newRosterFeed()
	f.attendance.init(f)
	f.lease.fenced = true // until the first renewal
	return f
}

func (f *floor) lock() { f.mu.Lock() }

// unlock releases mu, then carries out what came up under it: effects of sessions may need mu themselves.
func (f *floor) unlock() {
	after := f.after
	f.after = nil
	f.mu.Unlock()
	for _, do := range after {
		do()
	}
}

// tell runs an event of a session. The caller holds mu.
func (f *floor) tell(m member, event func(*session)) {
	if carryOut := m.step(event); carryOut != nil {
		f.after = append(f.after, carryOut)
	}
}

// load makes sure that the board is watched and was read, and that the license's record is known.
func (f *floor) load(ctx context.Context) error {
	select {
	case <-f.loading:
		defer func() { f.loading <- struct{}{} }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", seats.ErrUnavailable, ctx.Err())
	}
	if f.isLoaded() {
		return nil
	}
	license, err := f.records.License(ctx, f.id)
	if err != nil {
		return err
	}
	f.lock()
	f.license = &license
	watched := f.stop != nil
	f.unlock()
	if !watched {
		stop, err := f.admission.Watch(ctx, f.id, f.noticed)
		if err != nil {
			return err
		}
		if !f.watch(&f.stop, stop) {
			stop()
			return fmt.Errorf("%w: %w", seats.ErrUnavailable, errFloorClosed)
		}
	}
	if _, err := f.do(ctx, seats.Read{}); err != nil {
		return err
	}
	if err := f.loadRoster(ctx); err != nil {
		return err
	}
	f.timers.start()
	return nil
}

// reach reads feeds anew of which a client was shown more than is known here, and waits until that was shown here. One that was
// shown what nobody knows any more gets what there is.
func (f *floor) reach(ctx context.Context, shown wire.Feeds) error {
	f.lock()
	board := !f.replica.position().reached(positionOf(shown.Board))
	roster := f.roster.position()
	f.unlock()
	if board {
		if _, err := f.do(ctx, seats.Read{}); err != nil {
			return err
		}
	}
	if !roster.reached(positionOf(shown.Roster)) {
		read := presence.Read{Epoch: roster.epoch, Version: roster.version}
		if _, err := await(ctx, &f.attendance.presenceLane, presence.Command(read)); err != nil {
			return err
		}
	}
	return f.reachShown(ctx, positionOf(shown.Roster))
}

// watch keeps how a watch is stopped. It fails when the floor was closed meanwhile.
func (f *floor) watch(kept *func(), stop func()) bool {
	f.lock()
	defer f.unlock()
	if f.closed {
		return false
	}
	*kept = stop
	return true
}

func (f *floor) isLoaded() bool {
	f.lock()
	defer f.unlock()
	return f.stop != nil && f.replica.loaded() && f.attendance.stop != nil && f.roster.loaded()
}

// hold keeps the floor from being closed until release. It fails when the floor is closed already.
func (f *floor) hold() bool {
	f.lock()
	defer f.unlock()
	if f.closed {
		return false
	}
	f.users++
	return true
}

func (f *floor) release() {
	f.lock()
	defer f.unlock()
	f.users--
	f.idleAt = f.settings.Now()
}

// join makes a session known to the floor, in one step with the event that admits it. From now on it is told
// what concerns it. False: the floor told of a newer revision of the license before.
func (f *floor) join(m member, p *Profile, known seats.Revision, admit func(*session)) bool {
	f.lock()
	defer f.unlock()
	if known < f.license.Config.Revision {
		return false
	}
	if len(f.sessions) == 0 {
		f.flushRoster() // while nobody was here nobody was shown anything
	}
	if *p.License == *f.license {
		p.License = f.license
	}
	f.profiles.remember(p)
	t := p.Member.Teammate
	f.sessions[m.session()] = m
	f.byMate[t] = append(f.byMate[t], m)
	f.noteAdministrator(p.Member)
	f.tell(m, admit)
	return true
}

// perSession is how much longer than the tick changes are merged for each session that they have to be written to: so
// that a storm of logins costs each of them a bounded number of frames, whatever their number.
const perSession = 100 * time.Microsecond

// tick is how far apart the frames of a feed are. The caller holds mu.
func (f *floor) tick(base time.Duration) time.Duration {
	return base + time.Duration(len(f.sessions))*perSession
}

// part is the opposite of join.
func (f *floor) part(m member, t seats.TeammateID) {
	f.lock()
	defer f.unlock()
	delete(f.sessions, m.session())
	left := slices.DeleteFunc(slices.Clone(f.byMate[t]), func(other member) bool { return other == m })
	if len(left) > 0 {
		f.byMate[t] = left
		return
	}
	delete(f.byMate, t)
	delete(f.administrators, t)
}

// drop tells the engine that the connection of a session was lost, which held that. The caller does not hold mu.
func (f *floor) drop(c seats.Command, t seats.TeammateID, had heldSeat) {
	f.submit(item{command: c, sticky: true})
	f.lock()
	defer f.unlock()
	f.noteDrop(t, had)
}

// heirTime is how long a session that another one continues may still be known to the seats, until that one has taken: a drop
// before would show the teammate in grace for a moment.
const heirTime = 2 * time.Second

// dropLater tells the engine that a session is gone, should the one that continues it not have done so by then. The floor
// stays until then. The caller does not hold mu.
func (f *floor) dropLater(c seats.Command) {
	f.lock()
	defer f.unlock()
	f.users++
	f.timers.afterFunc(heirTime, func() {
		f.submit(item{command: c, sticky: true})
		f.release()
	})
}

// supersede ends a session that another one continues, if it is here.
func (f *floor) supersede(id seats.SessionID) {
	f.lock()
	defer f.unlock()
	if m, ok := f.sessions[id]; ok {
		f.tell(m, (*session).resumedElsewhere)
	}
}

// idle tells whether the floor can be closed: nobody is here, nothing waits to be sent, and nothing is due, or others see
// to that.
func (f *floor) idle(now time.Time) bool {
	return f.users == 0 && len(f.sessions) == 0 && f.sent() && now.Sub(f.idleAt) >= f.settings.Linger &&
		(f.timers.due.IsZero() && f.attendance.alarm.due.IsZero() || f.servedElsewhere())
}

// sent tells whether nothing waits to be sent or written.
func (f *floor) sent() bool {
	return f.queue.empty() && f.attendance.empty() && f.attendance.seen.empty()
}

// servedElsewhere tells whether another node has live sessions of the license, which sees to what is due there.
func (f *floor) servedElsewhere() bool {
	for _, e := range f.roster.entries {
		if e.InGrace() {
			continue
		}
		for _, d := range e.Devices {
			if d.Node != presence.NodeID(f.settings.Node) {
				return true
			}
		}
	}
	return false
}

// closeIfIdle closes the floor when it is idle, and tells whether it is closed.
func (f *floor) closeIfIdle(now time.Time) bool {
	f.lock()
	if f.closed || !f.idle(now) {
		defer f.unlock()
		return f.closed
	}
	f.shutAndUnlock()
	return true
}

// close ends the floor whatever is still due there: the server stops.
func (f *floor) close() {
	f.lock()
	if f.closed {
		f.unlock()
		return
	}
	f.shutAndUnlock()
}

// shutAndUnlock closes the floor and releases mu before the watch is stopped, whose last notice may want it.
func (f *floor) shutAndUnlock() {
	f.closed = true
	f.cancel()
	f.timers.stop()
	stops := []func(){f.stop, f.attendance.stop}
	f.unlock()
	for _, stop := range stops {
		if stop != nil {
			stop()
		}
	}
}

// show answers a sync: ok, then snapshots.
func (f *floor) show(m member, e show) {
	f.lock()
	defer f.unlock()
	f.tell(m, func(s *session) {
		if s.phase != serving {
			return
		}
		if e.id != "" {
			s.reply(e.id, wire.TypeOK, wire.Empty{})
		}
		if e.board {
			s.snapshot(f.snapshotPacket(), f.replica.position())
		}
		if e.roster {
			s.rosterSnapshot(f.rosterFor(s.profile.Member))
		}
	})
}

// look answers a call that needs no engine, with the board as it is here.
func (f *floor) look(m member, t seats.TeammateID, c call) {
	f.lock()
	defer f.unlock()
	r := f.resultFor(t, nil, nil)
	f.tell(m, func(s *session) { s.replied(c, r) })
}

// order sends a command of a session to the engine. Drops are sent until they arrive: a session that is gone has
// nobody else to say so. So is what no client asked for, the takes by which seats come back to their holders:
// nobody else would ask again.
func (f *floor) order(m member, t seats.TeammateID, c call) {
	if c.command == nil {
		f.look(m, t, c)
		return
	}
	began := f.settings.Now()
	f.submit(item{
		command: c.command,
		sticky:  c.id == "",
		done: func(reply seats.Reply, out *seats.Outcome, err error) {
			f.metrics.answered(c.command, reply, err, f.settings.Now().Sub(began))
			f.claimEnded(c.command, reply)
			r := f.resultFor(t, f.delivered(reply), out)
			r.err = err
			f.tell(m, func(s *session) { s.replied(c, r) })
		},
	})
}

// resultFor puts together what a caller is answered with. The caller holds mu.
func (f *floor) resultFor(t seats.TeammateID, reply seats.Reply, out *seats.Outcome) result {
	f.checkLease()
	r := result{
		reply:     reply,
		view:      f.view(t),
		board:     f.replica.wireBoard(),
		now:       f.timers.engineNow(),
		suspended: f.lease.fenced,
		roster:    f.rosterFor,
	}
	if out != nil {
		r.at, r.now = position{out.Epoch, out.Version}, out.Now
	}
	return r
}

// view is what the board says of a teammate. The caller holds mu while the view is looked at.
func (f *floor) view(t seats.TeammateID) seatView {
	v := f.replica.view(t)
	if _, is := f.administrators[t]; is {
		v.asks = append(v.asks, f.replica.asksOf("")...)
	}
	if f.settings.Tickets != nil {
		v.ticket = f.ticket
	}
	return v
}

var errFloorClosed = errors.New("the floor is closed")
