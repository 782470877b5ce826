# Two commands: `make run` and `make test`. Both set up whatever is missing first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8080
DATA ?= var/demo
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
BENCH_ARGS ?=
UV_INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
# Some networks sign what passes with a certificate that only the system knows: then uv and npm ask the system.
NPM_ENV := PATH="$(abspath $(BIN)):$$PATH" NODE_OPTIONS=--use-system-ca

.PHONY: run test bench pictures browser scanner readers ocr papers setup assets messages lock lint clean

run: setup ocr papers
	exec $(BIN)/tuntas demo --port $(PORT) --data $(DATA)

test: setup browser scanner ocr papers
	$(BIN)/python -m pytest -n 2 --dist loadscope $(PYTEST_ARGS)

# What things cost, as ratios against a floor of the same run; needs a quiet machine and some ten minutes.
# BENCH_ARGS="--write docs/bench.md" keeps the table.
bench: setup readers papers
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

# Takes the pictures of the guides anew; look at them before committing.
pictures: setup browser
	TUNTAS_KEEP_PICTURES=1 $(BIN)/python -m pytest -q tests/browser/test_guides.py

# Chromium itself, and the one library that the browser driver's own Node wants of the system.
browser: $(VENV)/.ready
	@if ! { command -v chromium && $(BIN)/playwright --version; } >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing the Debian packages chromium and libatomic1 for the browser tests"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium libatomic1; \
	  else \
	    echo "The browser tests need Debian's chromium and libatomic1. Run as root: apt-get install chromium libatomic1" >&2; \
	  fi; \
	fi

# The virus scanner itself, for the tests alone; its signatures are not wanted, so nothing is downloaded later.
scanner: $(VENV)/.ready
	@if ! command -v clamd >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing the Debian package clamav-daemon for the tests of the virus scan"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends clamav-daemon; \
	  else \
	    echo "The tests of the virus scan need Debian's clamd. Run as root: apt-get install --no-install-recommends clamav-daemon" >&2; \
	  fi; \
	fi

# What the bench of the checks is held against; without it that row has no floor.
readers:
	@if ! { command -v qpdf && command -v pdfsig && command -v pdftotext; } >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing the Debian packages qpdf and poppler-utils for the bench"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends qpdf poppler-utils; \
	  else \
	    echo "The bench of the checks compares with qpdf, pdfsig and pdftotext. Run as root: apt-get install qpdf poppler-utils" >&2; \
# What reads scans; without it everything else works, and the pages say that scans are not read.
ocr:
	@if ! tesseract --list-langs 2>/dev/null | grep -qx ind; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing the Debian packages tesseract-ocr and tesseract-ocr-ind, which read scans"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends tesseract-ocr tesseract-ocr-ind \
	      || echo "They could not be installed; scans will not be read." >&2; \
	  else \
	    echo "Scans are read by Debian's Tesseract. Run as root: apt-get install tesseract-ocr tesseract-ocr-ind" >&2; \
	  fi; \
	fi

# What draws papers as PDF, and their font; without them papers are made for Excel and Word alone.
papers: $(VENV)/.ready
	@if ! { $(BIN)/python -c 'import weasyprint' && ls /usr/share/fonts/truetype/liberation*/LiberationSans-Regular.ttf; } >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Debian's Pango and the Liberation fonts, which draw papers as PDF"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation \
	      || echo "They could not be installed; papers will not be made as PDF." >&2; \
	  else \
	    echo "Papers are drawn with Debian's Pango. Run as root: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation" >&2; \
	  fi; \
	fi

setup: $(VENV)/.ready assets

# The lock is installed as it stands; the project itself is linked, so a changed source needs no second setup.
$(VENV)/.ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@if ! $(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Debian packages: python3 python3-venv"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv; \
	  else \
	    echo "Python 3.11 or newer with its venv module is needed. Run as root: apt-get install python3 python3-venv" >&2; exit 1; \
	  fi; \
	fi
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(UV_INSTALL) --require-hashes -r requirements/dev.txt || $(UV_INSTALL) --system-certs --require-hashes -r requirements/dev.txt
	$(UV_INSTALL) --no-deps --no-build-isolation -e .
	touch $@

assets: webapp/static/dist/manifest.json

webapp/static/dist/manifest.json: $(VENV)/.ready webapp/assets/package-lock.json $(wildcard webapp/assets/src/*) webapp/assets/build.mjs
	cd webapp/assets && $(NPM_ENV) npm ci --silent && $(NPM_ENV) node build.mjs

# Brings the catalogs up to date with the sources and lists what is left to translate; they are read as they lie, never compiled.
messages: $(VENV)/.ready
	$(BIN)/python -m webapp.translations

# Writes the locks anew from pyproject.toml; review the difference before committing it.
lock: $(VENV)/.ready
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" -o requirements/uv.txt requirements/uv.in
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --extra embedded -o requirements/run.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" -c requirements/run.txt -o requirements/server.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --all-extras -c requirements/run.txt -o requirements/dev.txt pyproject.toml

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) webapp/assets/node_modules webapp/static/dist test-output
