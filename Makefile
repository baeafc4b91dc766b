# `make` alone lists what there is to make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
ifndef VERBOSE
.SILENT:
endif
# Where it is set, each process that tests start would compile all modules again, and so would each run those of tests.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
SOURCES := packages apps tests benchmarks build-support
WEB := apps/web
WEB_BUILT := apps/gateway/tracklift_gateway/static/index.html
WEB_PACKAGES := $(WEB)/node_modules/.package-lock.json
WEB_SOURCES := $(WEB)/package.json $(WEB)/index.html $(WEB)/openapi.json $(WEB)/vite.config.ts $(WEB)/svelte.config.js \
  $(shell find $(WEB)/src $(WEB)/messages $(WEB)/public $(WEB)/build -type f ! -name schema.d.ts)
# In a recipe: a shell with node and npm, those of the machine or out of a wheel.
WITH_NODE = export PATH="$$(build-support/node):$$PATH"; cd $(WEB);
PYTEST_ARGS ?=
THOROUGH :=
ARGS ?=

##@ Use

.PHONY: help
help: ## List these targets
	awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	echo

.PHONY: run
run: $(STAMP) $(WEB_BUILT) ## Start everything in one process on this machine
	exec $(BIN)/tracklift serve

.PHONY: web
web: $(WEB_BUILT) ## Build the web application into the gateway's static files

.PHONY: web-dev
web-dev: $(WEB_PACKAGES) ## Serve the web application as it is being written, on a running gateway (GATEWAY=http://127.0.0.1:8080)
	$(WITH_NODE) exec npm run --silent dev

$(WEB_PACKAGES): $(WEB)/package.json $(WEB)/package-lock.json | $(STAMP)
	echo "Installing what $(WEB)/package-lock.json pins ..."
	$(WITH_NODE) npm ci --silent
	touch $@

$(WEB_BUILT): $(WEB_PACKAGES) $(WEB_SOURCES)
	echo "Building the web application ..."
	$(WITH_NODE) npm run --silent build -- --logLevel warn
	touch $@

.PHONY: services
services: $(STAMP) $(WEB_BUILT) ## Start the four services on MySQL, MongoDB, RabbitMQ and a mail server, until Ctrl-C
	exec $(BIN)/python -m tests.services

.PHONY: chaos
chaos: $(STAMP) ## Kill every service and server at random while conversions run (ARGS="--seed 1")
	exec $(BIN)/python -m tests.chaos $(ARGS)

.PHONY: rolling
rolling: $(STAMP) ## Restart every service in turn under a steady load of uploads, of which none may fail (ARGS="--uploads 500")
	exec $(BIN)/python -m tests.chaos.rolling $(ARGS)

.PHONY: fuzz
fuzz: $(STAMP) ## Convert thousands of damaged videos, of which none may do harm (ARGS="--seed 1 --cases 10000")
	exec $(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: sweep
sweep: $(STAMP) ## Convert videos as odd programs write them, and compare each with ffmpeg's own decoding (ARGS="--seed 1")
	exec $(BIN)/python -m tests.sweep $(ARGS)

.PHONY: servers
servers: $(STAMP) ## Start MySQL, MongoDB, RabbitMQ and a mail server to work with, until Ctrl-C
	exec $(BIN)/python -m tests.servers

.PHONY: up
up: images ## Start all of Tracklift in containers, with its servers (needs a Docker engine; PROFILE=monitoring for more)
	docker compose $(if $(PROFILE),--profile $(PROFILE)) up --detach --wait
	build-support/say-where

.PHONY: down
down: ## Stop what `make up` started, and keep its data (needs a Docker engine; ARGS=--volumes throws them away)
	build-support/docker-engine check
	docker compose --profile '*' down $(ARGS)

.PHONY: setup
setup: $(STAMP) ## Make the virtual environment .venv from the lock

$(STAMP): pyproject.toml requirements/lock.txt build-support/setup-environment
	PYTHON=$(PYTHON) build-support/setup-environment .venv
	touch $@

##@ Test and check

.PHONY: test
test: $(STAMP) $(WEB_BUILT) ## Run the tests of each change, with branch coverage and its floors
	$(BIN)/python -m tests.servers prepare
	$(MAKE) --jobs=2 test-web test-python
	$(MAKE) coverage

.PHONY: test-thorough
test-thorough: $(STAMP) $(WEB_BUILT) ## Run every test: each combination, hypothesis for longer, coverage of all processes (an hour)
	$(BIN)/python -m tests.servers prepare
	$(MAKE) --jobs=2 test-web test-python THOROUGH=--thorough
	$(MAKE) coverage

.PHONY: test-python
test-python: $(STAMP) $(WEB_BUILT) ## Run the tests in Python of each change, and keep what they covered for `make coverage`
	build-support/run-tests $(THOROUGH) $(PYTEST_ARGS)

.PHONY: test-web
test-web: $(WEB_PACKAGES) ## Run the web application's own tests, without a browser
	$(WITH_NODE) npm test --silent -- --reporter dot

.PHONY: test-unit
test-unit: $(STAMP) ## Run the unit tests only, without coverage
	$(BIN)/pytest tests/unit $(PYTEST_ARGS)

# What servers of another version, in containers, could do otherwise: the contracts, and how tests start and stop them.
COMPOSE_TESTS := $(addprefix tests/integration/test_,mongodb_conversions.py mongodb_conversion_inventory.py \
  mongodb_delivery_log.py mongodb_hourly_mails.py mongodb_media_store.py mongodb_outbox.py mongodb_query_plans.py \
  mongodb_verified_addresses.py mysql.py rabbitmq_broker.py rabbitmq_queues.py rabbitmq_update_feed.py servers.py)
SERVER_TESTS = $(wildcard tests/integration/test_mongodb_*.py tests/integration/test_rabbitmq_*.py) \
  tests/integration/test_mysql.py tests/integration/test_servers.py

.PHONY: test-compose
test-compose: $(STAMP) ## Run the contracts of servers in containers, with stand-ins on a machine without images (root)
	build-support/docker-engine
	eval "$$(build-support/stand-in-images)"; \
	  TRACKLIFT_TEST_SERVERS=compose $(BIN)/pytest $(COMPOSE_TESTS) $(PYTEST_ARGS)

.PHONY: test-compose-thorough
test-compose-thorough: ## Run all tests of servers so (as test-compose: root, stand-ins)
	$(MAKE) test-compose COMPOSE_TESTS="$(SERVER_TESTS)" PYTEST_ARGS="--thorough $(PYTEST_ARGS)"

.PHONY: test-containers
test-containers: $(STAMP) ## Run the whole of Tracklift in containers and test it so (as test-compose: root, stand-ins)
	build-support/docker-engine
	$(MAKE) images
	eval "$$(build-support/stand-in-images $(if $(findstring --thorough,$(PYTEST_ARGS)),prometheus))"; \
	  $(BIN)/pytest tests/containers $(PYTEST_ARGS)

.PHONY: bench
bench: $(STAMP) ## Compare conversions with ffmpeg and MoviePy, and write benchmarks/RESULTS.md (ARGS=--help)
	$(BIN)/python -m benchmarks.conversion $(ARGS)

.PHONY: bench-gridfs
bench-gridfs: $(STAMP) ## Compare uploads into GridFS with PyMongo's own (ARGS=--help)
	$(BIN)/python -m benchmarks.gridfs_throughput $(ARGS)

.PHONY: bench-memory
bench-memory: $(STAMP) ## Stream 2 GB up and an MP3 down, and report memory and rates (ARGS=--help)
	$(BIN)/python benchmarks/memory.py $(ARGS)

.PHONY: bench-hostile
bench-hostile: $(STAMP) ## List conversions beside a thousand hostile connections, and report time and memory (ARGS=--help)
	$(BIN)/python -m benchmarks.hostile $(ARGS)

.PHONY: bench-accounts
bench-accounts: $(STAMP) ## Compare requests verified and not, and log-ins; report the memory of a hundred at once
	$(BIN)/python -m benchmarks.accounts

.PHONY: bench-upload
bench-upload: $(STAMP) ## Upload videos over a line of 20 Mbit/s, their sound and the whole, and compare (ARGS=--help)
	$(BIN)/python -m benchmarks.upload $(ARGS)

.PHONY: bench-cut-uploads
bench-cut-uploads: $(STAMP) $(WEB_PACKAGES) ## Upload 2 GB by tus-js-client and tuspy over a line that is cut (ARGS=--help)
	$(BIN)/python -m benchmarks.cut_uploads $(ARGS)

.PHONY: bench-page
bench-page: $(STAMP) $(WEB_BUILT) ## Measure the web application in a browser, each figure beside its goal (ARGS=--help)
	$(BIN)/python -m benchmarks.page $(ARGS)

.PHONY: screenshots
screenshots: $(STAMP) $(WEB_BUILT) ## Take the README's pictures of the web application anew
	$(BIN)/python -m tests.browser.screenshots

.PHONY: bench-inspection
bench-inspection: $(STAMP) ## Inspect a recording of 12 hours in fragments, beside libavformat (ARGS=--help)
	$(BIN)/python -m benchmarks.inspection $(ARGS)

.PHONY: coverage
coverage: $(STAMP) ## Report the coverage of the last `make test`: the domain whole, the rest above its floor
	[[ -e .coverage ]] || { echo "No test run has left a coverage: run 'make test' first." >&2; exit 1; }
	$(BIN)/coverage report
	echo "Domain:"
	$(BIN)/coverage report --include='packages/domain/*' --fail-under=100

.PHONY: check
check: $(STAMP) $(WEB_PACKAGES) ## All four of the next ones, side by side
	$(MAKE) --jobs=2 --output-sync=target check-types check-web check-code check-tracked

.PHONY: check-types
check-types: $(STAMP) ## Types of the Python code
	$(BIN)/mypy --python-version 3.11

.PHONY: check-code
check-code: $(STAMP) ## Lint and format check of the Python code
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check --quiet $(SOURCES) || \
	  { echo "Some files are not formatted: run 'make format'." >&2; exit 1; }

.PHONY: check-tracked
check-tracked: $(STAMP) ## Lock, and leaks of hosts or paths in what git tracks
	$(BIN)/python build-support/lock.py check
	build-support/check-leaks

.PHONY: check-web
check-web: $(WEB_PACKAGES) ## Lint, format check and types of the web application
	$(WITH_NODE) npm run --silent check

.PHONY: pants
pants: $(STAMP) ## Install Pants and make its form of the lock (once)
	build-support/setup-pants

.PHONY: pants-check
pants-check: pants ## Check the BUILD graph: no forbidden import, no file without an owner
	echo "Dependencies and owners ..."
	build-support/pants-run --level=warn dependencies :: >/dev/null
	build-support/pants-run --level=warn tailor --check ::

.PHONY: pants-check-thorough
pants-check-thorough: pants-check ## The same, with proof of each boundary, types, and the unit tests, each file in a sandbox of its own
	echo "Boundaries ..."
	build-support/prove-boundaries
	echo "Types ..."
	build-support/pants-run --level=warn check ::
	echo "Unit tests, each file by itself ..."
	build-support/pants-run --level=warn test --batch-size=1 tests/unit::

.PHONY: images
images: ## Build the services' container images, tracklift/gateway:dev and so on (needs a Docker engine)
	build-support/docker-engine check
	$(MAKE) web
	$(MAKE) pants
	build-support/images

.PHONY: format
format: $(STAMP) $(WEB_PACKAGES) ## Format the code and apply ruff's and eslint's safe fixes
	$(BIN)/ruff check --fix --quiet $(SOURCES) || true
	$(BIN)/ruff format $(SOURCES)
	$(WITH_NODE) npm run --silent format

##@ Maintain

.PHONY: account-api
account-api: $(STAMP) ## Describe auth's routes anew in the gateway's OpenAPI document, after a change of them
	mkdir -p .cache
	$(BIN)/python -m tracklift_auth.description >.cache/account-api
	mv .cache/account-api apps/gateway/tracklift_gateway/account_api.json

.PHONY: web-api
web-api: $(STAMP) ## Describe the interface anew for the web application, after a change of a route
	$(BIN)/python -m tests.web_api

.PHONY: option-table
option-table: $(STAMP) ## Write the README's table of options anew, after a change of their declarations
	$(BIN)/python -m tests.option_table

.PHONY: lock
lock: $(BIN)/uv ## Resolve pyproject.toml into requirements/lock.txt (UPGRADE=1 takes new releases)
	$(BIN)/python build-support/lock.py write $(BIN)/uv $(if $(UPGRADE),--upgrade)

# Not the stamp of the environment, which needs a lock as it should be.
$(BIN)/uv:
	$(MAKE) setup

.PHONY: clean
clean: ## Remove what these targets made
	rm -rf .venv .cache .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	rm -rf $(WEB)/node_modules $(dir $(WEB_BUILT))
	find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +
