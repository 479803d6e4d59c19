# Everything from a fresh clone. All it needs is Python 3.11 or newer.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# The checks read the settings and touch no service.
CHECK := DATABASE_URL=postgres://check@127.0.0.1:1/check REDIS_URL=redis://127.0.0.1:1 SECRET_KEY=check $(BIN)/python

# Many processes start here, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test bench soak lint fmt style types layers django pages translations

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: .venv/runtime.stamp ## Open the shop at http://127.0.0.1:8000, with demo data (PORT=8001 for another port).
	@exec $(BIN)/python -m n2store.launch

test: .venv/dev.stamp ## Run all tests against a real PostgreSQL and Redis (ARGS="-k wallet" for some).
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

bench: .venv/dev.stamp ## Measure, one JSON object a line (ARGS for its options).
	@$(BIN)/python -m bench $(ARGS)

soak: .venv/dev.stamp ## Break a shop of its own at random, and prove that nothing was lost (ARGS="--minutes 10 --seed 7").
	@$(BIN)/python -m bench.soak $(ARGS)

lint: .venv/dev.stamp ## Check everything that needs no service, all at once; what each says stays together.
	@$(MAKE) --no-print-directory --keep-going --jobs $(TOGETHER) types django pages layers style

fmt: .venv/dev.stamp ## Put the code into its form.
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .

style: .venv/dev.stamp ## Check form and habits (ruff).
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/dev.stamp ## Check types (mypy).
	@$(CHECK) -m mypy

layers: .venv/dev.stamp ## Check who imports whom (import-linter).
	@$(BIN)/lint-imports --no-logo

django: .venv/dev.stamp ## Check settings, migrations and the API document.
	@$(CHECK) manage.py check
	@$(CHECK) manage.py makemigrations --check --dry-run --settings n2store.launch.check_settings
	@$(CHECK) manage.py spectacular --validate --fail-on-warn --file /dev/null

pages: .venv/dev.stamp ## Check templates and translations.
	@$(CHECK) -m n2store.launch.page_check
	@$(CHECK) -m n2store.launch.translations --check

translations: .venv/dev.stamp ## Compile locale/*.po.
	@$(BIN)/python -m n2store.launch.translations

.venv/runtime.stamp: requirements.txt | .venv/bin/python
	@echo "Installing what N2Store runs on (the first time takes about a minute) …"
	@$(PIP) -r requirements.txt && touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | .venv/bin/python
	@echo "Installing what N2Store is tested with (the first time takes about a minute) …"
	@$(PIP) -r requirements-dev.txt && touch .venv/runtime.stamp $@

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "N2Store needs Python 3.11 or newer: install it, or say PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || \
		{ echo "$(PYTHON) cannot make environments. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv
