# The few verbs a developer needs. `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := services/chassis services/events services/consulkit services/laptops services/port observability/telemetry observability/grafana lab
NAMES := chassis events consulkit laptops port dashboards lab

.DEFAULT_GOAL := help
.PHONY: help setup lock lint types unit dashboards packages backends test demo compose-test k8s-test verify-verdict bench goodput bench-tables rivals mutants recordings pythons clean

help: ## list the verbs
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

# One stamp stands for the whole environment: it is made again when a lock or a member's metadata changes.
$(VENV)/.stamp: requirements/bootstrap.txt requirements/dev.txt $(MEMBERS:%=%/pyproject.toml)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/bootstrap.txt requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(MEMBERS:%=--editable %)
	@touch $@

setup: $(VENV)/.stamp ## the virtual environment, from hashed locks

LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  --no-header --quiet $(NAMES:%=--no-emit-package laptop-lab-%) --no-emit-package threesignals
# An image has what its service needs and nothing else, in the versions that were tested.
IMAGE_LOCK = $(LOCK) --constraint requirements/dev.txt

lock: ## make the locks again from the members' pyproject.toml
	$(LOCK) --all-extras --group pyproject.toml:dev --group pyproject.toml:bench --group observability/telemetry/pyproject.toml:test $(MEMBERS:%=%/pyproject.toml) --output-file requirements/dev.txt
	$(IMAGE_LOCK) services/laptops/pyproject.toml --output-file requirements/laptops.txt
	$(IMAGE_LOCK) services/port/pyproject.toml --output-file requirements/port.txt
	echo hatchling | $(IMAGE_LOCK) - --output-file requirements/build.txt
	printf '%s\n' locust prometheus-client | $(IMAGE_LOCK) - --output-file requirements/loadtests.txt
	printf '%s\n' 'logfire[fastapi,flask,sqlalchemy]' ddtrace | $(IMAGE_LOCK) - --output-file bench/rivals.txt

lint: setup ## ruff
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

unit: setup ## the tests that need no backend: seconds
	$(BIN)/pytest -m "not e2e and not postgres"

packages:
	@tests/support/install-debian-packages.sh
	@tests/support/install-consul.sh >/dev/null

backends: setup ## find or build the real backends
	$(BIN)/lab backends

test: setup packages backends ## everything: lint, types, unit, contracts, real backends
	$(MAKE) lint types
	$(BIN)/coverage run -m pytest
	$(BIN)/python -m tests.support.reached

demo: setup ## the whole lab on this machine: a spike, its proof and its report
	$(BIN)/lab spike laptops $(ARGS)

# What `make test` leaves out notes how it ended in CONTRIBUTING.md: `$(NOTED) NAME -- COMMAND...`.
NOTED = $(BIN)/python -m tests.support.ran

compose-test: setup ## the stack on Docker: its images and a spike; makes stand-ins for images that can't be pulled
	$(BIN)/python -m tests.compose.standins
	docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0; docker compose build --quiet laptops port
	$(NOTED) compose-test -- env LAB_TEST_DOCKER=1 $(BIN)/pytest -p no:xdist tests/compose/stack

# K8S_LOAD: a command that takes image names and puts them into the cluster, for example `kind load docker-image`.
# K8S_WITHOUT: apps to leave out, for example `grafana` where its image can't be had.
k8s-test: setup ## the stack on the cluster of KUBECONFIG: spikes with HPA and KEDA, an update, a drain
	KUBECONFIG=$(KUBECONFIG) $(BIN)/python -m tests.k8s.standins "$(K8S_LOAD)"
	$(NOTED) k8s-test -- env LAB_TEST_CLUSTER=1 KUBECONFIG=$(KUBECONFIG) K8S_WITHOUT="$(K8S_WITHOUT)" \
	  $(BIN)/pytest -p no:xdist tests/k8s/cluster

dashboards: setup ## Grafana's dashboards again, from their Python
	$(BIN)/python -m dashboards

verify-verdict: setup backends ## disturb the lab and show that the verdict notices: ARGS="--all --runs 20"
	$(NOTED) verify-verdict -- $(BIN)/python -m tests.verdict $(ARGS)

bench: setup ## what telemetry costs: ARGS=--quick shows the shape in eight minutes
	@command -v wrk >/dev/null || { echo "wrk is missing; installing Debian's package"; apt-get install --yes --quiet wrk; }
	$(NOTED) bench -- $(BIN)/python -m bench $(ARGS)

goodput: setup ## what a service answers in time when it is offered up to ten times its capacity, as a figure
	$(NOTED) goodput -- $(BIN)/python -m bench.goodput $(ARGS)

bench-tables: setup ## the benchmark's figures into the documents: ARGS='--from reports/overhead.json' takes a new run
	$(BIN)/python -m bench.tables $(ARGS)

rivals: setup ## what the benchmark of other makers' telemetry needs (make bench ARGS=--all), apart from all else
	$(BIN)/uv pip install --quiet --target .rivals --require-hashes --no-deps -r bench/rivals.txt

mutants: setup ## what the unit tests do not notice when the code changes: ARGS="--count 20 --seed 2"
	$(NOTED) mutants -- $(BIN)/python -m tests.mutants $(ARGS)

PYTHONS ?= python3.12 python3.13
pythons: setup ## the package's own tests on other Pythons: PYTHONS="python3.12 /opt/python3.14/bin/python"
	set -e; for python in $(PYTHONS); do \
	  folder=$$(mktemp -d); $$python -m venv $$folder/venv; cp -r observability/telemetry $$folder/package; cd $$folder/package; \
	  $(CURDIR)/$(BIN)/uv pip install --quiet --python ../venv/bin/python --group test '.[flask,fastapi,sqlalchemy,httpx,contrib,testing]'; \
	  ../venv/bin/python --version; ../venv/bin/python -m pytest -q -m 'not e2e' -p no:cacheprovider; \
	  cd $(CURDIR); rm -rf $$folder; done

recordings: setup ## what Kubernetes' own controller decides, recorded again
	$(BIN)/python tests/lab/autoscaler/controller/record.py

clean: ## the environment and what the tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
