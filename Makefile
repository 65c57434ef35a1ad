# The targets for people are those with a description after ##; `make` lists them.
# CI calls nothing but `make check`.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

GO        ?= go
PKG       ?= ./...

TOOL     := $(GO) tool -modfile=.tools/go.mod
# Built rather than `go run`: exit codes and signals then arrive as they are.
DEVSTACK := bin/devstack
# In the recipes of run and e2e, so that it is built after the application that it embeds.
BUILD_DEVSTACK := $(GO) build -o $(DEVSTACK) ./cmd/devstack
WITH_DB  := $(DEVSTACK) exec --
MODULES  := frontend/node_modules/.package-lock.json
SPA      := frontend/dist/index.html
# Everything that the built application depends on; tests are no part of it.
SPA_FROM := $(shell find frontend/src frontend/public -type f ! -name '*.test.ts' 2>/dev/null) \
            $(wildcard frontend/index.html frontend/vite.config.ts frontend/tsconfig*.json frontend/package.json)

# Packages in which goroutines meet: the race detector is slow, the rest gains nothing from it.
RACE ?= $(wildcard $(addprefix ./internal/,idempotency outbox session token filing registrant enterprise standin/clock standin/idp)) \
        $(wildcard ./api)

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z0-9-]*:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## ---- running ----

.PHONY: run
run: $(SPA) ## start everything on this machine: database, stand-ins, demo data, product
	@$(BUILD_DEVSTACK)
	exec $(DEVSTACK) run

.PHONY: build
build: $(SPA) ## the shipped binary: static, with the application inside, in bin/zhuce
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/zhuce ./cmd/zhuce

.PHONY: migrate
migrate: ## bring the database at DATABASE_URL to the newest schema
	$(GO) run ./cmd/zhuce migrate

## ---- testing ----

.PHONY: test
test: vet test-all test-race test-frontend build e2e ## every test there is

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: test-all
test-all: $(DEVSTACK) $(MODULES)
	@office=$$($(DEVSTACK) office | tail -n 1); \
	ZHUCE_OFFICE="$$office" $(WITH_DB) $(GO) test -shuffle=on -count=1 -timeout=20m ./...

.PHONY: test-go
test-go: $(DEVSTACK) ## the Go tests of one package: make test-go PKG=./internal/filing [ARGS='-run TestX -v']
	$(WITH_DB) $(GO) test -shuffle=on -count=1 $(ARGS) $(PKG)

.PHONY: test-race
test-race: $(DEVSTACK) ## the packages in which goroutines meet, under the race detector
	@.ci/need-cc
	$(WITH_DB) env CGO_ENABLED=1 $(GO) test -race -shuffle=on -count=1 -timeout=20m $(RACE)

.PHONY: test-frontend
test-frontend: $(MODULES) ## the browser application's unit tests
	npm --prefix frontend run test

.PHONY: e2e
e2e: $(SPA) ## the journeys in a real browser, on a stack of their own [ARGS="-g sign-in"]
	@$(BUILD_DEVSTACK)
	browser=$$($(DEVSTACK) browser | tail -n 1); \
	ZHUCE_CHROMIUM="$$browser" $(DEVSTACK) run --ephemeral -- npm --prefix frontend run e2e -- $(ARGS)

.PHONY: pictures
pictures: ## the pictures of the user manual, taken anew by the journeys
	ZHUCE_FIGURES=$(CURDIR)/docs/pictures $(MAKE) e2e ARGS="--project desktop"

REQUESTS ?= 100000
SEED     ?= 0

.PHONY: fuzz
fuzz: $(DEVSTACK) ## requests made out of the contract, sound to hostile, as every caller [REQUESTS=100000 SEED=7]
	$(WITH_DB) $(GO) test -count=1 -timeout=120m -v ./api/fuzztest -strict -requests $(REQUESTS) -seed $(SEED) -lanes 4 $(ARGS)

FILINGS ?= 1000

.PHONY: life
life: $(DEVSTACK) ## filings live their whole lives at random, and a model of their own agrees [FILINGS=1000 SEED=7]
	$(WITH_DB) $(GO) test -count=1 -timeout=60m -v ./api/lifetest -filings $(FILINGS) -seed $(SEED) $(ARGS)

.PHONY: bench
bench: $(DEVSTACK) ## measure the list beside a hand-written one, with a million rows; some minutes
	$(WITH_DB) $(GO) test -count=1 -timeout=20m -v ./internal/bench -full $(ARGS)

## ---- checking ----

.PHONY: lint
lint: $(MODULES) ## linters of Go, the browser application and the contract
	$(TOOL) golangci-lint run
	npm --prefix frontend run lint
	npm --prefix frontend run contract

# The Go client, made only when the contract or its settings have changed.
GO_CLIENT := api/client/zhuce.gen.go

.PHONY: clients
clients: ## the generated clients: Go in api/client, TypeScript in frontend/client
	@slim=$$(mktemp); trap 'rm -f "$$slim"' EXIT; \
	$(GO) run ./cmd/openapi slim > "$$slim"; \
	mark="// Of the contract $$(cat "$$slim" api/client/generate.yaml | sha256sum | cut -c 1-16)."; \
	if ! grep -qsxF "$$mark" $(GO_CLIENT); then \
		$(TOOL) oapi-codegen -config api/client/generate.yaml -o $(GO_CLIENT) "$$slim"; \
		sed -i.bak "1a\\$$mark" $(GO_CLIENT); rm -f $(GO_CLIENT).bak; \
	fi

.PHONY: gen
gen: $(MODULES) ## make anew what is generated: contract, TypeScript types, golden files
	$(GO) run ./cmd/openapi
	$(MAKE) api-changelog
	$(MAKE) clients
	npm --prefix frontend run gen
	$(GO) test ./internal/appeal -run '^TestMatrix$$' -update
	$(GO) test ./internal/registrant -run '^TestMatrix$$' -update
	$(GO) test ./internal/warning -run '^TestMatrix$$' -update
	$(GO) test ./internal/filing -run '^TestMatrix' -update
	$(GO) test ./internal/rename -run 'Matrix$$' -update
	$(GO) test ./internal/docstest -run TestGlossary -update
	$(GO) test ./internal/archtest -run '^TestArrows$$' -update

# Works in a dirty tree too: what counts is that gen changes nothing more.
.PHONY: verify
verify: ## fail if anything generated is out of date
	@state() { git status --porcelain; git diff; }; \
	before=$$(state); $(MAKE) gen; after=$$(state); \
	if [[ "$$before" != "$$after" ]]; then \
		diff <(echo "$$before") <(echo "$$after") | head -n 60 || true; \
		echo 'verify: generated files are out of date; run "make gen" and commit'; exit 1; \
	fi

# The newest released document; what is served must keep its promises.
RELEASED = $(shell ls docs/openapi/released/*.json | sort -V | tail -n 1)

.PHONY: breaking
breaking: ## compare the contract with the last released one; fail on what breaks clients
	$(TOOL) oasdiff breaking --fail-on ERR --severity-levels docs/openapi/severity.txt $(RELEASED) docs/openapi/openapi.json

.PHONY: api-changelog
api-changelog:
	@$(TOOL) oasdiff changelog --format json --severity-levels docs/openapi/severity.txt $(RELEASED) docs/openapi/openapi.json | $(GO) run ./cmd/openapi changes

.PHONY: release-contract
release-contract: ## keep the present contract as the released one of api.Version, with its section in docs/api-changelog.md
	$(MAKE) api-changelog
	$(GO) run ./cmd/openapi release

# Not part of check: it asks the vulnerability database on the network, which changes by the day.
.PHONY: vuln
vuln: ## known vulnerabilities in what we use
	$(TOOL) govulncheck ./...

.PHONY: check
check: test lint verify breaking ## exactly what CI runs

.PHONY: clean
clean: ## remove what was built; the development data in .devstack stays
	rm -rf bin coverage.out frontend/test-results frontend/playwright-report
	find frontend/dist -mindepth 1 ! -name .gitkeep -delete

## ---- files ----

# npm writes this file itself; it is as old as the installation.
$(MODULES): frontend/package-lock.json
	npm --prefix frontend ci --no-audit --no-fund
	@touch $@

.PHONY: $(DEVSTACK)
$(DEVSTACK):
	@$(BUILD_DEVSTACK)

$(SPA): $(MODULES) $(SPA_FROM)
	npm --prefix frontend run build
	@touch $@
