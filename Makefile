# Two commands: `make demo` brews a dataset offline, `make test` proves the house stands.
PYTHON ?= python3.11
ifeq ($(shell command -v $(PYTHON)),)
PYTHON := python3
endif
BIN := .venv/bin
UV := $(shell command -v uv)
# Trust what the system trusts, as pip does: behind a company's proxy uv's own list of authorities fails.
export UV_SYSTEM_CERTS := 1
# uv installs the same locked versions faster; compiled bytecode lets Prefect start in half the time.
INSTALL = $(if $(UV),uv pip install -q --python $(BIN)/python --compile-bytecode,$(BIN)/python -m pip install -q --disable-pip-version-check)
TORCH := torch==2.13.0
PACKAGES := bench corpus demo flows models processors scrapers training

.PHONY: help demo demo-train up test test-long check bench fix floors lock clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

demo: .venv/base.done ## the complete nightly refresh of a small internet on this machine, no account, key or GPU
	@$(BIN)/gristmill demo
	@du -sh .venv | cut -f1 | sed 's/^/Installed size of the environment: /'

demo-train: .venv/train.done ## a few real QLoRA steps on a tiny gpt-oss, on the rows just published
	@ls datasets/demo/published/manifests/*.json > /dev/null 2>&1 || $(BIN)/gristmill demo
	@$(BIN)/gristmill finetune datasets/demo --train --preset tiny --max-steps 5

up: .venv/base.done ## Prefect server, deployments and a worker; prints the address of the UI
	@$(BIN)/gristmill up

test: .venv/dev.done ## every test but the slow ones
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile

test-long: .venv/dev.done ## slow suites and full counts
	@$(BIN)/python -m pytest -q -m "slow and not network" --timeout 1800

check: .venv/dev.done ## linters, types, import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.done ## paired benchmarks against the peers; some minutes
	@$(BIN)/python -m bench.crawl
	@$(BIN)/python -m bench.apis
	@$(BIN)/python -m bench.extraction_speed
	@$(BIN)/python -m bench.language_speed
	@$(BIN)/python -m bench.quality_speed
	@$(BIN)/python -m bench.signature_speed
	@$(BIN)/python -m bench.near_recall
	@$(BIN)/python -m bench.near_night

fix: .venv/dev.done ## let the linters mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

floors: .venv/dev.done ## raise the quality floors to what DATA=folder measures; never lowers one
	$(BIN)/gristmill score --data $(DATA) --raise-floors

lock: ## resolve pyproject.toml into requirements/*.lock (needs uv)
	requirements/lock.sh

clean: ## remove the environment and what the demo made; no other dataset
	rm -rf .venv .cache build *.egg-info datasets/demo/published datasets/demo/state datasets/demo/work datasets/demo/adapters

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("gristmill needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv && $(BIN)/python -m pip --version > /dev/null || \
		{ rm -rf .venv; echo "Python's module venv is incomplete; on Debian: apt-get install python3-venv"; exit 1; }

.venv/base.done: requirements/base.lock pyproject.toml | .venv/bin/python
	@echo "Installing the locked environment into .venv (a minute or two, once)"
	@$(INSTALL) --require-hashes --no-deps -r requirements/base.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# Torch comes first and by itself: the platform decides which build of it fits.
.venv/train.done: requirements/train.lock .venv/base.done
	@$(BIN)/python -m pip install -q --disable-pip-version-check $(TORCH)
	@$(INSTALL) --require-hashes --no-deps -r requirements/train.lock
	@touch $@

.venv/dev.done: requirements/dev.lock .venv/train.done
	@$(INSTALL) --require-hashes --no-deps -r requirements/dev.lock
	@touch $@
