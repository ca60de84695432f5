# What a fresh clone needs: make, and a Python that is 3.11 or newer. `make help` says what there is.
#
# Everything is installed into .venv, from hash-locked files (requirements/*.txt), so that what runs here is what was tested.
# PYTHON=… chooses the interpreter; otherwise the first of CANDIDATES that is new enough is taken.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?=
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14 python
NEW_ENOUGH := import sys, venv; sys.exit(sys.version_info < (3, 11))

# Relative paths and `python -m`, never an absolute path or a script's first line: the folder's name may hold spaces.
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
LOCKED := --require-hashes --only-binary :all:
PYTEST := $(PY) -m pytest
WORKERS ?= 2

.PHONY: help install demo test lint bench faults mutants lock format wheel clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

install: .venv/.runtime ## slamon in .venv, ready to run
	@echo "==> Ready: .venv/bin/slamon --help"

demo: .venv/.runtime ## a made-up company: alerts and reports to look at
	@$(PY) -m slamon demo

test: .venv/.dev ## format, style, types, rooms, Dockerfile, then every test
	@failed=0; $(MAKE) --no-print-directory lint || failed=1; \
	echo "==> Running the tests"; \
	$(PYTEST) -n $(WORKERS) --dist worksteal --cov=slamon.core --cov-branch --cov-fail-under=100 || failed=1; \
	exit $$failed

lint: .venv/.dev ## format, style, types, rooms, Dockerfile: all of them, also when one fails
	@failed=0; \
	echo "==> Checking the format"; \
	$(PY) -m ruff format --check . || { failed=1; echo "    mend it with: make format"; }; \
	echo "==> Checking the style"; \
	$(PY) -m ruff check . || failed=1; \
	echo "==> Checking the types"; \
	$(PY) -m mypy || failed=1; \
	echo "==> Checking that imports go downwards"; \
	$(PY) -c "from importlinter.cli import lint_imports_command as check; check()" --no-logo || failed=1; \
	if [ -x .venv/bin/hadolint ]; then \
		echo "==> Checking the Dockerfile"; .venv/bin/hadolint Dockerfile || failed=1; \
	else \
		echo "==> The Dockerfile is not checked: there is no hadolint for this platform"; \
	fi; \
	exit $$failed

bench: .venv/.dev ## how fast it is: every benchmark on its own, with a table
	@failed=0; for script in benchmarks/*.py; do \
		echo "==> $$script"; $(PY) "$$script" || failed=1; \
	done; exit $$failed

faults: .venv/.dev ## crashes, lost connections, full disks: nothing lost, nothing said twice (KILLS= a database, SEED= replays)
	@echo "==> Planting faults: $(KILLS) kills a database; to replay: make faults SEED=$(SEED) KILLS=$(KILLS)"
	@SEED=$(SEED) KILLS=$(KILLS) HYPOTHESIS_PROFILE=nightly $(PYTEST) -m faults -n $(WORKERS)
KILLS ?= 500
SEED ?= 1

mutants: .venv/.proof ## what the core's tests would not notice: each line changed a little, one at a time (two or three hours; MUTANTS= names some)
	@HYPOTHESIS_PROFILE=quick $(PY) tests/mutation/mutating.py run --max-children $(WORKERS) $(MUTANTS)
	@$(PY) tests/mutation/survivors.py
MUTANTS ?=

format: .venv/.dev ## put the code in its format
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix --quiet .

# Every lock is made with the versions of requirements/dev.txt, so that all of them can be installed together.
# The package index is not named here or in the files: the environment decides it.
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml

lock: .venv/.dev ## lock the newest versions that pyproject.toml allows (UPGRADE= keeps what can be kept)
	@echo "==> Locking what develops, runs and builds slamon"
	@$(COMPILE) $(UPGRADE) --extra postgresql --group dev --output-file requirements/dev.txt
	@$(COMPILE) $(UPGRADE) --extra postgresql --constraint requirements/dev.txt --output-file requirements/runtime.txt
	@$(COMPILE:pyproject.toml=) $(UPGRADE) --group build --constraint requirements/dev.txt --output-file requirements/build.txt
	@$(COMPILE:pyproject.toml=) $(UPGRADE) --group proof --constraint requirements/dev.txt --output-file requirements/proof.txt
	@echo "==> Look at the changes, run make test, and commit requirements/"
UPGRADE := --upgrade

wheel: .venv/.dev ## dist/slamon-*.whl
	@$(PY) -m hatchling build -t wheel

clean: ## remove .venv and what tools left behind
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov mutants dist build

.venv/bin/python:
	@found=; for candidate in $(if $(PYTHON),"$(PYTHON)",$(CANDIDATES)); do \
		if "$$candidate" -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then found="$$candidate"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "slamon needs Python 3.11 or newer with its venv module; tried: $(or $(PYTHON),$(CANDIDATES))." >&2; \
		echo "Install one (Debian, Ubuntu: python3 and python3-venv), or name it: make PYTHON=/path/to/python3.12 ..." >&2; \
		exit 1; \
	fi; \
	echo "==> Creating .venv with $$("$$found" --version)"; \
	"$$found" -m venv .venv || { rm -rf .venv; echo "The venv module of $$found does not work (Debian, Ubuntu: install python3-venv)." >&2; exit 1; }

.venv/.runtime: requirements/build.txt requirements/runtime.txt pyproject.toml | .venv/bin/python
	@echo "==> Installing what slamon needs (locked, with hashes; a minute or two the first time)"
	@$(PIP) install --quiet $(LOCKED) -r requirements/build.txt -r requirements/runtime.txt
	@echo "==> Installing slamon itself"
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	@echo "==> Installing what slamon and its tests need (locked, with hashes; a minute or two the first time)"
	@$(PIP) install --quiet $(LOCKED) -r requirements/dev.txt
	@echo "==> Installing slamon itself"
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch .venv/.runtime $@

.venv/.proof: requirements/proof.txt | .venv/.dev
	@echo "==> Installing what changes the code to try the tests (locked, with hashes)"
	@$(PIP) install --quiet $(LOCKED) -r requirements/proof.txt
	@touch $@
