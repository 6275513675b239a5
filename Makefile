# The site's commands. Each makes what it needs first: the environment, the database, the tools.

.PHONY: serve test check staff bench bench-lighthouse bench-changes bench-directory bench-desk bench-requests bench-bookings bench-mail bench-backup bench-upgrade faults test-serve test-firefox scan lock packages format clean help

serve: .venv/installed  ## Open the site at http://127.0.0.1:8000 (another port: PORT=8001 make serve)
	@exec $(python) manage.py serve

test: .venv/installed  ## Run the whole test suite
	@$(with_database) $(python) -m tests

check: .venv/installed  ## Everything that must pass before a change goes in: format, lint, types, tests
	@$(python) -m ruff format --check --quiet .
	@$(python) -m ruff check --quiet .
	@$(python) -m mypy
	@$(python) -m djlint --lint --quiet templates
	@$(with_database) $(python) manage.py makemigrations --check --dry-run
	@env $(production) $(python) -W error manage.py check --deploy --fail-level WARNING
	@$(MAKE) --no-print-directory test

staff: .venv/installed  ## Make a staff login for each role, and print them with their codes of now
	@$(with_database) $(python) manage.py seed_staff

bench-lighthouse: .venv/installed  ## Measure each kind of page with Lighthouse, five times; the site must be running on PORT
	@$(python) -m tests.bench.lighthouse "http://127.0.0.1:$(or $(PORT),8000)" $(BENCH)

bench: .venv/installed  ## Measure pages, searches and requests stored, beside nginx serving a file
	@DATA_DIR=$(bench_data)/speed $(with_database) $(python) -m tests.bench.speed $(BENCH)

bench-changes: .venv/installed  ## Change a page 1,000 times, replace the web processes, mix staff with readers; does anybody see what they should not?
	@DATA_DIR=$(bench_data)/changes $(with_database) $(python) -m tests.bench.changes $(BENCH)

bench-directory: .venv/installed  ## Measure the directory and search with 100,000 made-up consultants, in a data folder of its own
	@DATA_DIR=$(bench_data) $(with_database) $(python) -m tests.bench.directory $(BENCH)

bench-desk: .venv/installed  ## Measure the staff desk’s lists with 100,000 consultants and 100,000 requests, in a data folder of its own
	@DATA_DIR=$(bench_data)/desk $(with_database) $(python) -m tests.bench.desk $(BENCH)

bench-requests: .venv/installed  ## Send 10,000 requests while web processes and the database are killed; is any lost?
	@DATA_DIR=$(bench_data)/requests $(python) -m tests.bench.requests $(BENCH)

bench-bookings: .venv/installed  ## Let 200 people press at once for five places in a call window, 20 times
	@DATA_DIR=$(bench_data)/bookings $(python) -m tests.bench.bookings $(BENCH)

bench-mail: .venv/installed  ## Let 10,000 mails wait for a mail server that is away; does each leave once it is back?
	@DATA_DIR=$(bench_data)/mail $(python) -m tests.bench.mail $(BENCH)

bench-backup: .venv/installed  ## Back up 100,000 requests and restore them elsewhere: how long, and does any mail leave?
	@DATA_DIR=$(bench_data)/backup $(with_database) $(python) -m tests.bench.backup $(BENCH)

bench-upgrade: .venv/installed  ## Change the code and the tables while requests come in: is any lost, does anybody wait?
	@DATA_DIR=$(bench_data)/upgrade $(with_database) $(python) -m tests.bench.upgrade $(BENCH)

faults: .venv/installed  ## Break each part in turn while 10,000 people write: is any request lost, and does each part recover by itself?
	@DATA_DIR=$(bench_data)/faults $(python) -m tests.faults $(BENCH)

test-serve: .venv/installed  ## Test `make serve` itself: a fresh copy, other users, killed processes (slow)
	@$(python) -m tests serve

test-firefox: .venv/installed  ## Go four ways through the site in Firefox: with and without scripts, by keyboard alone, as staff
	@DATA_DIR=$(bench_data)/firefox $(python) -m tests.firefox $(BENCH)

scan: .venv/installed .tools/installed  ## Let other people’s security scanners loose on the real site, as nobody and in each role (slow)
	@$(python) -m tests.scan $(SCAN)

lock: .tools/installed  ## Pin every package that requirements.in leads to, with the hashes of its files
	@.tools/bin/python -m tests.lock

packages: .venv/installed .tools/installed  ## Tell which packages have a newer version, and each one’s licence; write sbom.json, the list for machines
	@$(python) -m pip list --outdated --disable-pip-version-check
	@.tools/bin/pip-licenses --python=$(python) --order=license --from=mixed
	@.tools/bin/cyclonedx-py environment --output-reproducible --of JSON --outfile sbom.json $(python)

format: .venv/installed  ## Put the code in its format
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .

clean:  ## Remove the environments; the data folder stays
	rm -rf .venv .tools

help:  ## Show this list
	@sed -nE 's/^([a-z-]+):.*## /\1\t/p' Makefile | expand -t 14

# ---- Details ----

PYTHON ?= python3
python = .venv/bin/python
with_database = $(python) -m kyphoplasty_site.localdb run --

# Options of a bench, such as BENCH="--requests 500"; each explains itself with BENCH=--help.
BENCH ?=
bench_data = $(or $(DATA_DIR),var)/bench

# Options of the scan, such as SCAN="--only wapiti"; SCAN=--help explains them.
SCAN ?=

# Stand-ins of the right shape, for the deploy check alone.
production = PUBLIC_URL=https://kyphoplasty.example ALLOWED_HOSTS=kyphoplasty.example \
	DATABASE_URL=postgresql://site@db.example/site EMAIL_URL=smtp://mail.example \
	SECRET_KEY=dGhpcyBrZXkgaXMgZm9yIHRoZSBkZXBsb3kgY2hlY2sgYWxvbmUgYW5kIG9wZW5zIG5vdGhpbmc \
	FIELD_KEYS=dGhpcy1pcy1vbmx5LWEtY2hlY2sta2V5LTMyLWJ5dGU= CACHE_URL=redis://cache.example/0 \
	TRUSTED_PROXIES=1

# What only `make lock`, `make packages` and `make scan` need, apart from what the site runs and is tested with.
.tools/installed: Makefile
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install -qq --disable-pip-version-check uv==0.13.9 pip-licenses==5.5.5 cyclonedx-bom==7.5.0 bandit==1.9.4
	@touch .tools/installed

# The environment: made anew when the pinned packages change. Debian splits venv off from python3.
.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or later is needed: install python3, or name one with PYTHON=.' >&2; exit 1; }
	@echo 'Making the environment in .venv (once; about a minute).'
	@if $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv .venv; \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then $(PYTHON) -m venv --without-pip .venv && $(PYTHON) -m pip --python .venv/bin/python install -qq pip; \
	else echo 'Python cannot make environments here. On Debian: apt-get install python3-venv' >&2; exit 1; fi
	@.venv/bin/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch .venv/installed
