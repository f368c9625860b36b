# `make run` and `make test` are all that is needed; both install what they need first (tools/setup).
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
RUN_ARGS ?=

.PHONY: help setup setup-run build run test check bench format ui-dev clean

help: ## Show this help
	@echo "Vizsla: a self-hosted APM that Datadog tracers can't tell from a Datadog Agent."
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'
	@echo
	@echo "  make run DEMO=0            only the server"
	@echo "  make run HISTORY=1         with the last 17 hours of a synthetic shop, to look back on"
	@echo "  make run RUN_ARGS='--apm-listen 127.0.0.1:8136'"

setup: ## Install what is needed (idempotent)
	@tools/setup

setup-run:
	@tools/setup run

build: setup-run ## Build the release binary: build/vizsla
	@cmake --preset release >/dev/null
	@cmake --build build/release --parallel $(JOBS) --target vizsla

run: build ## Start Vizsla and the demo; Ctrl-C stops both
	@.venv/bin/python demo/run.py --vizsla build/vizsla --data-dir ./data $(if $(filter 0,$(DEMO)),--no-demo) $(if $(filter 1,$(HISTORY)),--history) $(RUN_ARGS)

test: setup ## Build everything and run every test
	@cmake --preset release >/dev/null
	@cmake --build build/release --parallel $(JOBS)
	@.venv/bin/python tools/run_tests.py

check: setup ## Format, clang-tidy, arrows, sanitizers, fuzz smoke
	@tools/check

bench: setup ## Measure: what each step costs, and the whole under load
	@cmake --preset release >/dev/null
	@cmake --build build/release --parallel $(JOBS)
	@.venv/bin/python bench/run.py

format: setup ## Format all sources
	@git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format-19 -i
	@cd ui && npm run --silent format

ui-dev: setup ## Web UI with live reload, in front of a running server (VIZSLA_URL)
	@cd ui && npm run dev

clean: ## Remove what was built (keeps ./data)
	@rm -rf build ui/dist
