# Two commands do all the set-up: `make demo` and `make test`. Plain `make` lists the rest.
# They need Python 3.11 or newer and nothing else; all that is installed is locked by hash.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
ARGS ?=

BIN := $(VENV)/bin
ENV := $(VENV)/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate $(ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env demo test check wheel lock benchmark clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env: $(ENV) ## make .venv and install everything in it, from the locked files

# The project goes in last, without build isolation: its build backend is locked like all the rest,
# and is a program that must be on the path.
$(ENV): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed. Name yours: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; }
	@echo "Making $(VENV) and installing the locked packages (a minute or so) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@PATH="$(abspath $(BIN)):$$PATH" $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(ENV) ## a whole day on simulated terminals, drawn live
	@$(BIN)/opi-pos demo $(ARGS)

test: $(ENV) ## the whole suite; ARGS="-k words" chooses
	$(BIN)/python -m pytest --numprocesses $(JOBS) $(ARGS)

check: $(ENV) ## linter, formatter, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(ENV) ## build dist/, install the wheel in an empty environment and try it
	.ci/try_wheel $(BIN)/python

# uv finds the packages wherever it is told to; no index is written into the files.
# Existing pins stay where they still fit: `make lock ARGS=--upgrade` moves them.
lock: $(ENV) ## write the hashed requirements files again; ARGS=--upgrade
	@$(PIP) install 'uv>=0.13.6,<0.14'
	@for target in 'requirements.txt --extra crypto' \
			'requirements-dev.txt --extra crypto --group dev --group benchmark --constraint requirements.txt'; do \
		set -- $$target; file=$$1; shift; \
		$(COMPILE) "$$@" --output-file $$file > /dev/null && \
		{ echo '# Written by `make lock` from pyproject.toml; not by hand.'; cat $$file; } > $$file.new && \
		mv $$file.new $$file || exit 1; \
	done

benchmark: $(ENV) ## list the benchmarks; each is run by hand
	@for script in tests/benchmarks/[a-z]*.py; do \
		test -e "$$script" && echo "$(BIN)/python $$script" || echo "no benchmarks yet"; done

clean: ## remove what the other targets made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
