package loadtest

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"usher/gateway/wire"
)

// Keys of a board's parts that belong to no teammate; no id has a space in it.
const (
	headPart = " head" // cap, total, used, waiting
	linePart = " line" // the waitlist, in its order
)

// readBoard reads a board, or a change of one.
func readBoard(data []byte, d *delta) bool {
	var head []byte
	good := true
	return fields(data, func(name, value []byte) bool {
		switch string(name) {
		case "cap", "total", "used", "waiting":
			head = append(append(head, value...), ' ')
			d.set[headPart] = part{hash: xxhash.Sum64(head)}
		case "holders":
			good = readEntries(value, d)
		case "waitlist":
			d.set[linePart] = part{hash: xxhash.Sum64(value)}
		case "gone":
			good = readKeys(value, d)
		}
		return good
	}) && good
}

// readRoster reads a whole roster, or a part of one.
func readRoster(data []byte, d *delta) bool { return readEntries(data, d) }

// readRosterChange reads a change of a roster.
func readRosterChange(data []byte, d *delta) bool {
	good := true
	return fields(data, func(name, value []byte) bool {
		switch string(name) {
		case "changes":
			good = readEntries(value, d)
		case "removed":
			good = readKeys(value, d)
		}
		return good
	}) && good
}

// readEntries reads a list of holders, or of roster entries.
func readEntries(list []byte, d *delta) bool {
	good := true
	return empty(list) || elements(list, func(value []byte) bool {
		key := text(field(value, "teammate"))
		if good = len(key) > 0; good {
			d.set[string(key)] = part{hash: xxhash.Sum64(value), note: noteIn(value)}
		}
		return good
	}) && good
}

// readKeys reads a list of teammates.
func readKeys(list []byte, d *delta) bool {
	good := true
	return empty(list) || elements(list, func(value []byte) bool {
		key := text(value)
		d.gone = append(d.gone, string(key))
		good = len(key) > 0
		return good
	}) && good
}

func empty(list []byte) bool { return string(list) == "null" }

// Notes of statuses that the load test chooses are numbered.
const notePrefix = "seen "

func noteText(n uint64) string { return notePrefix + strconv.FormatUint(n, 10) }

var noteField = []byte(`"note":"` + notePrefix)

// noteIn is the number of a roster entry's note; 0: it is none of ours.
func noteIn(entry []byte) uint64 {
	_, after, found := bytes.Cut(entry, noteField)
	if !found {
		return 0
	}
	digits, _, _ := bytes.Cut(after, []byte(`"`))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func boardFeed() *feed  { return &feed{whole: readBoard, change: readBoard} }
func rosterFeed() *feed { return &feed{whole: readRoster, change: readRosterChange} }

// DigestOf is the digest that an agent has of a board which it was shown.
func DigestOf(b wire.Board) uint64 {
	encoded, err := json.Marshal(b)
	if err != nil {
		return 0
	}
	if v := boardFeed().begin(wire.Position{}, encoded); v != nil {
		return v.digest
	}
	return 0
}
