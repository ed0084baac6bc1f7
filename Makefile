# Two commands on a fresh machine: `make reassign` does the job on sample data, `make test` proves it.
PYTHON ?= python3
BIN    := .venv/bin
JOB    ?= $(if $(USERS),,jobs/sample.toml)
ROWS   ?= 100000

.DEFAULT_GOAL := help
.PHONY: help setup reassign nightly test check cover fast crash golden compat bench sample clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/product: setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/develop: .venv/product
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --editable ".[test,check]"
	@touch $@

# The SDK takes 450 MB: an environment of its own, for those who ask for it.
.venv/compat/ready: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv/compat
	.venv/compat/bin/pip install --quiet --disable-pip-version-check --no-compile --editable ".[test,compat]"
	@touch $@

setup: .venv/develop  ## Make .venv with everything that tests and checks need

OPTIONS = $(strip $(JOB) $(foreach f,$(USERS),--users "$(f)") $(foreach f,$(LICENSES),--licenses "$(f)") \
	$(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)") $(if $(TENANT),--tenant "$(TENANT)") \
	$(if $(ACCEPT),--accept "$(ACCEPT)") \
	$(if $(OUT),--out "$(OUT)") $(ARGS))

reassign: .venv/product  ## Plan, apply, reconcile, report: USERS= LICENSES= FROM= TO= ACCEPT= TENANT= OUT= JOB=
	$(BIN)/reassign run $(OPTIONS) --yes

# Two nights in a row: the first moves as many as its job lets it, the second finds the rest and does only that.
nightly: .venv/product  ## The sample job for the nights, on a fresh practice tenant, two nights in a row
	rm -rf sample_nights
	mkdir -p sample_nights/inbox
	$(BIN)/reassign tenant create sample_nights/tenant.db --users sample_data/users.csv --licenses sample_data/licenses.csv
	cp sample_data/users.csv sample_nights/inbox/
	$(BIN)/reassign nightly nightly --nights sample_nights/nights || test $$? -eq 3
	$(BIN)/reassign nightly nightly --nights sample_nights/nights --night $$($(BIN)/python -c \
		'import datetime as d; print((d.datetime.now() + d.timedelta(hours=12)).date())')
	$(BIN)/reassign show --nights --in sample_nights/nights

test: .venv/develop  ## Every test that is not slow
	$(BIN)/pytest -q -n auto --dist loadfile

fast: .venv/develop  ## The tests of one room, stopping at the first failure: ROOM=core
	$(BIN)/pytest -q -x tests/$(ROOM)

# They wait for processes and clocks as much as they work, hence more of them than there are cores.
crash: .venv/develop  ## The slow ones: a thousand rough runs, SIGKILL at random moments
	$(BIN)/pytest -q -n 4 --dist worksteal -m slow

golden: .venv/develop  ## Write the golden pages anew; read the difference before you commit it
	GOLDEN=write $(BIN)/pytest -q -m golden

check: .venv/develop  ## Format, lint, types, arrows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

cover: .venv/develop  ## Coverage of core and engine by their own tests
	$(BIN)/pytest -q -n auto --dist loadfile --cov --cov-report=term --cov-fail-under=95 tests/core tests/engine tests/runs

compat: .venv/compat/ready  ## Microsoft's own SDK for Python against `reassign tenant serve`
	.venv/compat/bin/python -m pytest -q -o python_files='sdk_*.py' tests/compat

bench: .venv/develop .venv/compat/ready  ## Speed and memory, as ratios in one run
	$(BIN)/python bench/bench.py

sample: .venv/product  ## Large sample sheets in sample_data/large: ROWS=100000
	$(BIN)/python sample_data/generate.py --rows $(ROWS) --out sample_data/large

clean:  ## Remove what was built; runs/ stays
	rm -rf .venv sample_nights build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage bench/out sample_data/large
