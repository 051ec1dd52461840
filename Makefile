# Two commands for a stranger: `make demo` and `make test`. Both set up their own virtual environment.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TRAINING := $(VENV)/.training
FUZZING := $(VENV)/.fuzzing
LOWEST := $(VENV)-lowest
SECONDS ?= 600

.PHONY: demo test lint types unit gate phrases docs corpora examples train compare bench fuzz reliability audit lowest clean

demo: $(READY)
	@$(BIN)/python fixtures/demo.py

test: lint types unit gate

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m lab.build_index --check
	$(BIN)/python -m lab.filters_doc --check

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/python -m pytest

gate: $(READY)
	$(BIN)/python -m lab.gate

# The index of all phrases, which ships beside the phrase files.
phrases: $(READY)
	$(BIN)/python -m lab.check_phrases
	$(BIN)/python -m lab.build_index
	$(BIN)/python -m lab.filters_doc

# What is written from code and data, the filter catalogue, and the site of all pages: build/docs/index.html.
docs: $(READY)
	$(BIN)/python -m lab.filters_doc
	PYTHONPATH=.:src $(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs

# The public corpora, for who has internet and no ../shared/corpora.
corpora: $(READY)
	$(BIN)/python -m lab.corpora

examples: $(TRAINING)
	$(BIN)/python -m lab.dataset

# From the corpora to the weights in the package: about an hour on two cores.
train: examples
	$(BIN)/python -m lab.teacher
	$(BIN)/python -m lab.train --ship

compare: $(TRAINING)
	$(BIN)/python -m lab.compare

bench: $(TRAINING)
	$(BIN)/python -m lab.bench

# Coverage-guided fuzzing of all targets, for SECONDS together (Linux and macOS). What breaks is kept in fuzz/cases.
fuzz: $(FUZZING)
	$(BIN)/python -m fuzz --seconds $(SECONDS)

# The figures of docs/reliability.md: hostile inputs, growth, and 200,000 pages through one process (an hour).
reliability: $(READY)
	$(BIN)/python -m lab.reliability --write

# Known vulnerabilities in what dechaff depends on. Needs internet.
audit: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip-audit --skip-editable

# The tests with the lowest declared version of every dependency.
lowest:
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --editable '.[test,lab]'
	$(LOWEST)/bin/python -m pytest

$(FUZZING): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	touch $@

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lab,docs,integrations]'
	touch $@

$(TRAINING): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train,compare]'
	touch $@

clean:
	rm -rf $(VENV) $(LOWEST) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
