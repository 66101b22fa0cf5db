# Usher. `make` lists what can be made; `make test` sets up what the tests need and runs all of them.

# PKG narrows what is tested (make test PKG=./seats/...); TESTFLAGS are handed to go test (TESTFLAGS='-run Take -v').
PKG       ?= ./...
TESTFLAGS ?=
BENCH     ?= .
COUNT     ?= 3
FUZZTIME  ?= 30s
# How many random commands `make model` sends to each engine and to the model at least.
COMMANDS  ?= 100000

# Tools are pinned in a module of their own, so that what they need stays out of ours.
TOOL      := go tool -modfile=internal/tools/go.mod
# Runs a command with a Redis server, a Redis Cluster and a PostgreSQL server of its own, on free ports, and stops them.
# What is missing on this machine is an error, and no reason to leave tests out.
WITHSERVERS := USHER_TEST_REQUIRE_REDIS=1 USHER_TEST_REQUIRE_POSTGRES=1 go run ./internal/withservers

.DEFAULT_GOAL := help
.PHONY: help build run demo prepare test model lint fmt generate bench mutants fuzz vuln clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/usher
	CGO_ENABLED=0 go build -trimpath -o bin/usher ./cmd/usher

run: demo
demo: ## start a server with a demo license; nothing else is needed
	go run ./cmd/usher demo

prepare: ## install what the tests need and is missing
	@.ci/prepare

test: prepare ## run all tests with -race, on Redis and PostgreSQL servers of their own
	$(WITHSERVERS) go test -race -timeout 20m $(TESTFLAGS) $(PKG)

model: prepare ## send COMMANDS random commands to each engine and compare it with the model
	USHER_TEST_COMMANDS=$(COMMANDS) $(WITHSERVERS) \
		go test -count=1 -timeout 20m -run '^TestModel$$' -v ./seats/seatsmem ./seats/seatsredis \
		./presence/presencemem ./presence/presenceredis

lint: ## run the linters
	$(TOOL) golangci-lint run $(PKG)

fmt: ## format the code
	$(TOOL) golangci-lint fmt

generate: ## make generated code anew
	go generate ./...

bench: prepare ## hold what is measured against its targets, in a table (BENCH=pattern, COUNT=3)
	USHER_TEST_LICENSES=190 $(WITHSERVERS) go run ./internal/bench -run '$(BENCH)' -count $(COUNT)

mutants: prepare ## put known bugs in, one by one, and see a test fail for each
	$(WITHSERVERS) go run ./internal/mutants

fuzz: ## fuzz each decoder for FUZZTIME
	@grep -rno --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:[0-9]*:func / /' | while read -r file name; do \
		echo "$$(dirname "$$file") $$name"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
	done

vuln: ## look for known vulnerabilities (needs the vulnerability database)
	$(TOOL) govulncheck ./...

clean: ## remove what was built
	rm -rf bin cmd/usher/testdata/ws/node_modules
