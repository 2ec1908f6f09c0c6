# `make help` lists the targets. Needs only Python 3.11 or newer; uv, where installed, makes installing faster.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SOURCES := bench capture chaos leadcrm leads mail manage.py nurturing reports scoring tests users
export PORT DEMO LEADCRM_STATE

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: .venv/runtime.stamp ## start everything with the demo; PORT=8000, LEADCRM_STATE=.local, DEMO=0 starts empty
	@$(BIN)/python -m leadcrm.supervise

test: .venv/dev.stamp chromium ## all tests, on throwaway services; ARGS="-k name" narrows them
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: export SECRET_KEY = only-for-checks
check: .venv/dev.stamp ## style, types, layers, templates, migrations, API schema, Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --check --quiet
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

proof: .venv/dev.stamp chromium ## the same properties with full counts, chaos too: longer, before a release
	PROOF=1 $(BIN)/python -m pytest -n 2 -m proof --timeout 3600 $(ARGS)
	@$(MAKE) chaos

chaos: .venv/dev.stamp ## kill workers, lose lines, empty the broker, and count what came of it; ONLY=G1,G4
	$(BIN)/python -m chaos

bench: .venv/dev.stamp ## measure; SIZE=S|M|L, ONLY=P4,P5
	$(BIN)/python -m bench

clean: ## remove the environment and all caches; the data under .local stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing chromium for the browser tests"; \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } \
			>/dev/null || echo "chromium could not be installed; browser tests will say so"; \
	else echo "chromium is missing: install your system's package for the browser tests"; fi

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }
	@if command -v uv >/dev/null; then uv venv --quiet --allow-existing --python $(PYTHON) .venv; else $(PYTHON) -m venv .venv; fi || \
		{ rm -rf .venv; echo "No environment could be made; on Debian: apt install python3-venv"; exit 1; }

# The stamps make a second start skip the installation until a lock changes.
.venv/runtime.stamp: requirements.lock | .venv/bin/python
	@$(call install,-r requirements.lock)

.venv/dev.stamp: requirements.lock requirements-dev.lock | .venv/bin/python
	@$(call install,-r requirements.lock -r requirements-dev.lock)
	@touch .venv/runtime.stamp

define install
	echo "installing the packages of $(notdir $@), once per lock"; started=$$(date +%s); \
	{ { command -v uv >/dev/null && uv pip install --quiet --require-hashes --python .venv $(1); } || \
	  { [ -x .venv/bin/pip ] || .venv/bin/python -m ensurepip >/dev/null; \
	    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes $(1); }; } && \
	printf '%-14s %5s s  %s\n' environment $$(($$(date +%s) - started)) "$(1)" && touch $@
endef

.PHONY: help run test check proof bench chaos clean chromium
