# Each target installs what it needs and what is missing (Debian 12 or 13, apt), then does its work.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run build agent-static test web soak-dashboard screenshots sim crash kill pace soak fuzz bench docs package test-package lint-deploy release lint format clean

ARGS ?=
SEEDS ?= 1000
SECONDS ?= 60
ROUNDS ?= 200
KILLS ?= 200
ALL ?=

help: ## show this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: deps-build ## build, then run the gateway with a demo kiosk on port 8000 until Ctrl-C (ARGS="--kiosks 3")
	@tools/build release kiosk-gateway
	@exec build/kiosk-gateway demo $(ARGS)

build: deps-build ## compile build/kiosk-gateway and build/kiosk-agent
	@tools/build release kiosk-gateway kiosk-agent

agent-static: deps-build ## compile build-static/kiosk-agent: one file that needs nothing but glibc 2.36 or newer, and check it
	@tools/build static kiosk-agent
	@tools/check-static-agent build-static/kiosk-agent

test: deps-build deps-test ## run all tests: unit, simulator, crash, end to end, the dashboard in a browser
	@tools/build release
	@tools/test build

web: deps-test ## build web/dist, the dashboard's page, from web/ (CHECK=1: only check that it matches the sources)
	@tools/web $(if $(CHECK),--check)

soak-dashboard: deps-build deps-test ## run the dashboard with 10,000 kiosks and 500 requests per second, for SECONDS=600
	@tools/build release kiosk-gateway
	@KGW_SOAK=$(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),600) tests/web/run build load

screenshots: deps-build deps-test ## take docs/screenshots/*.png of the real dashboard with simulated kiosks
	@tools/build release kiosk-gateway
	@tests/web/screenshots build

sim: deps-build deps-test ## run the simulator with many seeds (SEEDS=1000)
	@tools/build release sim
	@exec build/sim --seeds $(SEEDS)

crash: deps-build deps-test ## run the crash test for longer (ROUNDS=200)
	@tools/build release crash_store
	@exec build/crash_store $(ROUNDS)

soak: deps-build deps-test ## run under load and check that nothing grows (SECONDS=60)
	@tools/build release kiosk-gateway relay_load
	@exec tests/soak/soak build $(SECONDS)

pace: deps-build deps-test ## test response times and the dashboard under load; needs a quiet machine
	@tools/build release kiosk-gateway relay_load
	@KGW_PACE=1 tests/e2e/run build
	@tests/web/run build load

kill: deps-build deps-test ## SIGKILL the gateway under load, on both stores, and compare what callers, kiosks, callbacks and journal saw (KILLS=200)
	@tools/build release kiosk-gateway slow_sync
	@KGW_KILLS=$(KILLS) tests/e2e/run build kill

fuzz: deps-build deps-fuzz ## run each fuzzer, starting from its corpus (SECONDS=60)
	@tools/build fuzz fuzzers
	@tools/fuzz build-fuzz $(SECONDS)

bench: deps-build deps-bench ## measure the table of docs/performance.md on this machine (QUICK=1, ONLY="1 2")
	@tools/build release kiosk-gateway relay_load relay_floor
	@exec bench/run build

package: build agent-static deps-package ## make .deb packages and tarballs of gateway and agent in dist/, the same bytes each time
	@tools/package build dist build-static/kiosk-agent

test-package: build deps-package ## install, upgrade, remove and purge the packages in a clean Debian tree, as root (outside CI, some 2 min)
	@tests/package/run build

docs: build ## regenerate README.md's table of settings and .env.example from the code
	@tools/docs build

lint: deps-build deps-test deps-lint ## check format, tools/tidy, openapi.yaml, and clang-tidy on changed files (ALL=1: on all)
	@tools/lint $(if $(ALL),--all)

release: ## check, tag and describe a release (VERSION=1.2.3); CHANGELOG.md has its notes
	@tools/release $(VERSION)

lint-deploy: deps-build deps-test ## check deploy/compose.yaml and deploy/kubernetes against their schemas and our settings
	@tools/build release kiosk-gateway
	@tests/deploy/run build

format: deps-lint ## run clang-format on all files
	@tools/lint --format

clean: ## remove all build directories
	rm -rf build build-dev build-symbols build-static build-asan build-tsan build-fuzz

deps-%:
	@tools/install-deps $*
