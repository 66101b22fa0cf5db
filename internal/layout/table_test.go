package layout

// module is the path of the module whose packages the table names.
const module = "usher"

// everything stands in the place of a list of imports: all packages but those for tests alone.
const everything = "everything"

// row is what the table says of one package.
type row struct {
	pkg      string   // below the module
	may      []string // imports of ours that it may have, or everything
	why      string   // why no more than these
	guard    string   // why those who don't name it may not import it; "" where the importer's reason says all
	testOnly bool     // for tests and other testOnly packages alone
}

const (
	engineGuard = "engines are chosen in cmd/usher alone; everybody else knows the Store interface, so that all engines answer alike"
	engineWhy   = "an engine carries out the rules of the package it belongs to, and has to run in someone else's server too"
	suiteGuard  = "it brings test libraries along, which have no place in the server"
	recordsWhy  = "durable records know the database and nothing that is live, so that each can be read and tested alone"
	recordsOnly = "durable records are reached over the small interfaces that their callers declare, and wired in cmd/usher"
)

// table is every package there is, or is to be, with what it may import of ours.
var table = []row{
	{
		pkg: "seats",
		why: "who may sit is decided by rules that depend on nothing of ours: they can be imported by someone else's server, " +
			"and another engine, database or protocol does not touch them",
	},
	{pkg: "seats/seatsmem", may: []string{"seats"}, why: engineWhy, guard: engineGuard},
	{pkg: "seats/seatsredis", may: []string{"seats", "internal/lease"}, why: engineWhy, guard: engineGuard},
	{
		pkg: "seats/seatstest", may: []string{"seats"}, testOnly: true, guard: suiteGuard,
		why: "the suite is run by every engine, so it must know none of them",
	},

	{
		pkg: "presence",
		why: "availability is derived by rules that depend on nothing of ours; seats least of all: the gateway is the one " +
			"place that joins the two",
	},
	{pkg: "presence/presencemem", may: []string{"presence"}, why: engineWhy, guard: engineGuard},
	{pkg: "presence/presenceredis", may: []string{"presence", "internal/lease"}, why: engineWhy, guard: engineGuard},
	{
		pkg: "presence/presencetest", may: []string{"presence"}, testOnly: true, guard: suiteGuard,
		why: "the suite is run by every engine, so it must know none of them",
	},

	{
		pkg: "gateway/wire",
		why: "frames are encoding and nothing else: a client links them without the server",
	},
	{
		pkg: "gateway/wire/wiretest", may: []string{"gateway/wire"}, testOnly: true, guard: suiteGuard,
		why: "it holds frames against the document alone, whoever wrote them",
	},
	{
		pkg: "gateway", may: []string{"seats", "presence", "gateway/wire", "internal/auth"},
		why:   "it declares the small interfaces it needs, so that it can be mounted in someone else's server, on any engine and database",
		guard: "the gateway is the outermost layer on its side: only cmd/usher stands above it",
	},
	{
		pkg: "gateway/client", may: []string{"gateway/wire"},
		why:   "a client knows the server by its wire alone; else it would prove nothing, and could not be used outside",
		guard: "the server is no client of itself",
	},
	{
		pkg:   "gateway/client/api",
		why:   "it is generated from the API's document, and knows the server by that alone",
		guard: "the server is no client of itself",
	},
	{
		pkg: "loadtest", may: []string{"gateway/client", "gateway/wire"},
		why:   "a load test judges any deployment by what it says on the wire; knowing the server's inside would make it a witness in its own cause",
		guard: "simulated agents have no place in the server",
	},

	{
		pkg: "internal/admin",
		may: []string{
			"seats", "presence", "internal/auth", "internal/lease", "internal/audit", "internal/directory", "internal/ledger", "internal/alerts",
			"internal/notify", "internal/messages", "internal/console", "internal/telemetry",
		},
		why: "the HTTP API stands beside the gateway, not on it, and reaches floors over an interface of its own; queries belong " +
			"to the packages of the records",
		guard: "the HTTP API is the outermost layer on its side: only cmd/usher stands above it",
	},
	{
		pkg:   "internal/auth",
		why:   "a token is proved by its keys alone; switches are never read from it, so it needs no records",
		guard: "who is asking is settled at the two doors, the gateway and the HTTP API; what lies behind them trusts its caller",
	},
	{
		pkg:   "internal/lease",
		why:   "it is shared by the Redis engines of seats and presence, and knowing either would join the two",
		guard: "Redis is a matter of the engines",
	},
	{
		pkg: "internal/lease/leasetest", may: []string{"internal/lease", "internal/clocktest", "internal/redistest"}, testOnly: true, guard: suiteGuard,
		why: "it serves the tests of every engine on Redis, so it must know none of them",
	},
	{
		pkg:   "internal/database",
		why:   "it opens and migrates what others keep their records in, and knows none of these",
		guard: "SQL stays with the packages of the durable records, so that one set of queries serves both databases",
	},
	{
		pkg: "internal/audit", may: []string{"internal/database"}, why: recordsWhy,
		guard: "what changes records tells the audit log in the same transaction, and what shows or verifies it reads it: nobody else has to do with it",
	},
	{
		pkg: "internal/alerts", may: []string{"internal/database", "internal/outbox"}, why: recordsWhy,
		guard: "what changes records raises alerts in the same transaction, and the HTTP API shows them: nobody else has to do with it",
	},
	{pkg: "internal/directory", may: []string{"internal/database", "internal/audit", "internal/outbox", "internal/alerts"}, why: recordsWhy, guard: recordsOnly},
	{pkg: "internal/ledger", may: []string{"internal/database", "internal/alerts"}, why: recordsWhy, guard: recordsOnly},
	{
		pkg: "internal/outbox", may: []string{"internal/database"}, why: recordsWhy,
		guard: "what changes records puts mail there in the same transaction, and notify sends it: nobody else has to do with it",
	},
	{
		pkg: "internal/notify", may: []string{"internal/outbox"},
		why:   "it sends what the outbox holds, whoever put it there",
		guard: "who has something to tell puts it into the outbox, so that it is not lost; sending is wired in cmd/usher",
	},
	{pkg: "internal/messages", may: []string{"internal/database"}, why: recordsWhy, guard: recordsOnly},
	{
		pkg:   "internal/console",
		why:   "the pages are embedded files that use the interfaces everybody uses; they get nothing past them",
		guard: "pages are served by the HTTP API or mounted in cmd/usher",
	},
	{
		pkg:   "internal/telemetry",
		why:   "setting telemetry up is the same for whatever is measured",
		guard: "packages measure through OpenTelemetry's interfaces; setting it up is for the outermost layer",
	},

	{
		pkg: "internal/layout",
		why: "it judges the others, and is judged by the same table",
	},
	{
		pkg: "internal/clocktest", testOnly: true, guard: suiteGuard,
		why: "a clock knows nothing of what is timed by it",
	},
	{
		pkg: "internal/bench", testOnly: true, guard: suiteGuard,
		why: "it runs benchmarks from outside, and knows them by their names",
	},
	{
		pkg: "internal/mutants", testOnly: true, guard: suiteGuard,
		why: "it changes sources and runs their tests from outside; what it linked in would be the code without the change",
	},
	{
		pkg: "internal/netnstest", testOnly: true, guard: suiteGuard,
		why: "it makes machines and links for whoever asks, and does not care what runs there",
	},
	{
		pkg: "internal/redistest", may: []string{"internal/guardian"}, testOnly: true, guard: suiteGuard,
		why: "it starts servers for whoever asks, and serves the tests of all packages because it knows none",
	},
	{
		pkg: "internal/postgrestest", may: []string{"internal/guardian"}, testOnly: true, guard: suiteGuard,
		why: "it starts servers for whoever asks, and serves the tests of all packages because it knows none",
	},
	{
		pkg: "internal/databasetest", may: []string{"internal/postgrestest"}, testOnly: true, guard: suiteGuard,
		why: "it says where databases are, to the tests of who opens them too, so it opens none",
	},
	{
		pkg: "internal/recordstest", may: []string{"internal/database", "internal/databasetest"}, testOnly: true, guard: suiteGuard,
		why: "it opens databases for the tests of whoever keeps records in them, and knows no records",
	},
	{
		pkg: "internal/smtptest", testOnly: true, guard: suiteGuard,
		why: "it is a mail server for whoever asks, and does not care what is sent",
	},
	{
		pkg: "internal/guardian", testOnly: true, guard: suiteGuard,
		why: "it runs programs for whoever asks, and does not care what they are",
	},
	{
		pkg: "internal/withservers", may: []string{"internal/redistest", "internal/postgrestest"}, testOnly: true, guard: suiteGuard,
		why: "it is these two as a command",
	},

	{pkg: "cmd/usher", may: []string{everything}, why: "test suites and test servers are not for the program that is shipped"},
}

// outside is a library that only some of our packages may import, tests included.
type outside struct {
	contains string // matched within the import path, so that wrappers of the library count
	only     []string
	why      string
}

var outsiders = []outside{{
	contains: "gin-gonic/gin",
	only:     []string{"internal/admin"},
	why: "Gin is how the HTTP API is made and nobody else's business: the gateway has to mount on plain net/http, where Gin's writer " +
		"does not get in the way of an upgrade",
}}

// apart are packages that keep away from each other with all that is below them, tests included.
var apart = []struct{ a, b, why string }{{
	a: "seats", b: "presence",
	why: "each has its own ids, clock and engine, and either can be used without the other; the gateway is the one place that joins them",
}}

// topLevel are the folders of the module's root.
var topLevel = []string{"cmd", "presence", "seats", "gateway", "internal", "loadtest"}
