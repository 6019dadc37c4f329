# make demo    sample organisation, load, publish, serve: prints the address
# make test    everything that must hold, small: lint, types, contracts, tests, browser tests
# make proof   every figure that is claimed, at full size, into docs/proof/
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes

CLUSTER := .venv-cluster

.PHONY: demo test suite proof test-cluster java lint security docs locale lock clean chromium

demo: $(VENV)/.run
	@$(BIN)/afspiegeling --home data/demo demo

# Types are checked while tests wait for browsers and servers; three workers for two cores, too.
# Files in their own order: the long ones (dashboard, end_to_end) come before the short ones.
test: $(VENV)/.dev chromium
	@$(MAKE) --no-print-directory --jobs 2 lint suite

suite: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

proof: $(VENV)/.dev chromium test-cluster
	@$(BIN)/python -m pytest -m proof

# A Spark master and two workers on the loopback address, in an environment of its own (pyspark is large).
test-cluster: $(CLUSTER)/.run java
	@$(CLUSTER)/bin/python -m pytest -m cluster tests/cluster

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

# Before a release; asks the network for known vulnerabilities of what is locked.
# Bandit: no finding beyond those that are explained on their line (docs/runbook.md).
security: $(VENV)/.dev
	@$(BIN)/ruff check --select S .
	@$(BIN)/uv tool run bandit==1.9.4 --quiet --configfile pyproject.toml --recursive etl dashboard afspiegeling.py
	@$(BIN)/uv tool run pip-audit==2.10.1 --requirement requirements.lock --require-hashes --disable-pip

# A virtual environment of our own; the first step pins the installer itself.
$(BIN)/uv: requirements-bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Afspiegeling needs Python 3.11 or newer; $(PYTHON) is older. Next: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml $(BIN)/uv
	@$(INSTALL) -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

$(CLUSTER)/.run: requirements-spark.lock pyproject.toml $(BIN)/uv
	@test -x $(CLUSTER)/bin/python || $(PYTHON) -m venv --without-pip $(CLUSTER)
	@$(BIN)/uv pip install --quiet --python $(CLUSTER)/bin/python --require-hashes -r requirements-spark.lock
	@$(BIN)/uv pip install --quiet --python $(CLUSTER)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# Spark needs Java 17.
java:
	@command -v java >/dev/null && exit 0; \
	if command -v apt-get >/dev/null; then \
	  sudo=$$(command -v sudo || true); test "$$(id -u)" = 0 && sudo=; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq openjdk-17-jre-headless >/dev/null; \
	fi; \
	command -v java >/dev/null || { \
	  echo "Spark needs Java 17 and there is no apt-get here to fetch it." \
	       "Next: install it so that 'java' is on the PATH, then run 'make test-cluster' again."; exit 2; }

# The browser tests need a real Chromium; they are never skipped.
chromium:
	@command -v chromium >/dev/null && exit 0; \
	if command -v apt-get >/dev/null; then \
	  sudo=$$(command -v sudo || true); test "$$(id -u)" = 0 && sudo=; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium >/dev/null; \
	fi; \
	command -v chromium >/dev/null || { \
	  echo "The browser tests need Chromium and there is no apt-get here to fetch it." \
	       "Next: install Chromium so that 'chromium' is on the PATH, then run 'make test' again."; exit 2; }

# Pages of docs/ that are written from the code they describe.
docs: $(VENV)/.dev
	@$(BIN)/python -m tests.rendered_docs

# After a change of texts: new messages into the catalogues; translate the .po files, then run it again.
locale: $(VENV)/.dev
	@mkdir -p build
	@$(BIN)/pybabel -q extract -k N_ --no-location --sort-output -o build/afspiegeling.pot dashboard
	@$(BIN)/pybabel -q update -N --no-fuzzy-matching -D afspiegeling -i build/afspiegeling.pot -d dashboard/locale
	@$(BIN)/python -m tests.dutch_catalogue
	@$(BIN)/pybabel -q compile -D afspiegeling -d dashboard/locale

# After a change of dependencies: new lock files, with hashes and without any address.
lock: $(BIN)/uv
	@printf 'setuptools>=77\nuv>=0.7\n' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate - -o requirements-bootstrap.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --group dev -o requirements-dev.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --extra spark --group cluster -o requirements-spark.lock

clean:
	rm -rf data/demo .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info
