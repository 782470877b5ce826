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

# $(call debian,CHECK,PACKAGES,WHAT FOR): installs Debian packages where CHECK fails, or says who must.
define debian
	@if ! { $(1); } >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing the Debian packages $(2), for $(3)"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends $(2); \
	  else \
	    echo "Not there: what $(3) needs. Run as root: apt-get install --no-install-recommends $(2)" >&2; \
	  fi; \
	fi
endef

# Chromium itself, and the one library that the browser driver's own Node wants of the system.
browser: $(VENV)/.ready
	$(call debian,command -v chromium && $(BIN)/playwright --version,chromium libatomic1,the browser tests)

# The virus scanner itself, for the tests alone; its signatures are not wanted, so nothing is downloaded later.
scanner:
	$(call debian,command -v clamd,clamav-daemon,the tests of the virus scan)

# What the bench of the checks is held against; without it that row has no floor.
readers:
	$(call debian,command -v qpdf && command -v pdfsig && command -v pdftotext,qpdf poppler-utils,the bench of the checks)

# What reads scans; without it everything else works, and the pages say that scans are not read.
ocr:
	-$(call debian,tesseract --list-langs | grep -qx ind,tesseract-ocr tesseract-ocr-ind,reading scans)

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
