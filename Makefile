# make demo            everything on this machine, with no account: open the printed address
# make demo SAY="..."  one conversation in the terminal; KEEP=1 leaves the app running
# make test            what the tests need, and the tests; WORKERS=1 for one process instead of three,
#                      ORDER=random for another order each time, ARGS="-k webhook" for some
# make test FAST=1     the short run between two commits; it says what it leaves out
# make check           formatting, linting, types, what is imported and from where, dead code
# make security        known faults of what we depend on, secrets in the tree, an SBOM in build/; asks
#                      PyPI, or with OSV=https://... a service that speaks OSV's API
# make bench           what starting, handing over, telemetry, delivery, stopping and memory cost,
#                      by how much people and readers can make processes grow, how long webhooks wait
#                      beside slow connections, and what one takes beside the least it could; how many
#                      statements a build takes, and how much longer each one when a hundred thousand
#                      messages are stored; fails when something is not as it is wanted
#                      (python -m benchmarks.soak, ten minutes, shows that tables follow retention)
# make pictures        the README's pictures, of the pages as they are

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= 3
BENCHMARKS := records delivery stopping builds_at_once first_answer waiting_builds checks startup \
              slow_connections user_memory growth turns statements large_database webhooks
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Without bytecode each of the hundreds of processes of a test run compiles all modules for itself.
unexport PYTHONDONTWRITEBYTECODE

demo: $(VENV)/installed
	@$(BIN)/textcrew demo $(if $(SAY),--say "$$SAY") $(if $(KEEP)$(findstring k,$(firstword -$(MAKEFLAGS))),--keep) $(if $(BUDGET),--budget "$$BUDGET")

test: $(VENV)/installed-dev
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m tests.prism
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) $(if $(ORDER),--random-order) $(if $(FAST),--fast) $(ARGS)

# The second deptry lets tests import what the dev extra declares; by itself it skips their folder.
check: $(VENV)/installed-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/deptry bot handoffs telemetry
	@$(BIN)/deptry tests benchmarks --exclude '^$$' --ignore DEP002,DEP004
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/vulture

security: $(VENV)/installed-dev
	@$(BIN)/python -m tests.security $(if $(OSV),--osv "$$OSV")

bench: $(VENV)/installed-dev
	@missed=; for each in "handoffs $(ARGS)" $(BENCHMARKS); do \
		$(BIN)/python -m benchmarks.$$each || missed="$$missed $${each%% *}"; \
	done; test -z "$$missed" || { echo "Not as wanted:$$missed"; exit 1; }

pictures: $(VENV)/installed-dev
	@$(BIN)/python -m tests.readme_pictures

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "textcrew needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=26'
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

export SAY BUDGET OSV
.PHONY: demo test check security bench pictures
