# Every target sets up what it needs in .venv; nothing else has to be installed but Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test lint index eval clean

run: index            ## build the index and serve the chat and the API on http://127.0.0.1:8000
	$(BIN)/roadmap serve

index: $(READY)       ## build the index of the library
	$(BIN)/roadmap ingest

test: $(READY)        ## run all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY)        ## style, types, and the library's own check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/roadmap corpus check

eval: index           ## measure retrieval and answers, and check them against the floors
	$(BIN)/roadmap eval retrieval
	$(BIN)/roadmap eval answers
	$(BIN)/roadmap eval gate

clean:                ## remove everything that was made here
	rm -rf .venv .roadmap build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: set PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)
