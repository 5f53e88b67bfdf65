# Two commands matter: `make run` and `make test`. Both set up what they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.locked
MANAGE := $(BIN)/python manage.py
export OMP_NUM_THREADS ?= 2
export TOKENIZERS_PARALLELISM ?= false
export HF_HUB_OFFLINE ?= 1

.PHONY: help setup run test check format lock bench smoke docs train hunt clean
help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## Virtual environment with the locked packages
	@:
$(STAMP): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name it with PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages (some minutes the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $(STAMP)

run: setup ## Run the whole platform with demo data; PORT=… moves it
	@exec $(MANAGE) up

test: setup ## Every suite whose system tools are on the machine
	@$(BIN)/python -m fsa_platform.testing

check: setup ## Format, lint, security, types, import floors and the fast tests
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --recursive .
	@$(BIN)/python -m fsa_platform.advisories
	@$(BIN)/mypy
	@$(MANAGE) export_encoder
	@$(BIN)/python -m pytest -q -n 2 -m "not slow and not browser"

format: setup ## Format and mend what ruff can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: setup ## Lock requirements.in with hashes; torch stays out
	@$(BIN)/pip-compile --quiet --generate-hashes --unsafe-package torch --strip-extras --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --no-header --annotation-style=line --output-file requirements.txt requirements.in
	@sed -i '/^# WARNING/,$$d' requirements.txt

bench: setup ## One benchmark: make bench NAME=checkout | eligibility | webhooks | catalogue | redecide | list_notices | home | rules | snoops_api | telemetry | …
	@test -n "$(NAME)" || { echo "Say which: make bench NAME=… (one of $$(ls bench/*.py | xargs -n1 basename | sed 's/\.py//' | grep -v __init__ | xargs))"; exit 2; }
	@$(BIN)/python -m bench.$(NAME)

smoke: setup ## Drive one whole sale against the running platform
	@$(BIN)/python -m fsa_platform.smoke

docs: setup ## The documentation as a static site: make docs OUT=…
	@test -n "$(OUT)" || { echo "Say where: make docs OUT=folder"; exit 2; }
	@$(MANAGE) build_docs "$(OUT)"

train: setup ## Train the eligibility model from the corpus
	@$(MANAGE) export_encoder && $(MANAGE) train_eligibility

hunt: setup ## Many more lives of payments than a run of the tests draws: LIVES=…; LIFE_SEED=… repeats some
	@LIVES=$${LIVES:-600} $(BIN)/python -m pytest -q -m slow checkout/tests/test_life_of_a_payment.py

clean: ## Remove caches; data in .run stays
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
