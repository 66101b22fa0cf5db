package seatstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"usher/seats"
)

// batches: what holds for a batch as a whole, and generations.
var batches = []promise{
	{"UnopenedIsAnErrorUntilOpened", unopened},
	{"OpenOnAnOpenLicenseDoesNothing", openTwice},
	{"OpenLoadsTheCooldownsStillRunning", openCooldowns},
	{"Promise3_FencesStartAtTheGeneration", generationFences},
	{"AnInvalidBatchDoesNothing", invalidBatch},
	{"ALateBatchIsToldBeforeAnythingElse", lateFirst},
	{"AContextThatIsOverIsUnavailable", contextOver},
	{"CommandsThatComeTogetherLeaveTogether", oneChange},
	{"AStayWithinOneStepIsAGrantAndALoss", stayWithinStep},
	{"ABatchSeesWhatItsEarlierCommandsDid", inOrder},
	{"LicensesAreApart", licensesApart},
	{"ReadTellsTheWholeBoard", readBoard},
}

// late fails unless a batch is answered with ErrLate.
func (s *scene) late(b seats.Batch) {
	s.Helper()
	if _, err := s.try(b); !errors.Is(err, seats.ErrLate) {
		s.Fatalf("Do: %v, want %v", err, seats.ErrLate)
	}
}

// invalid fails unless a batch is answered with ErrInvalid.
func (s *scene) invalid(b seats.Batch) {
	s.Helper()
	if _, err := s.try(b); !errors.Is(err, seats.ErrInvalid) {
		s.Fatalf("Do: %v, want %v", err, seats.ErrInvalid)
	}
}

func unopened(t *testing.T, f Factory) {
	s := empty(t, f)
	s.revision = 1
	for _, b := range []seats.Batch{
		s.batch(), s.batch(seats.Read{}), s.batch(seats.Renew{Lease: lease}), s.batch(s.take("ann", "ses-1", 1)),
	} {
		var e *seats.UnopenedError
		if _, err := s.try(b); !errors.As(err, &e) || e.Last != 0 {
			t.Fatalf("Do(%+v): %v, want unopened, never before", b.Commands, err)
		}
	}
	out := s.do(seats.Open{Generation: 2})
	want := []seats.Change{{Head: seats.Head{Epoch: "2", Version: 1}}}
	equal(t, "changes", out.Changes, want)
	equal(t, "board", s.board(), seats.Board{Head: want[0].Head})
}

func openTwice(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-1")
	for _, generation := range []seats.Generation{1, 2} {
		b := s.batch(seats.Open{Generation: generation, Cooldowns: []seats.Cooldown{{Teammate: "bob", Until: s.now().Add(time.Hour)}}})
		equal[seats.Reply](t, "open", s.unchanged(b)[0], seats.Done{})
	}
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	s.seat("bob", "ses-bob")
}

func openCooldowns(t *testing.T, f Factory) {
	s := empty(t, f)
	s.revision = 1
	s.do(seats.Open{Generation: 1, Cooldowns: []seats.Cooldown{
		{Teammate: "ann", Until: s.now().Add(2 * time.Second)}, {Teammate: "bob", Until: s.now()},
	}}, seats.Configure{Config: seats.Config{Revision: 1, Status: seats.Active, Cap: 2, Grace: grace}}, seats.Renew{Lease: lease})
	r := refused(t, s.reply(s.take("ann", "ses-ann", 1)), seats.InCooldown)
	equal(t, "retry after", r.RetryAfter, 2*time.Second)
	s.seat("bob", "ses-bob")
	s.Advance(2 * time.Second)
	granted(t, s.reply(s.take("ann", "ses-ann", 2)))
}

func generationFences(t *testing.T, f Factory) {
	s := empty(t, f)
	s.revision = 1
	const generation = 4_000_000 // beyond what a 32-bit or a float's short form would carry
	s.do(seats.Open{Generation: generation},
		seats.Configure{Config: seats.Config{Revision: 1, Status: seats.Active, Cap: 2, Grace: grace}}, seats.Renew{Lease: lease})
	ann := s.seat("ann", "ses-ann")
	equal(t, "fence", ann.Fence, seats.Fence(generation*seats.FencesPerGeneration+1))
	equal(t, "on the board", s.holder("ann").Fence, ann.Fence)
	s.do(seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: 2, Fence: ann.Fence})
	equal(t, "of the loss", s.loss("ann").Fence, ann.Fence)
	equal(t, "the next fence", s.seat("bob", "ses-bob").Fence, ann.Fence+1)
}

func invalidBatch(t *testing.T, f Factory) {
	s := open(t, f, 1)
	before := s.board()
	noNode := s.batch(s.take("ann", "ses-1", 1))
	noNode.Node = ""
	for name, b := range map[string]seats.Batch{
		"no license":            {Commands: []seats.Command{seats.Read{}}},
		"no node":               noNode,
		"open not first":        s.batch(seats.Read{}, seats.Open{Generation: 2}),
		"no sequence number":    s.batch(s.take("ann", "ses-1", 0)),
		"an id with a brace":    s.batch(s.take("{ann}", "ses-1", 1)),
		"a later invalid one":   s.batch(s.take("ann", "ses-1", 1), seats.Renew{}),
		"an unknown command":    s.batch(nil),
		"too many commands":     s.batch(make([]seats.Command, seats.MaxBatch+1)...),
		"a cap below 0":         s.batch(seats.Configure{Config: seats.Config{Revision: 2, Status: seats.Active, Cap: -1, Grace: grace}}),
		"too long a message":    s.batch(seats.Free{Teammate: "ann", Message: string(make([]byte, seats.MaxMessageBytes+1))}),
		"a cooldown in reverse": s.batch(seats.Free{Teammate: "ann", Cooldown: -time.Second}),
		"an ask by nobody":      s.batch(seats.MakeAsk{ID: "ask-1", Session: "ses-1"}),
		"an answer to nothing":  s.batch(seats.AnswerAsk{}),
		"a holder who accepts":  s.batch(seats.AnswerAsk{ID: "ask-1", Of: "ann", Accept: true}),
	} {
		if _, err := s.try(b); !errors.Is(err, seats.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, seats.ErrInvalid)
		}
	}
	equal(t, "board", s.board(), before)
}

func lateFirst(t *testing.T, f Factory) {
	s := empty(t, f)
	b := s.batch(seats.Open{Generation: 1})
	b.Deadline = s.now()
	s.late(b)
	b.Commands = nil
	s.late(b)
	var e *seats.UnopenedError
	if _, err := s.try(s.batch()); !errors.As(err, &e) {
		t.Fatalf("Do: %v, want unopened: the late one opened nothing", err)
	}
}

func contextOver(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Store.Do(ctx, s.batch()); !errors.Is(err, seats.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Do: %v, want unavailable for the context", err)
	}
	stop, err := s.Store.Watch(ctx, s.license, func(*seats.Change) {})
	if !errors.Is(err, seats.ErrUnavailable) {
		t.Errorf("Watch: %v, want unavailable", err)
	}
	if err == nil {
		stop()
	}
}

func oneChange(t *testing.T, f Factory) {
	s := open(t, f, 2)
	out := s.do(s.take("ann", "ses-ann", 1), s.take("bob", "ses-bob", 1), s.take("cid", "ses-cid", 1))
	ann, bob := granted(t, out.Replies[0]).Holder, granted(t, out.Replies[1]).Holder
	refused(t, out.Replies[2], seats.SeatsFull)
	equal(t, "changes", out.Changes, []seats.Change{{
		From:    1,
		Head:    seats.Head{Epoch: "1", Version: 2, Revision: 1, Status: seats.Active, Cap: 2, Total: 2, Used: 2, StaysBegan: 2},
		Holders: []seats.Holder{ann, bob},
	}})
	equal(t, "version", out.Version, 2)
	equal(t, "epoch", out.Epoch, "1")
	equal(t, "now", out.Now, s.now())
}

func stayWithinStep(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-ann")
	out := s.do(seats.Logout{Teammate: "ann", Session: "ses-ann"},
		s.take("bob", "ses-bob", 1), seats.Logout{Teammate: "bob", Session: "ses-bob"},
		s.take("ann", "ses-ann2", 1))
	back := granted(t, out.Replies[3]).Holder
	change := s.change(out)
	equal(t, "holders", change.Holders, []seats.Holder{back})
	equal(t, "gone", len(change.Gone), 0) // bob was never shown, ann is seated again
	fences := []seats.Fence{}
	for _, l := range change.Losses {
		fences = append(fences, l.Fence)
	}
	equal(t, "stays that ended", fences, []seats.Fence{ann.Fence, ann.Fence + 1})
	equal(t, "fence", back.Fence, ann.Fence+2)
}

func inOrder(t *testing.T, f Factory) {
	s := open(t, f, 1)
	next := s.config
	next.Revision, next.Cap = 2, 2
	old, renewed := s.take("ann", "ses-1", 1), s.take("ann", "ses-1", 1)
	renewed.Revision = 2
	out := s.do(old, seats.Configure{Config: next, Base: 1}, old, renewed)
	granted(t, out.Replies[0])
	equal[seats.Reply](t, "by the old revision", out.Replies[2], seats.StaleRevision{Engine: 2})
	equal(t, "repeated by the new one", granted(t, out.Replies[3]).New, false)
}

func licensesApart(t *testing.T, f Factory) {
	s := open(t, f, 1)
	other := *s
	other.license = NewLicense()
	other.do(seats.Open{Generation: 7}, seats.Configure{Config: s.config}, seats.Renew{Lease: lease})
	s.seat("ann", "ses-1")
	h := other.seat("ann", "ses-1")
	equal(t, "fence", h.Fence, seats.Fence(7*seats.FencesPerGeneration+1))
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	other.seated("ann")
}

func readBoard(t *testing.T, f Factory) {
	s := open(t, f, 3)
	for _, id := range []string{"ann", "bob", "cid"} {
		s.seat(seats.TeammateID(id), seats.SessionID("ses-"+id))
	}
	bob, cid := s.holder("bob"), s.holder("cid")
	annLost, bobLost := lossOf(s.holder("ann"), seats.LostLoggedOut, s.now()), lossOf(bob, seats.LostFreed, s.now())
	annLost.Session = "ses-ann"
	s.do(seats.Logout{Teammate: "ann", Session: "ses-ann"})
	dan := s.seat("dan", "ses-dan")
	s.do(seats.Free{Teammate: "bob", Fence: bob.Fence})
	out := s.do(seats.Read{})
	board := answered[seats.BoardRead](t, out.Replies[0]).Board
	equal(t, "version", board.Version, out.Version)
	equal(t, "board", board, seats.Board{
		Head: seats.Head{
			Epoch: "1", Version: out.Version, Revision: 1, Status: seats.Active, Cap: 3, Total: 3, Used: 2, StaysBegan: 4, StaysEnded: 2,
		},
		// by number, and by fence, whatever the order of events
		Holders: []seats.Holder{dan, cid},
		Losses:  []seats.Loss{annLost, bobLost},
	})
}
