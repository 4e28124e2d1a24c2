# Python's compiled files halve the start-up time of every process.
unexport PYTHONDONTWRITEBYTECODE
PY = .venv/bin/python
.DEFAULT_GOAL = help
.PHONY: help run stop test test-full faults browser check fix bench demo-full venv venv-dev

help: ## Say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 20

run: venv ## Start everything at http://127.0.0.1:8000 (HOST, PORT, DEMO=0, EPM_DATA)
	@exec $(PY) -m epm.run

stop: venv ## Stop what `make run` of this EPM_DATA started
	@$(PY) -m epm.run stop

test: venv-dev ## Run the whole suite on real servers (DATABASE_URL, REDIS_URL; ARGS for pytest)
	@$(PY) -m pytest -n auto $(ARGS)

test-full: venv-dev ## Import the full real year and check its figures to the cent (31 MB, minutes)
	@$(PY) -m pytest -m full $(ARGS)

faults: venv-dev ## Kill real servers and workers under the product, and see it go on
	@$(PY) -m pytest -m faults $(ARGS)

browser: venv-dev ## Drive a real Chromium through every page (EPM_SCREENSHOTS=folder keeps pictures)
	@$(PY) -m pytest -m browser tests/browser $(ARGS)

check: venv-dev ## Format, lint, types, import contracts, migrations
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache
	EPM_DATA=$${EPM_DATA:-var}/check $(PY) manage.py makemigrations --check --dry-run
	$(PY) -m pytest tests/architecture --ignore tests/architecture/test_visibility_everywhere.py

fix: venv-dev ## Format and repair what a program can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: venv-dev ## Our figures beside the limits of the same machine
	@$(PY) -m tests.bench

demo-full: venv ## Import the full real year into ./var-full
	@EPM_DATA=$${EPM_DATA:-./var-full} $(PY) -m epm.run demo-full

venv:
	@scripts/venv requirements.txt

venv-dev: venv
	@scripts/venv requirements-dev.txt
