# `make run` and `make test` set everything up by themselves: Python 3.11 or later is all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run demo test torture bench lint format types contracts check screenshots lock locked audit clean

run: $(VENV)/.installed
	@$(BIN)/feedreader start --opml feeds.opml

demo: $(VENV)/.installed
	@$(BIN)/feedreader demo

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -n auto

# All of tests/torture and tests/fuzz at full length, with a table: about a quarter of an hour.
torture: $(VENV)/.installed-torture
	FEEDREADER_TORTURE=full $(BIN)/python -m pytest -q tests/torture tests/fuzz

# Newsboat and the library reader beside us; writes docs/performance.md. Ten minutes.
bench: $(VENV)/.installed-dev
	$(BIN)/python bench/report.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

contracts: $(VENV)/.installed-dev
	$(BIN)/lint-imports --no-cache

check: lint types contracts test

screenshots: $(VENV)/.installed-dev
	$(BIN)/python docs/screenshots/make.py

# Exact files, by hash; one list for all versions of Python.
lock: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --extra dev \
		--no-emit-index-url --custom-compile-command 'make lock' --quiet \
		--output-file requirements/dev.txt pyproject.toml

locked: | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $(VENV)/.installed $(VENV)/.installed-dev

# Asks the advisories of PyPI and OSV: needs the internet.
audit: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip-audit --require-hashes -r requirements/dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

# The pip of Python 3.11 itself stumbles over extras named twice (lxml[html-clean,html-clean]).
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=24'

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# atheris has wheels for Linux and some versions of Python; without it hypothesis does its work.
$(VENV)/.installed-torture: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[torture]' || \
		echo 'atheris cannot be installed here: hypothesis takes its place'
	@touch $@
