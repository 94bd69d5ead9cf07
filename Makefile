# Two commands on a bare Debian machine with Python 3.11: `make run`, `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TESTED := $(VENV)/.ready-test

.PHONY: setup run demo-reset example test soak bench bench-population bench-service mutate check lint lock clean

setup: $(READY)

$(READY): requirements/base.txt requirements/service.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "chaoce needs Python 3.11 or later")'
	@echo 'Installing what chaoce needs into $(VENV): about a minute, once.'
	$(PYTHON) -m venv $(VENV) || { echo 'On Debian: apt-get install -y python3-venv' >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt -r requirements/service.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

$(TESTED): $(READY) requirements/test.txt
	@echo 'Installing what the tests need: about a minute, once.'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	touch $@

# The service in the browser, with synthetic firms and one account a role; Ctrl-C stops it, its data stay in var/demo.
PORT ?= 8000
run: setup
	@exec $(BIN)/chaoce service run --port $(PORT)

# Begin anew: removes var/demo.
demo-reset: setup
	$(BIN)/chaoce service reset --yes

# The example firm's folder of invoices becomes facts, and the facts an explained answer.
example: setup
	$(BIN)/python examples/run.py

test: $(TESTED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/chaoce check haining-ai-2026
	$(BIN)/chaoce check haining-manufacturing-2025
	$(BIN)/python -m pytest -n 2

# The property tests with thousands of new examples each; figures in docs/testing.md.
soak: $(TESTED)
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -n 2 tests/assess/test_best_claim.py tests/assess/test_random_policies.py

bench: $(TESTED)
	$(BIN)/python benchmarks/run.py

# Populations of up to ten million firms against a script by hand, HiGHS, OpenFisca and policyengine-core.
bench-population: $(TESTED)
	$(BIN)/python benchmarks/population/run.py

# The service under 30 requests a second, with 20,000 firms and 100,000 facts; the first run fills the database, which takes minutes.
bench-service: $(TESTED)
	$(BIN)/python benchmarks/service/run.py

# Mutants of what computes money, of the modules named: make mutate ONLY='chaoce.rules.evaluate* chaoce.assessment.claims*'
# All of them take hours on two cores; the figures taken are in docs/testing.md.
ONLY ?= chaoce.rules.evaluate* chaoce.rules.settle* chaoce.assessment.conflict*
mutate: $(TESTED)
	HYPOTHESIS_PROFILE=mutate $(BIN)/mutmut run $(ONLY)
	$(BIN)/mutmut results

check: setup
	$(BIN)/chaoce check haining-ai-2026

lint: $(TESTED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Lock the dependencies anew, with hashes and without naming an index; each stands on those before it.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: $(TESTED)
	$(LOCK) -o requirements/base.txt requirements/base.in
	$(LOCK) -o requirements/service.txt requirements/service.in
	$(LOCK) -o requirements/test.txt requirements/test.in

clean:
	rm -rf $(VENV) out build dist .pytest_cache .hypothesis .ruff_cache .mypy_cache
