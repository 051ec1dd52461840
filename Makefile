# Two commands for a stranger: `make demo` and `make test`. Both set up their own virtual environment.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TRAINING := $(VENV)/.training

.PHONY: demo test lint types unit gate phrases docs corpora examples train compare bench clean

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

# What is written from code and data: the filter catalogue.
docs: $(READY)
	$(BIN)/python -m lab.filters_doc

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

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lab]'
	touch $@

$(TRAINING): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train,compare]'
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
