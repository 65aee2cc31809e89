# Provender: everything a person or CI starts. `make` alone lists it.

PYTHON ?= python3.11
BIN := .venv/bin
# What `make run` starts: the demonstration company, in a home of its own, beside a server of its own.
RUN := installer/served.sh $(BIN)/provender --home .demo demo --open
# Where `make screenshots` writes.
SCREENSHOTS ?= build/screenshots
# How many histories `make simulate` goes through.
SEEDS ?= 1000
# More for pytest: make tests PYTEST="-k undo"
PYTEST ?=

export PYTHON
MAKEFLAGS += --no-print-directory

.PHONY: help setup run test tests format check-format lint types contracts bench campaign simulate screenshots \
	texts lock package clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

setup: ## install what is missing; leaves .venv/bin/provender and .venv/bin/provender-server
	@installer/setup.sh test

run: ## open the demonstration company (VIRTUAL=1: on a virtual display)
	@installer/run.sh $(RUN)

# The import contracts are tests too: tests/architecture.
test: setup check-format lint types tests ## what CI runs: format, lint, types, contracts, tests

check-format:
	@$(BIN)/ruff format --check --quiet . || { echo "make format puts these files right"; exit 1; }

lint:
	@$(BIN)/ruff check --quiet .

types:
	@$(BIN)/mypy --no-error-summary

contracts: ## the import contracts alone
	@$(BIN)/lint-imports --no-logo

tests: ## the tests alone (PYTEST="-k undo" chooses some)
	@$(BIN)/python -m pytest -q $(PYTEST) || $(BIN)/python -m tests.e2e.again

format: ## put the code into the house's format
	@$(BIN)/ruff check --quiet --select I --fix . ; $(BIN)/ruff format --quiet .

bench: setup ## the benchmarks, as ratios against a floor measured in the same run
	@$(BIN)/python -m tests.bench

campaign: setup ## kills, power loss, histories, fuzzing with the full numbers; takes hours
	@$(BIN)/python -m tests.campaign

simulate: setup ## random histories of a company's devices and server (SEEDS=10000)
	@$(BIN)/python -m tests.sync.simulation --seeds $(SEEDS)

screenshots: setup ## every screen in both languages and all themes, into build/screenshots
	@$(BIN)/python -m tests.ui.screenshots $(SCREENSHOTS)

texts: ## bring the catalogues up to the texts in the code; what is new then waits for its translation
	@mkdir -p build
	@$(BIN)/pybabel --quiet extract --project Provender --version 1 --msgid-bugs-address Provender \
		--no-location --sort-output --no-wrap -k _ -k N_ -k ngettext:1,2 -o build/provender.pot app ui sync
	@for po in resources/locale/*/LC_MESSAGES/provender.po; do \
		$(BIN)/pybabel --quiet update --domain provender --no-fuzzy-matching --ignore-obsolete --no-wrap \
			--ignore-pot-creation-date -i build/provender.pot -o $$po \
			-l $$(basename $$(dirname $$(dirname $$po))); \
	done

package: setup ## a wheel, into dist/
	@rm -rf build/lib build/bdist.*  # else files that are gone from the tree would come along
	@$(BIN)/python -m pip wheel -qq --no-deps --no-build-isolation --wheel-dir dist .

lock: ## write requirements.lock anew (needs uv, https://docs.astral.sh/uv)
	@uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --python-version 3.11 --quiet -o requirements.lock

clean: ## remove everything that can be made again
	@rm -rf .venv .demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find resources/locale -name '*.mo' -delete 2>/dev/null || true
