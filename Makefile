# `make run` starts the demo, `make test` runs every test.
# Both work on a fresh machine with Python 3.11+ and make, and install nothing outside .venv.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt

# Bytecode is kept in .venv, also where the environment turns it off: tests start hundreds of processes.
CACHED := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/.venv/bytecode

.PHONY: run test coverage check format bench profile audit clean help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

run: .venv/run ## install, then a demo desk with the workstation on it
	@$(BIN)/deskwire-server demo $(ARGS)

test: .venv/dev ## install, then every test, PostgreSQL included
	@$(CACHED) $(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

coverage: .venv/dev ## run every test and print the percentage of lines and branches that they reach
	@$(CACHED) $(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered $(ARGS)

check: .venv/dev ## types, lint, format and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/dev ## format the code and apply safe lint fixes
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: .venv/dev ## measure the hot paths, each against a bare peer in the same run
	@$(BIN)/python -m benchmarks $(ARGS)

profile: .venv/dev ## print what a write costs, part by part: WORK=file, reply, change, mail or bulk
	@$(BIN)/python -m benchmarks.profile $(WORK) $(ON)

audit: .venv/dev ## look up known vulnerabilities of the pinned versions (needs the network)
	@$(PIP) --quiet --editable '.[audit]'
	@$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip

clean: ## remove .venv
	rm -rf .venv

.venv/base:
	@test -n "$(PYTHON)" || { echo "Deskwire needs Python 3.11 or newer on the PATH." >&2; exit 2; }
	@echo "Building .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/base pyproject.toml constraints.txt
	@echo "Installing Deskwire (about 20 packages, once) ..."
	@$(PIP) --editable '.[server,tui]'
	@touch $@

.venv/dev: .venv/base pyproject.toml constraints.txt
	@echo "Installing Deskwire with its tests and tools (once) ..."
	@$(PIP) --quiet --editable '.[server,tui,dev]'
	@touch $@ .venv/run
