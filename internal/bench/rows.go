package main

// row is a target: a figure of a benchmark, and its bound.
type row struct {
	what    string
	of      benchmark
	figure  figure // what is held against the bound
	bound   float64
	atLeast bool   // else at most
	beside  string // what the bound is a multiple of, or its unit

	ours, theirs figure // both sides of the ratio; the zero figure: there is no such side
}

var (
	takeOnRedis   = benchmark{"./seats/seatsredis", "BenchmarkTake"}
	stormOnRedis  = benchmark{"./seats/seatsredis", "BenchmarkStorm"}
	takeOnServer  = benchmark{"./seats/seatsredis", "BenchmarkTakeOnServer"}
	takeInProcess = benchmark{"./seats/seatsmem", "BenchmarkTake"}
	flatInProcess = benchmark{"./seats/seatsmem", "BenchmarkFlat"}
	flatOnServer  = benchmark{"./seats/seatsredis", "BenchmarkFlatOnServer"}
	idle          = benchmark{"./gateway", "BenchmarkIdleConnection"}
	fanout        = benchmark{"./gateway", "BenchmarkFanout"}
	login         = benchmark{"./cmd/usher", "BenchmarkLoginCPU"}
	loginOfMany   = benchmark{"./cmd/usher", "BenchmarkLoginCPUByLicense"}
	commands      = benchmark{"./cmd/usher", "BenchmarkCommandsOfLogin"}
	joinInStorm   = benchmark{"./cmd/usher", "BenchmarkStorm"}
	manyLicenses  = benchmark{"./internal/directory", "BenchmarkManyLicenses"}
)

// rows are all targets.
func rows() []row {
	all := []row{
		{
			what: "256 takes at once over 200 licenses, Redis", of: takeOnRedis, figure: figure{"", "x-bare"}, bound: 0.95, atLeast: true,
			beside: "× explicit pipelines of 64", ours: figure{"", "takes/s"}, theirs: figure{"", "takes/s-bare"},
		},
		{
			what: "storm, 16 takes waiting on each license, Redis", of: stormOnRedis, figure: figure{"", "x-bare"}, bound: 3, atLeast: true,
			beside: "× takes sent singly", ours: figure{"", "takes/s"}, theirs: figure{"", "takes/s-bare"},
		},
		{
			what: "Redis CPU of one take", of: takeOnServer, figure: figure{"", "x-bare"}, bound: 2, beside: "× a plain 8-command script",
			ours: figure{"", "Redis-µs"}, theirs: figure{"", "Redis-µs-bare"},
		},
		{
			what: "RSS of an idle agent, everything included", of: idle, figure: figure{"", "x-bare"}, bound: 0.40,
			beside: "× a bare handler with a reader", ours: figure{"", "RSS-B/agent"}, theirs: figure{"", "bare-RSS-B/agent"},
		},
		{
			what: "one change to 1,000 connections, CPU", of: fanout, figure: figure{"", "x-raw"}, bound: 1.25,
			beside: "× raw writes", ours: figure{"", "ns/told"}, theirs: figure{"", "raw-ns/told"},
		},
		{
			what: "8 changes in a tick to each, CPU", of: fanout, figure: figure{"", "x-8-Writes"}, bound: 0.25,
			beside: "× eight Conn.Write", ours: figure{"", "8-changes-ns/told"},
		},
	}
	all = append(all, row{
		what: "CPU of a login, license of 1", of: login, figure: figure{"", "x-plain"}, bound: 1.5, beside: "× accept, token check, one script call",
		ours: figure{"", "µs/login"}, theirs: figure{"", "µs/plain"},
	})
	for _, part := range []struct {
		name  string
		bound float64
	}{{"25", 1.5}, {"100", 2.5}, {"1000", 5}} {
		all = append(all, row{
			what: "CPU of a login, license of " + part.name, of: loginOfMany, figure: figure{part.name, "x-of-1"}, bound: part.bound,
			beside: "× license of 1", ours: figure{part.name, "µs/login"}, theirs: figure{part.name, "µs/login-of-1"},
		})
	}
	for _, part := range []struct{ name, what string }{
		{"agents=25/at-once=false", "license of 25, one by one"}, {"agents=25/at-once=true", "license of 25, at once"},
	} {
		all = append(all, row{
			what: "Redis commands for a login, " + part.what, of: commands, figure: figure{part.name, "commands/login"}, bound: 3, beside: "commands",
		})
	}
	for _, part := range []struct {
		name  string
		bound float64
	}{{"p50", 6000}, {"p99", 20_000}} {
		all = append(all, row{
			what: "join seen by a colleague in a storm, " + part.name, of: joinInStorm, figure: figure{"", "µs/join-seen-" + part.name},
			bound: part.bound, beside: "µs", ours: figure{"", "µs/login-" + part.name}, theirs: figure{"", "µs/plain-" + part.name},
		})
	}
	for _, part := range []struct{ name, what string }{
		{"new", "takes of seats"}, {"held", "takes by holders"}, {"refused", "takes refused"},
	} {
		all = append(all, row{
			what: part.what + ", in process, 2 cores", of: takeInProcess, figure: figure{part.name, "takes/s"}, bound: 2e6, atLeast: true,
			beside: "a second", ours: figure{part.name, "ns/take-on-2"}, theirs: figure{part.name, "ns/take-bare"},
		})
	}
	for _, part := range []struct{ name, what string }{
		{"holders_log_out_and_in", "holders log out and in"},
		{"holders_take_again", "holders take again"},
		{"newcomers_come_and_go", "newcomers come and go"},
		{"waiters_give_up_and_wait_anew", "waiters wait anew"},
		{"waiters_ask_for_their_place", "waiters ask their place"},
		{"seats_are_handed_on", "seats are handed on"},
	} {
		all = append(all, row{
			what: "100,000 on one license, in process: " + part.what, of: flatInProcess, figure: figure{part.name, "x-few"}, bound: 1.5,
			beside: "× on licenses of 10", ours: figure{part.name, "ns/step-of-100000"}, theirs: figure{part.name, "ns/step-of-10"},
		})
	}
	for _, part := range []struct{ name, what string }{
		{"holders_log_out_and_in", "holders log out and in"},
		{"waiters_log_out_and_wait_anew", "waiters wait anew"},
		{"seats_are_handed_on", "seats are handed on"},
	} {
		all = append(all, row{
			what: "100,000 on one license, Redis CPU: " + part.what, of: flatOnServer, figure: figure{part.name, "x-bare"}, bound: 1.5,
			beside: "× license of 10", ours: figure{part.name, "Redis-µs"}, theirs: figure{part.name, "Redis-µs-bare"},
		})
	}
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		for _, part := range []struct{ name, what string }{
			{"login", "what a login reads"}, {"list-teammates", "a page of teammates"}, {"list-licenses", "a page of licenses"},
		} {
			all = append(all, row{
				what: part.what + ", 1,000 licenses of 100, " + database, of: manyLicenses, figure: figure{database, "x-of-10/" + part.name}, bound: 1.5,
				beside: "× ten licenses", ours: figure{database, "µs/" + part.name}, theirs: figure{database, "µs-of-10/" + part.name},
			})
		}
	}
	return all
}
