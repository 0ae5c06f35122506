# Each target installs what it needs and what is missing (Debian 12 or 13, apt), then does its work.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run build test web soak-dashboard screenshots sim crash kill pace soak fuzz bench docs lint format clean

ARGS ?=
SEEDS ?= 1000
SECONDS ?= 60
ROUNDS ?= 200
KILLS ?= 20
ALL ?=

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: deps-build ## build, then the gateway with a demo kiosk on port 8000 until Ctrl-C (ARGS="--kiosks 3")
	@tools/build release kiosk-gateway
	@exec build/kiosk-gateway demo $(ARGS)

build: deps-build ## build/kiosk-gateway and build/kiosk-agent
	@tools/build release kiosk-gateway kiosk-agent

test: deps-build deps-test ## every test: unit, simulator, crash, end to end, the dashboard in a browser
	@tools/build release
	@tools/test build

web: deps-test ## web/dist, the dashboard's page, from web/ (CHECK=1: only prove that it is what the sources build)
	@tools/web $(if $(CHECK),--check)

soak-dashboard: deps-build deps-test ## the dashboard with 10,000 kiosks and 500 requests a second, for SECONDS=600
	@tools/build release kiosk-gateway
	@KGW_SOAK=$(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),600) tests/web/run build load

screenshots: deps-build deps-test ## docs/screenshots/*.png, of the real dashboard over simulated kiosks
	@tools/build release kiosk-gateway
	@tests/web/screenshots build

sim: deps-build deps-test ## the simulator over many seeds (SEEDS=1000)
	@tools/build release sim
	@exec build/sim --seeds $(SEEDS)

crash: deps-build deps-test ## the crash test, for longer (ROUNDS=200)
	@tools/build release crash_store
	@exec build/crash_store $(ROUNDS)

soak: deps-build deps-test ## load for long: nothing may grow (SECONDS=60)
	@tools/build release kiosk-gateway relay_load
	@exec tests/soak/soak build $(SECONDS)

pace: deps-build deps-test ## on a quiet machine: times that the gateway keeps to, the dashboard under load
	@tools/build release kiosk-gateway relay_load
	@KGW_PACE=1 tests/e2e/run build
	@tests/web/run build load

kill: deps-build deps-test ## SIGKILL under load, on both stores; all that anybody saw and was told must agree (KILLS=20)
	@tools/build release kiosk-gateway slow_sync
	@KGW_KILLS=$(KILLS) tests/e2e/run build kill

fuzz: deps-build deps-fuzz ## each fuzzer over its corpus and further (SECONDS=60)
	@tools/build fuzz fuzzers
	@tools/fuzz build-fuzz $(SECONDS)

bench: deps-build deps-bench ## the table of docs/performance.md, measured here (QUICK=1, ONLY="1 2")
	@tools/build release kiosk-gateway relay_load relay_floor
	@exec bench/run build

docs: build ## README.md's table of settings and .env.example, from the code
	@tools/docs build

lint: deps-build deps-test deps-lint ## format, tools/tidy, openapi.yaml, clang-tidy on what changed (ALL=1: everything)
	@tools/lint $(if $(ALL),--all)

format: deps-lint ## clang-format over the tree
	@tools/lint --format

clean: ## remove every build directory
	rm -rf build build-dev build-symbols build-asan build-tsan build-fuzz

deps-%:
	@tools/install-deps $*
