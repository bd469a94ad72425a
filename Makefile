# csservice: `make demo` serves the product, `make test` proves it. Both need Python 3.11 or later, make and
# the package registries; everything else is fetched into .venv and node_modules.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Without .pyc files every start costs four seconds more; the other two would lead a run astray.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH DJANGO_SETTINGS_MODULE

BIN := .venv/bin
# The registry that pip is told of is also uv's.
UV = INDEX=$$($(BIN)/pip config get global.index-url 2>/dev/null || true); \
	INDEX=$${UV_DEFAULT_INDEX:-$${UV_INDEX_URL:-$${PIP_INDEX_URL:-$$INDEX}}}; \
	if [ -n "$$INDEX" ]; then export UV_DEFAULT_INDEX="$$INDEX"; fi; $(BIN)/uv
# uv is many times quicker; pip does the same where uv cannot be had.
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement $(1) \
	|| $(BIN)/pip install --quiet --require-hashes --requirement $(1)
TESTING := DJANGO_SETTINGS_MODULE=tests.settings
PO := $(wildcard csservice/locale/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)
WORKERS ?= 2
TESTS ?= tests

.PHONY: help demo test test-pg test-browser lint format types assets messages bench clean locks

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.run assets $(MO) ## Serve the product with demo data on http://127.0.0.1:8000 (PORT)
	@exec $(BIN)/python manage.py demo

test: .venv/.dev assets $(MO) ## Run the tests on the embedded database
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not browser and not postgres" $(TESTS)

test-pg: .venv/.dev assets $(MO) ## Run the tests on PostgreSQL and Redis (throw-away ones, or DATABASE_URL)
	@.ci/with-services $(BIN)/python -m pytest -q -n $(WORKERS) -m "not browser" $(TESTS)

test-browser: .venv/.dev assets $(MO) ## Run the tests that need headless Chromium
	@DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/python -m pytest -q -m browser $(TESTS)

lint: .venv/.dev ## Check style, format and the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(TESTING) $(BIN)/lint-imports

format: .venv/.dev ## Put the code into its format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: .venv/.dev ## Check the types
	@$(BIN)/mypy .

assets: .venv/.run node_modules/.package-lock.json ## Copy the browser's files to build/
	@$(BIN)/python deploy/build_assets.py

messages: .venv/.dev ## Collect the strings to translate (needs GNU gettext)
	@command -v xgettext >/dev/null || { echo "Install GNU gettext first: it provides xgettext."; exit 1; }
	@$(TESTING) $(BIN)/python manage.py makemessages --locale zh_Hans --no-obsolete --add-location file \
		--ignore ".venv/*" --ignore "node_modules/*" --ignore "var/*" --ignore "build/*" --ignore "tests/*" --ignore "bench/*"

bench: .venv/.dev assets $(MO) ## Measure on PostgreSQL and write docs/benchmarks.md
	@$(BIN)/python -m bench.run

locks: .venv/.run ## Write the hash-locked requirements anew from the .in files
	@set -e; for name in requirements requirements-dev requirements-node requirements-uv; do \
		(export UV_CUSTOM_COMPILE_COMMAND="make locks"; $(UV) pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --output-file $$name.txt $$name.in); done

clean: ## Remove what was fetched and built; the demo's data in var/ stays
	@rm -rf .venv node_modules build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis $(MO)

.venv/pyvenv.cfg:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "csservice needs Python 3.11 or later. Install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; \
	fi; \
	echo "Making the Python environment …"; \
	$$found -m venv .venv || { rm -rf .venv; \
		echo "Python cannot make an environment. On Debian or Ubuntu install the package python3-venv."; exit 1; }

.venv/.uv: requirements-uv.txt | .venv/pyvenv.cfg
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement $< \
		|| echo "uv could not be installed; pip does its work, more slowly."
	@touch $@

.venv/.run: requirements.txt .venv/.uv
	@echo "Installing the Python packages …"
	@$(call INSTALL,$<)
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	@echo "Installing the tools for tests …"
	@$(call INSTALL,$<)
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json .npmrc | .venv/.uv
	@echo "Installing the browser packages …"
	@if [ "$$(npm --version 2>/dev/null | cut -d. -f1)" -ge 8 ] 2>/dev/null; then :; \
	else $(call INSTALL,requirements-node.txt); export PATH="$(CURDIR)/$(BIN):$$PATH"; fi; \
	npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

%.mo: %.po | .venv/.run
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ \
		--locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))
	@test -e $@ || { echo "$< was not compiled: its first entry is marked fuzzy. Remove the mark."; exit 1; }
