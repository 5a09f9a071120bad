# Every command a person needs. `make setup` is done by the others when it is due.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# One more worker than cores, as many tests wait for a program; who is through helps the others.
WORKERS = -n $$($(BIN)/python -c 'import os; print(1 + (os.cpu_count() or 1))') --dist worksteal

# The tests start many processes: each would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup sandbox test test-long check format pictures lock bench clean docs

help:
	@echo "make sandbox  start the bot with a Discord and a Slack on this machine"
	@echo "make test     check style, types and layers, and run all tests"
	@echo "make test-long  run the long forms of some tests (minutes)"
	@echo "make setup    set up $(VENV) from the locked versions"
	@echo "make bench    measure fan-out, posting, pacing, commands and related stories, and rage a storm of kills"
	@echo "make format   format the code"
	@echo "make pictures  draw every message for docs/messages.md"
	@echo "make docs     write the pages of docs/ that the code writes"
	@echo "make lock     renew uv.lock and requirements.txt from pyproject.toml"

setup: $(READY)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Themata needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) from the locked versions (about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
	@echo "Set up $(VENV)"

sandbox: $(READY)
	@$(BIN)/themata sandbox

# At the same time: while tests wait for what they started, the checks go on.
test: $(READY)
	@echo "Checking style, types and layers, and running the tests"
	@$(MAKE) --no-print-directory check > $(VENV)/.check 2>&1 & check=$$!; \
		$(BIN)/pytest $(WORKERS) -q; tested=$$?; \
		wait $$check; checked=$$?; [ $$checked -eq 0 ] || cat $(VENV)/.check; \
		exit $$(( tested + checked ))

test-long: $(READY)
	@THEMATA_TEST_EXAMPLES=300 $(BIN)/pytest $(WORKERS) -q -m "long or drawn"

check: $(READY)
	@echo "Checking style, types and layers"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/.layers || { cat $(VENV)/.layers; exit 1; }

format: $(READY)
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .

pictures: $(READY)
	@echo "Drawing every message (about a minute; needs Chromium)"
	@$(BIN)/python -m tests.pictures

docs: $(READY)
	@$(BIN)/python -m tests.documents

lock: $(READY)
	@$(BIN)/uv lock
	@$(BIN)/uv export --quiet --locked --all-extras --all-groups --no-emit-project --no-header -o requirements.txt

bench: $(READY)
	@$(BIN)/python benchmarks/fanout.py
	@$(BIN)/python benchmarks/posting.py
	@$(BIN)/python benchmarks/posting.py --channels 60000
	@$(BIN)/python benchmarks/pacing.py
	@$(BIN)/python benchmarks/commands.py
	@$(BIN)/python benchmarks/related.py --cost
	@$(BIN)/python benchmarks/kill_storm.py --deliveries 2000 --kills 100

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
