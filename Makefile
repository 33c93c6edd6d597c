# Lineshaft's tasks. `make` alone lists them. Everything happens in .venv; nothing is installed system-wide but by
# `make system-packages`.

SHELL := bash
.SHELLFLAGS := -o errexit -o nounset -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# Bytewax has wheels for no later Python; asked by running it, for a version manager's shim may only say "not found".
PYTHON ?= $(shell for python in python3.12 python3.11 python3; do "$$python" -c \
  'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo "$$python" && break; done)
STAMP := $(VENV)/.lineshaft-ready
REPLAY ?=
PORT ?=
SPEED ?=
SEED ?=
DEVICES ?=
BUG ?=
ONLY ?=
WITHIN ?= 215
PATIENCE ?= 1
SECONDS ?=
WRITE ?=
DATA ?=
PYTEST := $(BIN)/pytest -q --durations=10
# Files run on one worker each, so that a session's servers start once a worker.
WORKERS ?= 2

.PHONY: help setup demo check format-check lint types imports unit test system-packages integration chaos chaos-long soak kills storm bench scoreboard screenshots format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## the environment in .venv (again only when pyproject.toml has changed)
	@echo "Ready: $(BIN)/lineshaft --help, or make demo"

$(STAMP): pyproject.toml
	@if [[ ! -x $(BIN)/python ]]; then \
	  python="$(PYTHON)"; \
	  [[ -n "$$python" ]] || { echo "Python 3.11 or 3.12 with venv is needed: install it, or make PYTHON=/path/to/python"; exit 1; }; \
	  echo "Making $(VENV) with $$python …"; "$$python" -m venv $(VENV); fi
	@echo "Installing …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[all]' --group dev
	@touch $@

demo: $(STAMP) ## a live plant in the browser (REPLAY=folder for recorded data, PORT=, SPEED=)
	@exec $(BIN)/lineshaft demo $(if $(SPEED),--speed $(SPEED)) $(if $(REPLAY),--replay $(REPLAY)) $(if $(PORT),--port $(PORT))

check: format-check lint types imports unit ## formatting, ruff, mypy, import contracts, unit tests

format-check: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

unit: $(STAMP)
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "not database and not broker and not browser and not timescale"

test: system-packages check integration ## check, then the tests with database, broker and browser

integration: $(STAMP)
	@deploy/test-parts | sed 's/^/  /'
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "$$(deploy/test-parts --marks)"

system-packages: ## what pip cannot bring: chromium, mosquitto, a Chinese font (as root with apt; else says what is missing)
	@deploy/system-packages

chaos: $(STAMP) ## 30 kills, outages and other faults under load: nothing lost, nothing twice (5 min; SEED= repeats a run, PATIENCE=3 on a slow machine)
	@PYTHONPATH=tests $(BIN)/python -m chaos --within $(WITHIN) --patience $(PATIENCE) $(if $(SEED),--seed $(SEED)) $(if $(BUG),--bug $(BUG))

chaos-long: $(STAMP) ## 300 kills, every fault, outages of 10 minutes, kills during migrations (90 min; ONLY="O1,N1 agents" only those faults)
	@PYTHONPATH=tests $(BIN)/python -m chaos --long --patience $(PATIENCE) $(if $(ONLY),--faults "$(ONLY)",--kills 300 --every 5) $(if $(SEED),--seed $(SEED))
	@$(if $(ONLY),,PYTHONPATH=tests $(BIN)/python -m chaos.migrations $(if $(SEED),--seed $(SEED)))

soak: $(STAMP) ## what every process grows by under a steady load (23 min; SECONDS= of 1200)
	@PYTHONPATH=tests $(BIN)/python -m chaos.soak $(if $(SECONDS),--seconds $(SECONDS))

kills: $(STAMP) ## 50 kills of the flows on one recorded journal: the same rows as without, and with two processes (5 min)
	@PYTHONPATH=tests $(BIN)/python -m determinism

storm: $(STAMP) ## 5,000 devices lose their connections at once and come back (2 min; DEVICES=)
	@PYTHONPATH=tests $(BIN)/python -m chaos.storm $(if $(DEVICES),--devices $(DEVICES))

bench: $(STAMP) ## speed on this machine beside what else one could run (10 min; WRITE=1 keeps it in the documentation)
	$(BIN)/python -m benchmarks $(if $(WRITE),--write-docs)

scoreboard: $(STAMP) ## how good detectors and forecasts are, on public data and planted faults (20 min; DATA=folder, ONLY=skab,nab, WRITE=1)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.scoreboard \
	  $(if $(DATA),--data $(DATA)) $(if $(ONLY),--only $(ONLY)) $(if $(WRITE),--write-docs)

screenshots: $(STAMP) ## every page at two sizes into docs/screenshots
	$(BIN)/python -m benchmarks.screenshots

format: $(STAMP) ## let ruff format and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## caches and the environment; not .lineshaft, which holds plants
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
