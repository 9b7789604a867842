# The only door: every verb works in a fresh clone and makes what it needs.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PROVIDERS ?= vault,fake
PROFILE ?= strict
TOPOLOGY ?= sidecar
NAMESPACES ?= demo
ONLY ?=
NAMES ?=
SCAN ?=
BASE ?=
JOBS ?= 2
MINUTES ?= 5
SEED ?=
DISTS := proto libs/api libs/regexp libs/templating libs/target libs/validation libs/runtime controller certcontroller webhook cli provider-servers/sdk provider-servers/fake \
	provider-servers/vault images tests/kit tests/cluster tests/conformance tests/demo
UV := .venvs/bootstrap/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links $(addprefix --no-emit-package bulkhead-,proto api regexp templating target validation runtime controller certcontroller webhook cli provider-sdk provider-fake \
	provider-vault images testkit cluster conformance demo) --custom-compile-command "make lock"

.PHONY: help
help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/.stamp ## Sync three ExternalSecrets on an embedded control plane, then play two thieves
	@.venv/bin/python -m bulkhead_demo demo

.PHONY: cluster-demo
cluster-demo: .venv/.stamp ## Tell the same in containers on a real node, or where KUBECONFIG says (REGISTRY= TOPOLOGY=)
	@.venv/bin/python -m bulkhead_demo cluster-demo --topology "$(TOPOLOGY)"

.PHONY: drill
drill: .venv/.stamp ## Let a thief loose in each container of an installation on a real node, and write docs/security/drill.md (REGISTRY= KEEP=1)
	@.venv/bin/python -m bulkhead_demo drill $(if $(KEEP),--keep)

.PHONY: drill-certs
drill-certs: .venv/.stamp ## Play everything that can go wrong with certificates, on real processes
	@.venv/bin/python -m bulkhead_demo drill-certs

.PHONY: up
up: .venv/.stamp ## Start the same and leave it running (PROVIDERS= PROFILE= NAMESPACES= ONLY=control-plane)
	@.venv/bin/python -m bulkhead_demo up --providers "$(PROVIDERS)" --profile "$(PROFILE)" \
		--namespaces "$(NAMESPACES)" $(if $(ONLY),--only "$(ONLY)")

.PHONY: down
down: .venv/.stamp ## Stop what `make up` started
	@.venv/bin/python -m bulkhead_demo down

.PHONY: cluster
cluster: .venv/.stamp ## Start a cluster with a real node and leave it running; needs root (NAME= for one more)
	@.venv/bin/python -m bulkhead_cluster up $(if $(NAME),--name "$(NAME)")

.PHONY: cluster-down
cluster-down: .venv/.stamp ## Stop what `make cluster` started and remove all of it
	@.venv/bin/python -m bulkhead_cluster down $(if $(NAME),--name "$(NAME)")

.PHONY: cluster-tools
cluster-tools: .venv/.stamp ## Install the Debian packages that a real node and its tests need and this machine lacks; needs root
	@packages=$$(.venv/bin/python -m bulkhead_cluster check --packages; command -v chromium >/dev/null || echo chromium); \
	if [ -z "$$packages" ]; then echo "cluster-tools: all packages are there"; \
	elif [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "cluster-tools: install these by hand (apt-get and root would do it here):" $$packages >&2; exit 1; \
	else echo "cluster-tools: installing with apt-get:" $$packages >&2; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$packages >/dev/null; fi
	@.venv/bin/python -m bulkhead_cluster check

.PHONY: test
test: .venv/.stamp ## Run every test (JOBS=2 at a time; JOBS=0 one after the other; ARGS= for pytest)
	@.venv/bin/python -m bulkhead_testkit.binaries all >/dev/null
	@.venv/bin/pytest -n $(JOBS) --dist loadgroup $(ARGS)

.PHONY: test-fast
test-fast: .venv/.stamp ## Run the tests that start no process
	@.venv/bin/pytest -n $(JOBS) --dist loadgroup -m "not slow and not cluster" $(ARGS)

.PHONY: test-slow
test-slow: .venv/.stamp ## Run the tests that start processes, the other part of `make test`
	@.venv/bin/python -m bulkhead_testkit.binaries all >/dev/null
	@.venv/bin/pytest -n $(JOBS) --dist loadgroup -m "slow and not cluster" $(ARGS)

.PHONY: test-cluster
test-cluster: .venv/.stamp ## Run the tests that need a real node, which they start; needs root (JOBS=2 nodes at a time; ARGS= for pytest)
	@.venv/bin/python -m bulkhead_testkit.binaries cluster >/dev/null
	@.venv/bin/pytest -m cluster -n $(JOBS) --dist loadgroup tests/node $(ARGS)

.PHONY: test-differential
test-differential: .venv/.stamp go-on-path ## Record the answers of the original implementations in Go anew and compare them (ARGS=)
	@.venv/bin/pytest -n $(JOBS) --dist loadgroup tests/differential libs/templating libs/regexp $(ARGS)

.PHONY: fuzz
fuzz: .venv/.stamp go-on-path ## Compare random templates with Go's and keep what differs as cases (MINUTES=5 SEED=)
	@ulimit -v 8000000; .venv/bin/python tests/differential/fuzz/fuzz.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

.PHONY: go-on-path
go-on-path:
	@command -v go >/dev/null || { echo "$(MAKECMDGOALS): go is not on PATH; put Go 1.26 or newer there to ask the originals" >&2; exit 1; }

.PHONY: images
images: .venv/.stamp ## Build the container images into build/images (NAMES=, SCAN='command with {archive}', ARGS=)
	@.venv/bin/python -m bulkhead_images build $(NAMES) $(if $(SCAN),--scan '$(SCAN)') $(ARGS)

.PHONY: lint
lint: .venv/.stamp types ## Check style, types, the walls between distributions and generated code
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@$(MAKE) generate-check

.PHONY: types
types: .venv/.stamp ## Check types (mypy strict)
	@.venv/bin/mypy $(addsuffix /src,$(filter-out proto,$(DISTS))) $(wildcard $(addsuffix /tests,$(DISTS)) tests/contract \
		tests/integration tests/drill tests/chart tests/admission tests/node)

.PHONY: format
format: .venv/.stamp ## Format the code
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: generate
generate: .venvs/codegen/.stamp .venv/.stamp ## Generate Python from the .proto files, and the chart's README table and schema descriptions from its values
	@.venvs/codegen/bin/python proto/generate.py
	@.venv/bin/python -m bulkhead_testkit.values_docs

.PHONY: generate-check
generate-check: .venvs/codegen/.stamp .venv/.stamp
	@.venvs/codegen/bin/python proto/generate.py --check
	@.venv/bin/python -m bulkhead_testkit.values_docs --check

.PHONY: doors
doors: .venv/.stamp ## Try which door catches which object of the table of rules, and write that and the rules into docs/webhook.md
	@.venv/bin/python tests/admission/doors.py
	@.venv/bin/python tests/admission/webhook_doc.py

.PHONY: bench
bench: .venv/.stamp ## Measure first syncs and refreshes against the API server's own limit (BASE=, a git revision to measure beside; ARGS=)
	@.venv/bin/python -m bulkhead_demo.bench $(if $(BASE),--base "$(BASE)") $(ARGS)

.PHONY: bench-idle
bench-idle: .venv/.stamp ## Measure memory, processor time and writes of an installation that has nothing to do, on a real node (MINUTES=10)
	@.venv/bin/python -m bulkhead_demo bench-idle --minutes $(if $(filter command line environment,$(origin MINUTES)),$(MINUTES),10)

.PHONY: bench-templates
bench-templates: .venv/.stamp ## Measure templates beside Go's text/template, which must be on PATH
	@.venv/bin/python tests/performance/templates/bench.py

.PHONY: lock
lock: $(UV) ## Resolve the locked requirements anew (UPGRADE=1 for newer versions)
	@for name in bootstrap codegen go; do \
		$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt; done
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/dev.in $(addsuffix /pyproject.toml,$(DISTS)) \
		-o requirements/dev.txt
	@for dist in $(DISTS); do \
		name=$$(sed -n 's/^name = "bulkhead-\(.*\)"/\1/p' $$dist/pyproject.toml); \
		$(COMPILE) -c requirements/dev.txt $$dist/pyproject.toml -o requirements/$$name.txt; done

.PHONY: clean
clean: ## Remove environments, caches and build results of this checkout
	@if [ -e .run/state.json ]; then $(MAKE) down; fi
	@for plan in .run/*/plan.json; do if [ -e "$$plan" ]; then $(MAKE) cluster-down NAME="$$(basename "$$(dirname "$$plan")")"; fi; done
	@rm -rf .venv .venvs .run build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

$(UV): requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Bulkhead needs Python 3.11 or newer; set PYTHON=")'
	@$(PYTHON) -m venv .venvs/bootstrap
	@.venvs/bootstrap/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

.venv/.stamp: $(UV) requirements/dev.txt $(addsuffix /pyproject.toml,$(DISTS))
	@echo "making the development environment (.venv)" >&2
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --no-build-isolation $(addprefix -e ./,$(DISTS))
	@touch $@

.venvs/codegen/.stamp: $(UV) requirements/codegen.txt
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venvs/codegen
	@VIRTUAL_ENV=.venvs/codegen $(UV) pip sync --quiet --require-hashes requirements/codegen.txt
	@touch $@
