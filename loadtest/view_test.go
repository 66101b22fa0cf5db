package loadtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"usher/gateway/wire"
)

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whichever changes led there, and whatever was whole before: who was shown the same board has the same digest, and another one
// who was not.
func TestDigestsAreThoseOfWhatWasShown(t *testing.T) {
	t.Parallel()
	random := drawn(1, 2)
	f := boardFeed()
	board := wire.Board{Cap: 3, Total: new(3)}
	one := f.begin(wire.Position{Epoch: "1"}, encoded(t, board))
	slow := one
	var missed wire.BoardDelta
	digests := map[uint64]bool{}
	for version := uint64(1); version <= 200; version++ {
		d := change(random, &board)
		at := wire.Position{Epoch: "1", Version: version}
		if one = one.change(at, encoded(t, d)); one.digest != DigestOf(board) {
			t.Fatalf("version %d: the changes lead to another board than there is", version)
		}
		missed.Gone = append(missed.Gone, d.Gone...)
		missed.Holders = append(missed.Holders, d.Holders...)
		if random.IntN(3) > 0 { // merged with the next
			continue
		}
		whole := f.begin(at, encoded(t, board))
		if whole != one {
			t.Fatal("two who were shown the same have not the same view")
		}
		missed.Board = d.Board
		missed.Holders, missed.Waitlist = board.Holders, &board.Waitlist
		missed.Gone = slices.DeleteFunc(missed.Gone, func(t string) bool { return seated(board, t) })
		if slow = slow.change(at, encoded(t, missed)); slow != one {
			t.Fatalf("version %d: merged changes lead elsewhere", version)
		}
		missed = wire.BoardDelta{}
		digests[one.digest] = true
	}
	if len(digests) < 30 {
		t.Errorf("%d different boards", len(digests))
	}
}

func seated(b wire.Board, teammate string) bool {
	return slices.ContainsFunc(b.Holders, func(h wire.Holder) bool { return h.Teammate == teammate })
}

// change changes a board, and tells the change.
func change(random *rand.Rand, b *wire.Board) wire.BoardDelta {
	who := fmt.Sprintf("tm_%d", random.IntN(5))
	d := wire.BoardDelta{}
	if seated(*b, who) {
		b.Holders = slices.DeleteFunc(slices.Clone(b.Holders), func(h wire.Holder) bool { return h.Teammate == who })
		d.Gone = []string{who}
	} else {
		h := wire.Holder{Teammate: who, Number: len(b.Holders) + 1, Fence: random.Int64(), State: wire.HolderHeld}
		b.Holders = append(slices.Clone(b.Holders), h)
		d.Holders = wire.Holders{h}
	}
	b.Used = len(b.Holders)
	b.Waitlist = wire.Waitlist{{Teammate: "tm_w", Place: random.IntN(3)}}
	b.Waiting = 1
	line := b.Waitlist
	d.Cap, d.Total, d.Used, d.Waiting, d.Waitlist = b.Cap, b.Total, b.Used, b.Waiting, &line
	return d
}

// Holders of one another's seats make another board, though the parts are the same.
func TestDigestsTellPartsApart(t *testing.T) {
	t.Parallel()
	ann, bob := wire.Holder{Teammate: "tm_ann", Number: 1}, wire.Holder{Teammate: "tm_bob", Number: 2}
	seen := map[uint64]string{}
	for name, b := range map[string]wire.Board{
		"none": {}, "one": {Holders: wire.Holders{ann}}, "both": {Holders: wire.Holders{ann, bob}},
		"swapped": {Holders: wire.Holders{{Teammate: "tm_ann", Number: 2}, {Teammate: "tm_bob", Number: 1}}},
		"waiting": {Waitlist: wire.Waitlist{{Teammate: "tm_ann"}}}, "total": {Total: new(3)}, "cap": {Cap: 3},
	} {
		digest := DigestOf(b)
		if other, ok := seen[digest]; ok {
			t.Errorf("%s is like %s", name, other)
		}
		seen[digest] = name
	}
}

func TestNotesAreNewsOnce(t *testing.T) {
	t.Parallel()
	entry := func(teammate, note string) wire.Entry { return wire.Entry{Teammate: teammate, Note: note} }
	f := rosterFeed()
	v := f.begin(wire.Position{}, encoded(t, []wire.Entry{entry("tm_1", noteText(7))}), encoded(t, []wire.Entry{entry("tm_2", "")}))
	if len(v.news) != 0 || len(v.parts) != 2 {
		t.Fatalf("%+v", v)
	}
	at := wire.Position{Version: 1}
	v = v.change(at, encoded(t, wire.RosterDelta{Changes: []wire.Entry{
		entry("tm_1", noteText(7)), entry("tm_2", noteText(8)), entry("tm_3", "seen it"),
	}}))
	if len(v.news) != 1 || v.news[0] != (sighting{"tm_2", 8}) {
		t.Errorf("the news are %v", v.news)
	}
	at.Version++
	if v = v.change(at, encoded(t, wire.RosterDelta{Removed: []string{"tm_1", "tm_2", "tm_3", "tm_4"}})); v.digest != 0 || len(v.parts) != 0 {
		t.Errorf("an empty roster has digest %d", v.digest)
	}
	if v.change(at, []byte(`{"changes":[{}]}`)) != nil {
		t.Error("what can't be read was")
	}
}
