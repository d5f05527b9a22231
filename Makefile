# Every command of the project. `make help` lists them; `.ci/run` runs what a change must pass.
# Each target first brings in the Debian packages that it lacks, so a bare machine needs only
# `make`, `ca-certificates` and the Swift toolchain.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps deps-test build run demo test fuzz tsan axe conformance conformance-api \
    conformance-trace lint format bench bench-audit bench-clients bench-gates bench-rl soak clean

# Without this flag SwiftPM lets a target import what it does not declare (see Package.swift).
BUILD_FLAGS := --explicit-target-dependency-import-check error
# The Swift runtime is linked in: the program starts faster and runs without the toolchain.
RELEASE_FLAGS := $(BUILD_FLAGS) --configuration release --static-swift-stdlib --product hub
TEST_FLAGS := $(BUILD_FLAGS) --disable-xctest
SWIFT_SOURCES := Sources Tests loadtest Package.swift

# Arguments for the program or for `swift test`: `make run ARGS="--port 8006"`,
# `make test ARGS="--filter WireTests"`.
ARGS ?=

# What the toolchain loads (libcurl to git), links with (binutils, libstdc++) and what the hub
# links with; postgresql brings the server that the hub keeps for itself, util-linux `setpriv`.
PACKAGES := binutils libstdc++-12-dev libcurl4 libncurses6 libsqlite3-0 libxml2 git pkg-config \
    libpq-dev libssl-dev libcurl4-openssl-dev zlib1g-dev postgresql util-linux
# The dashboard is tested in a real browser, compressed streams with the clients that people use,
# tokens of others with those that PyJWT signs.
TEST_PACKAGES := chromium chromium-driver curl nodejs python3-cryptography python3-httpx \
    python3-jsonschema python3-jwt python3-pip python3-websockets
HTTPX_SSE := .build/python/httpx_sse-0.4.0-py3-none-any.whl
AXE_PACKAGES := chromium chromium-driver python3 python3-pip

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the packages that build and run need, where missing
	@$(call install,$(PACKAGES))

deps-test: ## Install what the tests need on top, where missing
	@$(call install,$(PACKAGES) $(TEST_PACKAGES))
	@[ -s $(HTTPX_SSE) ] || /usr/bin/python3 -m pip download --quiet --no-deps \
	    --disable-pip-version-check --dest $(dir $(HTTPX_SSE)) httpx-sse==0.4.0

build: deps ## Build the program for release
	swift build $(RELEASE_FLAGS)

run: build ## Build and start the hub on port 8005
	exec .build/release/hub serve $(ARGS)

demo: build ## Run the whole pipeline on one screen
	@$(call install,curl)
	deploy/demo.sh

test: deps-test ## Run all tests
	swift test $(TEST_FLAGS) $(ARGS)

fuzz: deps ## Fuzz every parser for SECONDS_EACH, 60 s if not said; ARGS names some
	Tests/fuzz/run.sh $(ARGS)

tsan: deps-test ## Run the end-to-end tests against a hub that ThreadSanitizer watches
	Tests/tsan/run.sh $(ARGS)

axe: build ## Check the dashboard for accessibility in a real browser
	@$(call install,$(AXE_PACKAGES))
	Tests/axe/run.sh $(ARGS)

lint: deps ## Check the formatting of the Swift sources
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)

format: deps ## Format the Swift sources in place
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)

bench: build ## Measure the release build under load
	loadtest/bench/run.sh $(ARGS)

bench-audit: build ## Measure the seals of the audit trail: a million rows, and under load
	@$(call install,curl)
	loadtest/bench/audit.sh $(ARGS)

bench-gates: build ## Measure what the gates cost a request: its time, and its instructions
	@$(call install,curl valgrind wrk)
	loadtest/bench/gates.sh $(ARGS)

bench-tls: build ## Measure streams over HTTPS beside plain ones
	@$(call install,curl openssl)
	loadtest/bench/tls.sh $(ARGS)

bench-clients: build ## Measure the memory that five million clients take
	@$(call install,python3)
	loadtest/bench/clients.sh $(ARGS)

soak: build ## Bear everything at once for ten minutes, with takeovers and kills
	@$(call install,curl)
	loadtest/bench/soak.sh $(ARGS)

conformance: build ## Run the Autobahn test suite against the WebSocket server
	@$(call install,python3-venv)
	Tests/conformance/run.sh $(ARGS)

conformance-api: build ## Run schemathesis against the REST API; CASES examples an operation
	@$(call install,python3-venv)
	Tests/api/schemathesis.sh $(ARGS)

conformance-trace: build ## Run the harness of W3C Trace Context; HARNESS names a clone of it
	@$(call install,python3-venv)
	Tests/api/trace-context.sh $(ARGS)

bench-rl: deps ## Compare the learning scorer with Vowpal Wabbit
	loadtest/bench/rl/run.sh $(ARGS)

clean: ## Remove what was built
	swift package clean

# $(call install,packages): installs the missing ones, and does nothing else when none is.
# Debian would start a Postgres of its own on installation; the hub has no use for it.
define install
set -euo pipefail; \
command -v swift >/dev/null || { \
    echo "Swift is not in PATH: install Swift 6.3 from https://www.swift.org/install" >&2; exit 1; }; \
command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || { \
    echo "Not a Debian system: install by hand what these hold: $(1)" >&2; exit 0; }; \
missing=(); for package in $(1); do \
    state=$$(dpkg-query --show --showformat '$${db:Status-Status}' "$$package" 2>/dev/null || true); \
    [[ $$state == installed ]] || missing+=("$$package"); \
done; \
[[ $${#missing[@]} -gt 0 ]] || exit 0; \
echo "Installing $${missing[*]}"; \
root=(); if [[ $$EUID -ne 0 ]]; then \
    command -v sudo >/dev/null || { \
        echo "Run as root, or install by hand: $${missing[*]}" >&2; exit 1; }; \
    root=(sudo); \
fi; \
if [[ " $${missing[*]} " == *" postgresql "* ]]; then \
    "$${root[@]}" mkdir -p /etc/postgresql-common/createcluster.d; \
    "$${root[@]}" tee /etc/postgresql-common/createcluster.d/no-main-cluster.conf >/dev/null \
        <<< "create_main_cluster = false"; \
fi; \
"$${root[@]}" apt-get update --quiet || \
    echo "apt-get update failed; going on with the lists at hand" >&2; \
"$${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes \
    --no-install-recommends "$${missing[@]}" </dev/null
endef
