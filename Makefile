# Everything that is done to this project has a name here. `make help` lists them.
.DEFAULT_GOAL := help
.SHELLFLAGS := -euo pipefail -c
SHELL := bash

PYTHON  ?= python3
# Cargo profile of the extension module: `release` for use, `ci` (no link-time optimisation) where building must be quick.
PROFILE ?= release
BIN     := .venv/bin
RUST    := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
CARGO_TEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo "nextest run --no-fail-fast --cargo-profile ci" || echo "test --no-fail-fast --profile ci")

.PHONY: help setup build run test lint types check floors fuzz bench generate docs site records wheel clean

help: ## List what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/tools ## Make the virtual environment with everything that is needed

build: .venv/built-$(PROFILE) ## Build the engine and install the package into the virtual environment

run: build ## Run the national baseline into runs/baseline
	$(BIN)/stepdown run baseline --out runs/baseline --overwrite

test: build ## Run every test
	cargo $(CARGO_TEST) --workspace --locked
	$(BIN)/pytest -n auto --dist loadfile

lint: setup ## Look for faults of style in Rust and Python
	cargo fmt --all --check
	cargo clippy --profile ci --workspace --all-targets --locked -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PYTHONPATH=python $(BIN)/lint-imports --no-cache

types: build ## Check the types of the Python package and of the extension module
	$(BIN)/mypy
	MYPYPATH=python $(BIN)/stubtest stepdown._core

check: lint types test ## Everything that is checked before a change lands

floors: build ## Run the quick suite on the lowest and newest versions allowed, for every Python
	$(BIN)/python tests/floors.py

fuzz: build ## Give every reader of files damaged ones, for an hour, or for FUZZ_SECONDS
	FUZZ_SECONDS=$${FUZZ_SECONDS:-3600} $(BIN)/pytest tests/fuzz

bench: build ## Measure the national run, with one thread and with two
	$(BIN)/python benches/national.py

generate: build ## Write the options of decisions into the package, as the engine declares them
	$(BIN)/python -m stepdown.generate_options > .options.py && mv .options.py python/stepdown/agents/options.py

docs: build ## Write the generated references and the drawings of the pathway into docs/
	$(BIN)/stepdown schema > docs/schema.md
	$(BIN)/python -m stepdown.decisions.parameter_users rust/core/src > .users.csv && mv .users.csv python/stepdown/evidence/users.csv
	$(BIN)/stepdown schema parameters > docs/parameters.md
	$(BIN)/python -m stepdown.charts.pathway docs

site: build ## Build the documentation as a site into site/, offline, with warnings as errors
	$(BIN)/sphinx-build -q -W --keep-going -c docs -b html -d target/site . site

records: build ## Write the records for reviewers, and the logs of assumptions and sources
	$(BIN)/python docs/records.py

wheel: setup ## Build a wheel into dist/ that installs without Rust, for this kind of machine
	rm -rf dist
	$(BIN)/maturin build --profile $(PROFILE) --locked --out dist

clean: ## Remove what was built
	rm -rf .venv target site dist

.venv/tools: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet 'maturin>=1.9.4,<2' 'ruff>=0.6' 'import-linter>=2.6' 'uv>=0.5'
	touch $@

.venv/built-%: .venv/tools $(RUST)
	rm -f .venv/built-*
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/maturin develop --profile $* --locked --extras test,dev,calibrate,dashboard,report,site
	touch $@
