# The commands of the README. Each sets up by itself what it needs.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test soak lint labs bench pictures vectors clean

demo: .venv/installed
	$(BIN)/eraser demo

test: labs lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The laboratory: loop disks, drives that lie, a virtual machine. Where it can't be set up, the tests that need it are skipped
# and say why; with ERASER_LABS=required they fail.
labs: .venv/installed-test
	sh tests/lab/install.sh

# What takes minutes each: the power failing in the middle of a wipe, 10 GB of random data without a false finding.
soak: labs
	ERASER_SOAK=1 $(BIN)/python -m pytest -m soak

# Timings beside fio, nwipe, shred, scrub and dd, on disks in memory. A benchmark, never a test.
bench: labs
	$(BIN)/python -m tools.bench

# The pictures in the documentation, drawn from sample certificates.
pictures: .venv/installed-test
	$(BIN)/python -m tools.pictures

# Certificates each wrong in one way, to test verifiers with: .lab/vectors (see tests/vectors/README.md).
vectors: .venv/installed-test
	$(BIN)/python -m tools.vectors .lab/vectors

.venv/installed: pyproject.toml hatch_build.py
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-test: pyproject.toml hatch_build.py
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@ .venv/installed

clean:
	rm -rf .venv .lab
