# The menu. `make demo` and `make test` need Python 3.11+ and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=

.PHONY: help setup demo test simulate torture mutants contract check format lock bench clean

help:
	@echo "make demo      three tools brought together, on this machine   (ARGS=--keep leaves them running)"
	@echo "make test      every test"
	@echo "make simulate  days of people, faults and crashes drawn from seeds   (SEEDS=10000 START=0 DEPTH=engine|stack CANARY=1)"
	@echo "make torture   what takes hours: kills at every boundary, and at random times"
	@echo "make mutants   which mistakes in the core no unit test would notice"
	@echo "make check     format, lint, types, imports"
	@echo "make contract  the sandboxes and our requests against the vendors' API documents, where present"
	@echo "make bench     figures"
	@echo "make lock      compile requirements.lock again"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pmsync needs Python 3.11 or newer; point PYTHON at one")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)
	@$(BIN)/pmsync demo $(ARGS)

# One more than there are cores in a small machine: many tests wait for processes.
WORKERS ?= 3

test: $(READY)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

SEEDS ?= 10000
START ?= 0
DEPTH ?= engine

simulate: $(READY)
	@PYTHONPATH=tests/support $(BIN)/python -m tests.simulation --seeds $(SEEDS) --start $(START) --depth $(DEPTH) $(if $(CANARY),--canary) $(ARGS)

torture: $(READY)
	@$(BIN)/python -m pytest -n 2 -m torture $(ARGS)

# Not in the lock: too heavy for what is done now and then, and never by CI. Kept out of the environment, too.
mutants: $(READY)
	@test -d .cache/mutmut || $(BIN)/uv pip install --quiet --target .cache/mutmut 'mutmut==3.8.1'
	@PYTHONPATH=.cache/mutmut nice -n 19 $(BIN)/python -m mutmut run --max-children 1 $(ARGS)
	@PYTHONPATH=.cache/mutmut $(BIN)/python -m mutmut results

contract: $(READY)
	@$(BIN)/python -m pytest -m contract $(ARGS)

check: $(READY)
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY)
	@$(BIN)/python -m benchmarks $(ARGS)

lock:
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV); $(BIN)/python -m pip install --quiet 'uv>=0.5'; }
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev pyproject.toml -o requirements.lock --custom-compile-command 'make lock'

clean:
	@rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache/mutmut mutants
