package ledger_test

import (
	"testing"
	"time"

	"usher/internal/ledger"
)

// A morning on two seats: Ann from before it on, Bob, whose seat Cid gets after waiting, Dan above the cap and still there, and Eve
// refused, twice within a minute, before she waits and gives up.
func morning() ledger.Happenings {
	stay := func(fence int64, who string, from, until int, reason string) ledger.Stay {
		s := ledger.Stay{License: "lic_a", Fence: fence, Teammate: "tm_" + who, Name: who, Began: at(from), Via: "take", Sessions: 1}
		if reason != "" {
			s.Ended, s.Reason = at(until), reason
		}
		return s
	}
	dan := stay(4, "dan", 540, 0, "")
	dan.Overage = true
	refused := func(seq int64, who string, s int, code string) ledger.Refusal {
		return ledger.Refusal{License: "lic_a", Session: "ses_" + who, Seq: seq, Teammate: "tm_" + who, Name: who, At: at(s), Code: code}
	}
	return ledger.Happenings{
		Stays: []ledger.Stay{stay(1, "ann", -600, 300, "left"), stay(2, "bob", 60, 180, "left"), stay(3, "cid", 180, 600, "left"), dan},
		Waits: []ledger.Wait{
			{License: "lic_a", Turn: 1, Teammate: "tm_cid", Name: "cid", Began: at(90), Ended: at(180), Outcome: ledger.Seated},
			{License: "lic_a", Turn: 2, Teammate: "tm_eve", Name: "eve", Began: at(150), Ended: at(160), Outcome: "gave_up"},
		},
		Refusals: []ledger.Refusal{
			refused(1, "eve", 120, ledger.SeatsFull), refused(2, "eve", 140, ledger.SeatsFull), refused(1, "ned", 130, "not_operator"),
		},
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.record(morning())
	got, err := f.Usage(t.Context(), ledger.Period{License: "lic_a", From: at(0), To: at(720), Step: 300 * time.Second, Now: at(660)})
	if err != nil {
		t.Fatal(err)
	}
	f.same("usage", got, ledger.Usage{
		Steps: []ledger.Step{
			{From: at(0), Peak: 2, Mean: (300. + 120 + 120) / 300, Waiting: 2, Refused: 3},
			{From: at(300), Peak: 2, Mean: (300. + 60) / 300},
			{From: at(600), Peak: 1, Mean: 60. / 120},
		},
		Peak: 2, Mean: (300. + 120 + 420 + 120) / 720, Stays: 4, SeatTime: 960 * time.Second, Overage: 120 * time.Second,
		Teammates: []ledger.SeatTime{
			{Teammate: "tm_cid", Name: "cid", Stays: 1, Time: 420 * time.Second}, {Teammate: "tm_ann", Name: "ann", Stays: 1, Time: 300 * time.Second},
			{Teammate: "tm_bob", Name: "bob", Stays: 1, Time: 120 * time.Second}, {Teammate: "tm_dan", Name: "dan", Stays: 1, Time: 120 * time.Second},
		},
		Refusals: map[string]int{ledger.SeatsFull: 2, "not_operator": 1},
		Waits:    ledger.Waiting{Count: 2, Median: 10 * time.Second, P95: 90 * time.Second, Longest: 90 * time.Second},
		Wanted:   4, // Ann and Bob seated, Cid in line, and Eve
	})
}

func TestUsageOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got, err := f.Usage(t.Context(), ledger.Period{License: "lic_a", From: at(0), To: at(60), Step: time.Minute, Now: at(60)})
	if err != nil {
		t.Fatal(err)
	}
	f.same("usage", got, ledger.Usage{Steps: []ledger.Step{{From: at(0)}}, Refusals: map[string]int{}})
}

// What is handed on in one moment is one seat, and what began and ended in one none.
func TestASeatThatIsHandedOnIsOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.record(stays(
		ledger.Stay{License: "lic_a", Fence: 1, Teammate: "tm_ann", Began: at(0), Ended: at(30), Reason: "left"},
		ledger.Stay{License: "lic_a", Fence: 2, Teammate: "tm_bob", Began: at(30), Ended: at(30), Reason: "left"},
		ledger.Stay{License: "lic_a", Fence: 3, Teammate: "tm_cid", Began: at(30), Ended: at(60), Reason: "left"},
	))
	got, err := f.Usage(t.Context(), ledger.Period{License: "lic_a", From: at(0), To: at(60), Step: time.Minute, Now: at(60)})
	if err != nil {
		t.Fatal(err)
	}
	if got.Peak != 1 || got.Wanted != 1 || got.Mean != 1 || got.Stays != 3 {
		t.Errorf("%+v", got)
	}
}
