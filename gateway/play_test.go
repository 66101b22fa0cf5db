package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/gateway/wire/wiretest"
	"usher/presence"
	"usher/seats"

	"github.com/google/go-cmp/cmp"
)

// play is a session without a socket: the test feeds it, and reads what it wants done. Each frame that it sends has to be in
// the document of the wire.
type play struct {
	t      *testing.T
	s      *session
	talk   wiretest.Conversation
	now    time.Time
	orders []call // not answered yet
}

// curtain is when a play begins.
var curtain = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

func newPlay(t *testing.T, change ...func(*Options)) *play {
	t.Helper()
	o := Options{Tokens: NewPlainTokens(), Node: "node_a"}
	for _, f := range change {
		f(&o)
	}
	return &play{t: t, s: newSession("ses_1", o.withDefaults(), "", curtain), now: curtain}
}

// ann is the profile of who plays.
func ann(revision seats.Revision) *Profile {
	return &Profile{
		License: &License{ID: TheLicense, Name: "Test", Config: seats.Config{
			Revision: revision, Status: seats.Active, Cap: 3, Grace: time.Minute,
		}},
		Member: seats.Member{Teammate: "tm_ann", Name: "ann", Operator: true},
	}
}

// ofAnn is what her token proves; it ends in an hour.
func ofAnn() Claims {
	return Claims{License: TheLicense, Teammate: "tm_ann", Expires: curtain.Add(time.Hour)}
}

func (p *play) frame(text string) {
	p.talk.Said([]byte(text))
	p.s.frame(p.now, []byte(text))
}

// ask feeds a request with data.
func (p *play) ask(id, typ, data string) {
	p.frame(fmt.Sprintf(`{"id":%q,"type":%q,"data":%s}`, id, typ, data))
}

// request feeds a request without data.
func (p *play) request(id, typ string) { p.frame(fmt.Sprintf(`{"id":%q,"type":%q}`, id, typ)) }

// enter says hello and lets the session in.
func (p *play) enter(h wire.Hello, resumes seats.SessionID) {
	p.t.Helper()
	h.Token = "tm_ann"
	b, err := wire.Request("hi", wire.TypeHello, h)
	if err != nil {
		p.t.Fatal(err)
	}
	p.frame(string(b))
	p.expect("enter tm_ann")
	p.s.admitted(ofAnn(), ann(1), h, resumes)
	p.expect("arrive")
	p.s.arrived(presence.Present{})
}

// serve brings the session to where it holds the seat 1 with fence 11, learnt at version 5.
func (p *play) serve() {
	p.t.Helper()
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	p.answer(held(11, at(5)))
	p.expect("hi: welcome held 1/11 open")
}

// answer feeds the answer to the oldest call that has none yet.
func (p *play) answer(r result) {
	p.t.Helper()
	if len(p.orders) == 0 {
		p.t.Fatal("nothing was ordered")
	}
	c := p.orders[0]
	p.orders = p.orders[1:]
	if r.roster == nil {
		r.roster = func(seats.Member) shownRoster {
			return shownRoster{whole: []wire.Entry{}, snapshots: func() []packet { return nil }}
		}
	}
	p.s.replied(c, r)
}

// view feeds what the board says of her seat.
func (p *play) view(v seatView) { p.s.viewed(v, p.now) }

// at is a position in the epoch of the fences that are below the first generation's.
func at(version uint64) position { return position{"0", version} }

func seat(fence seats.Fence) seats.Holder {
	return seats.Holder{
		Teammate: "tm_ann", Name: "ann", Number: 1, Fence: fence, Since: curtain, Sessions: 1, Routing: seats.AcceptingChats,
	}
}

// waiting is a board on which she waits under that turn, at that place of so many.
func waiting(turn seats.Turn, place, length int, p position) seatView {
	return seatView{at: p, waiter: &seats.Waiter{Teammate: "tm_ann", Name: "ann", Turn: turn, Since: curtain}, place: place, length: length}
}

// placed is the answer to a take that came to a place.
func placed(turn seats.Turn, place, length int, p position) result {
	v := waiting(turn, place, length, p)
	return result{reply: seats.Waiting{Waiter: *v.waiter, Place: place}, at: p, now: curtain, view: v}
}

// seen is a board on which she holds a seat with that fence; 0: none.
func seen(fence seats.Fence, p position, losses ...seats.Loss) seatView {
	v := seatView{at: p}
	if fence != 0 {
		h := seat(fence)
		v.holder = &h
	}
	for i := range losses {
		losses[i].Number = 1
		v.loss = &losses[i]
	}
	return v
}

func held(fence seats.Fence, p position) result {
	return result{reply: seats.Granted{Holder: seat(fence), New: true}, at: p, now: curtain, view: seen(fence, p)}
}

func refusedFull(p position) result {
	return result{reply: seats.Refused{Code: seats.SeatsFull}, at: p, now: curtain, view: seen(0, p)}
}

func done(p position, v seatView) result {
	return result{reply: seats.Done{}, at: p, now: curtain, view: v}
}

// unknown is a call of which nobody knows what became.
func unknown(v seatView) result {
	return result{err: seats.ErrUnavailable, now: curtain, view: v}
}

// expect compares what the session wants done, in order.
func (p *play) expect(want ...string) {
	p.t.Helper()
	got := []string{}
	for _, e := range p.s.takeEffects() {
		switch e := e.(type) {
		case order:
			p.orders = append(p.orders, e.call)
		case send:
			if err := p.talk.Heard(e.packet.payload()); err != nil {
				p.t.Error(err)
			}
		}
		got = append(got, tellEffect(p.t, e))
	}
	if d := cmp.Diff(append([]string{}, want...), got); d != "" {
		p.t.Fatalf("effects (- wanted):\n%s", d)
	}
}

// tellEffect is an effect in a few words.
func tellEffect(t *testing.T, e effect) string {
	t.Helper()
	switch e := e.(type) {
	case send:
		return tellFrame(t, e.packet.payload())
	case shut:
		return fmt.Sprintf("shut %d", e.code)
	case enter:
		return "enter " + e.hello.Token
	case verify:
		return fmt.Sprintf("verify %s for %s", e.token, e.id)
	case order:
		return strings.TrimSuffix(tellCommand(e.call.command)+" for "+e.call.id, " for ")
	case supersede:
		return "supersede " + string(e.session)
	case show:
		return strings.TrimSuffix("show for "+e.id, " for ")
	case arrive:
		return "arrive"
	case tellPresence:
		return fmt.Sprintf("%T", e.command)
	case choose:
		return fmt.Sprintf("choose %s for %s", e.intent.Status, e.id)
	case introduce:
		return fmt.Sprintf("introduce %s for %s", e.to, e.id)
	case findAsk:
		return fmt.Sprintf("find %s for %s", e.ask, e.id)
	}
	t.Fatalf("unknown effect %T", e)
	return ""
}

func tellCommand(c seats.Command) string {
	switch c := c.(type) {
	case nil:
		return "look"
	case seats.Take:
		told := fmt.Sprintf("take %d", c.Seq)
		if c.Wait {
			told += " or wait"
		}
		if c.Resumes != "" {
			told += " resuming " + string(c.Resumes)
		}
		return told
	case seats.Unwait:
		return fmt.Sprintf("unwait %d of %d", c.Seq, c.Turn)
	case seats.Claim:
		what := fmt.Sprintf("seat %d/%d", c.Holder.Number, c.Holder.Fence)
		if c.Waiter.Turn != 0 {
			what = fmt.Sprintf("turn %d", c.Waiter.Turn)
		}
		return fmt.Sprintf("claim %d of %s in %d", c.Seq, what, c.Generation)
	case seats.HandOver:
		return fmt.Sprintf("hand %d over to %s", c.Fence, c.To.Teammate)
	case seats.MakeAsk:
		return fmt.Sprintf("ask %s: %s", whom(c.Of), c.Note)
	case seats.AnswerAsk:
		return fmt.Sprintf("answer %s to %s: %t", c.ID, whom(c.Of), c.Accept)
	case seats.SetIdle:
		return fmt.Sprintf("idle %d %t", c.Seq, c.Idle)
	case seats.SetRouting:
		return fmt.Sprintf("route %d of %d %s", c.Seq, c.Fence, c.Routing)
	case seats.Leave:
		return fmt.Sprintf("leave %d of %d", c.Seq, c.Fence)
	case seats.Logout:
		return "logout " + string(c.Session)
	case seats.Drop:
		return "drop " + string(c.Session)
	}
	return fmt.Sprintf("%T", c)
}

// whom is who is asked.
func whom(of seats.TeammateID) string {
	if of == "" {
		return "administrators"
	}
	return string(of)
}

// tellFrame is a frame in a few words: its id, its type, and what matters of its data.
func tellFrame(t *testing.T, raw []byte) string {
	t.Helper()
	f, err := wire.DecodeServer(raw)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	var d struct {
		Seat    *wire.Seat
		Access  *wire.Access
		License *wire.License
		Resumed bool
		Cause   string
		Reason  string
		Code    string
		Fence   int64
		Place   *int
		Waiting int
		Ticket  string
		Ask     string
		Of      string
		Outcome string
		From    wire.Person
		Note    string

		DeadlineMS int64 `json:"deadline_ms"`
	}
	if len(f.Data) > 0 {
		if err := json.Unmarshal(f.Data, &d); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
	}
	words := []string{f.Type}
	if d.Seat != nil {
		words = append(words, d.Seat.State)
		switch d.Seat.State {
		case wire.SeatHeld, wire.SeatSuspended:
			words = append(words, fmt.Sprintf("%d/%d", d.Seat.Number, d.Seat.Fence), d.Seat.Ticket)
		case wire.SeatWaiting:
			words = append(words, fmt.Sprint(d.Seat.Place))
		}
		words = append(words, d.Seat.Code)
	}
	if d.Access != nil {
		words = append(words, d.Access.Inbox)
	}
	if d.Resumed {
		words = append(words, "resumed")
	}
	if f.Type == wire.TypeLicenseChanged {
		words = append(words, d.License.Status)
	}
	words = append(words, d.Cause, d.Reason, d.Code)
	switch f.Type {
	case wire.TypeSeatLost, wire.TypeSeatSuspended, wire.TypeSeatUnwarned:
		words = append(words, fmt.Sprint(d.Fence))
	case wire.TypeSeatWarned:
		words = append(words, fmt.Sprint(d.Fence), fmt.Sprint(d.DeadlineMS))
	case wire.TypeWaitlist:
		place := "gone"
		if d.Place != nil {
			place = fmt.Sprint(*d.Place)
		}
		words = append(words, place, "of", fmt.Sprint(d.Waiting))
	case wire.TypeSeatTicket:
		words = append(words, d.Ticket)
	case wire.TypeAskReceived:
		if d.Of == "" {
			words = append(words, "administrators")
		}
		words = append(words, d.From.Name, d.Note)
	case wire.TypeAskAnswered:
		words = append(words, d.Outcome)
	}
	told := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	if f.ID != "" {
		told = f.ID + ": " + told
	}
	return told
}

// made is a packet as it is asked for.
func made(p packet) func() packet { return func() packet { return p } }
