package loadtest

import "time"

// Result is what came of a run, or of one part of it. It is what --json writes, and what merge, compare, --fail and the report read.
type Result struct {
	Format  int       `json:"format"` // WriteResult sets it, ReadResult checks it
	Plan    Plan      `json:"plan"`
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`          // from the end of the warm-up
	Parts   int       `json:"parts"`            // of how many processes this is what they measured; Plan.Parts when it is whole
	Merged  []int     `json:"merged,omitempty"` // the parts that Merge has put together, ascending; none: this is Plan.Part alone

	Timings  map[Metric]*Timing `json:"timings"`
	Counts   map[string]int64   `json:"counts"`   // by Count…; one that is missing is 0
	Errors   map[string]int64   `json:"errors"`   // by code, of error replies, closes and requests without an answer
	Refusals map[string]int64   `json:"refusals"` // by code
	Grants   map[string]int64   `json:"grants"`   // by cause: CauseAnswer, or that of seat.granted
	Losses   map[string]int64   `json:"losses"`   // by the reason of seat.lost
	Timeline []Second           `json:"timeline"` // in order
	Servers  []Server           `json:"servers"`
	Client   Process            `json:"client"`
	Verdict  Verdict            `json:"verdict"`
}

// What is counted in a Result, errors and refusals apart.
const (
	CountLogins     = "logins"         // welcomes
	CountTakes      = "takes"          // takes and waits that were answered
	CountGrants     = "grants"         // seats that were told, of whatever cause
	CountReleases   = "releases"       // seats that their holders gave back: by leaving, or logging out
	CountHandOvers  = "hand_overs"     // seats that their holders gave to a colleague
	CountLosses     = "losses"         // seats that were taken from their holders
	CountLogouts    = "logouts"        // sessions that their agents ended
	CountStatuses   = "statuses"       // statuses that were chosen
	CountReconnects = "reconnects"     // connections that were lost and came back
	CountNotKept    = "seats_not_kept" // seats that were held when a connection was lost, and no longer when it was back
	CountResyncs    = "resyncs"        // feeds that had a gap, and were asked for anew
	CountFrames     = "frames"         // that came from the servers
	CountBytes      = "bytes"          // that went over all connections
	CountLate       = "late"           // what was due in an open loop and could not begin, as all agents were busy
)

// CauseAnswer is the cause of a seat that was the answer to a take, a wait or a hello.
const CauseAnswer = "answer"

// Metric is something that is timed.
type Metric string

// What is timed.
const (
	Login      Metric = "login"       // dialling to the welcome
	Take       Metric = "take"        // a take or a wait to its answer
	Release    Metric = "release"     // a seat given back to the grant of it to the next in line
	SeenHere   Metric = "seen_here"   // a status chosen to a colleague on the same node seeing it
	SeenAcross Metric = "seen_across" // … on another node
	Reconnect  Metric = "reconnect"   // a connection lost to the seat being back
)

// Second is one second of a run.
type Second struct {
	At        int     `json:"at"` // seconds since the run began
	Connected int64   `json:"connected"`
	Held      int64   `json:"held"`  // seats that agents hold
	Seats     int64   `json:"seats"` // the total of all licenses
	Waiting   int64   `json:"waiting"`
	Logins    int64   `json:"logins"`
	Takes     int64   `json:"takes"`
	Grants    int64   `json:"grants"`
	Refusals  int64   `json:"refusals"`
	Releases  int64   `json:"releases"`
	Losses    int64   `json:"losses"`
	Errors    int64   `json:"errors"`
	Frames    int64   `json:"frames"`
	Bytes     int64   `json:"bytes"`
	P50       Moments `json:"p50"` // of what was timed in this second, in milliseconds
	P99       Moments `json:"p99"`
	// Of the servers together, from /metrics; nil: not known.
	CPU    *float64 `json:"cpu,omitempty"`    // cores
	Memory *float64 `json:"memory,omitempty"` // bytes resident
	Redis  *float64 `json:"redis,omitempty"`  // commands sent
}

// Moments are milliseconds by what was timed.
type Moments map[Metric]float64

// Server is what one server used up over the run.
type Server struct {
	URL           string  `json:"url"`
	CPUSeconds    float64 `json:"cpu_seconds"`
	MemoryBytes   float64 `json:"memory_bytes"` // at most
	RedisCommands float64 `json:"redis_commands"`
}

// Process is what the load test itself used up.
type Process struct {
	CPUSeconds  float64 `json:"cpu_seconds"`
	MemoryBytes float64 `json:"memory_bytes"` // at most
}

// Verdict is what the oracle says.
type Verdict struct {
	Checked    map[Promise]int64 `json:"checked"`             // how often each promise was looked at
	Unchecked  map[Promise]int64 `json:"unchecked,omitempty"` // … and how often it could not be: too much was going on, or was unknown
	Violations []Violation       `json:"violations"`
}

// Promise is the number of one of the design's promises.
type Promise int

// Violation is a promise that was broken, with the evidence.
type Violation struct {
	Promise  Promise  `json:"promise"`
	License  string   `json:"license"`
	At       float64  `json:"at"` // seconds since the run began
	What     string   `json:"what"`
	Evidence []string `json:"evidence"` // what agents did and were told, in its order; as little as shows it
}
