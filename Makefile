# `make run` and `make test` set everything up by themselves: Python 3.11 or later is all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOO_OLD := feedreader needs Python 3.11 or later, and $(PYTHON) is %d.%d: name another, as in PYTHON=python3.12

# pip says of a network that is missing only that it finds no versions.
install = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1) || \
	{ echo 'feedreader: packages are missing. They come from the network; what pip says is above.' >&2; exit 1; }

# A virtual environment that is half-made, was moved or lost its Python is made anew.
MODULE := { $(BIN)/python -Ic 'import feedreader; print(feedreader.__file__)'; } 2>/dev/null
ifneq ($(shell $(MODULE)),$(CURDIR)/src/feedreader/__init__.py)
$(shell rm -f $(BIN)/python $(VENV)/.installed*)
endif

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
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit("$(TOO_OLD)" % v if v < (3, 11) else 0)'
	@echo 'Setting up $(VENV), which takes a minute'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(call install,'pip>=24')

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@$(call install,--editable .)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	@$(call install,--editable '.[dev]')
	@touch $@ $(VENV)/.installed

# atheris has wheels for Linux and some versions of Python; without it hypothesis does its work.
$(VENV)/.installed-torture: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[torture]' || \
		echo 'atheris cannot be installed here: hypothesis takes its place'
	@touch $@
