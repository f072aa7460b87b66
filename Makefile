# Everything sets itself up: `make run` and `make test` work from a clean clone on a bare Debian-like machine.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCRIPTS := deploy/libexec/limen-release tools/unit-debs tools/unit-wheels
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help env run check test bench unit debs forget label box box-shell test-box trials proof soak cuts draw constraints clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

env: $(VENV)/.limen  ## .venv with all that this machine needs to run Limen

$(VENV)/.limen: pyproject.toml constraints.txt tools/system-packages
	@tools/system-packages python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "limen: installing into $(VENV)"
	@$(PIP) install --constraint constraints.txt --editable '.[picture]'
	@touch $@

$(VENV)/.dev: $(VENV)/.limen
	@$(PIP) install --constraint constraints.txt --editable '.[picture,dev]'
	@touch $@

$(VENV)/.peers: $(VENV)/.dev tests/peers/package.json
	@tools/system-packages peers
	@$(PIP) install --constraint constraints.txt --editable '.[picture,dev,peers]'
	@cd tests/peers && npm install --silent --no-fund --no-audit --no-package-lock --omit=optional
	@touch $@

# A machine without QEMU and without root is told so, and the box tests then skip; in CI they must run.
$(VENV)/.box: $(VENV)/.dev
	@tools/system-packages box && touch $@ || test "$$CI" != true

run: env  ## set up, then play a simulated wearer in this terminal
	@$(BIN)/limen demo

check: $(VENV)/.dev  ## ruff, mypy --strict, unit and property tests (under two minutes)
	@$(BIN)/ruff check appliance tests tools/draw $(SCRIPTS)
	@$(BIN)/ruff format --check appliance tests tools/draw $(SCRIPTS)
	@$(BIN)/mypy
	@$(BIN)/pytest -n auto --dist worksteal tests/unit tests/property

# The virtual box is built while the first tests run, which do not mind; one that cannot be says so in its own tests.
test: $(VENV)/.peers $(VENV)/.box $(VENV)/.venue  ## everything that CI runs
	@mkdir -p build
	@$(BIN)/python -m tests.virtualbox build > build/box.log 2>&1 & box=$$!; \
	$(MAKE) --no-print-directory check && $(BIN)/pytest -n auto --dist loadfile tests/processes tests/venue; first=$$?; \
	wait $$box; cat build/box.log; exit $$first
	@$(BIN)/pytest tests --ignore=tests/unit --ignore=tests/property --ignore=tests/processes --ignore=tests/venue \
	  --durations=25

bench: $(VENV)/.peers  ## the benchmarks: ratios against peers in one run
	@$(BIN)/python -m tests.bench

# make box VARIANT=bare: a minimal Debian instead, for provisioning
box: $(VENV)/.box  ## build the virtual box and keep a live snapshot of it
	@$(BIN)/python -m tests.virtualbox build $(VARIANT)

box-shell: $(VENV)/.box  ## a prompt in a virtual box
	@$(BIN)/python -m tests.virtualbox shell $(VARIANT)

# Too long for CI's hour, or not yet seen to pass often.
trials: $(VENV)/.box  ## the box tests that make test leaves out
	@$(BIN)/pytest tests/virtualbox -m trial

$(VENV)/.proof: $(VENV)/.box $(VENV)/.venue
	@$(PIP) install --constraint constraints.txt --editable '.[picture,dev,ansible,proof]'
	@touch $@

proof: $(VENV)/.proof  ## a bare Debian becomes a unit, is played, updated and cut, in the virtual box
	@$(BIN)/pytest tests/virtualbox/test_unit*.py -m trial -s

test-box: $(VENV)/.box  ## the tests that run in the virtual box
	@$(BIN)/pytest tests/virtualbox

HOURS ?= 8
MINUTES ?= 60
soak: $(VENV)/.box  ## HOURS of one and of three wearers at thirty times life's pace, then MINUTES of three in the installed unit, and of a session over real BlueZ
	@LIMEN_SOAK_HOURS=$(HOURS) $(BIN)/pytest tests/soak -s
	@LIMEN_SOAK=$(MINUTES) $(BIN)/pytest tests/virtualbox/test_limen_hours.py -m trial -s
	@LIMEN_SOAK=$(MINUTES) $(BIN)/pytest tests/virtualbox/test_band_session.py -m box -s

N ?= 5
cuts: $(VENV)/.box  ## pull the plug N times, of a unit that plays with OF=limen (make cuts N=20 OF=limen)
	@$(BIN)/python -m tests.virtualbox cuts $(N) $(OF)

draw: env  ## what is drawn from tables: the panel's page and card, the wiring
	@$(BIN)/python -m tools.draw

# The technician's machine: Ansible, and what the tests of a unit's files need.
$(VENV)/.ansible: $(VENV)/.limen
	@$(PIP) install --constraint constraints.txt --editable '.[picture,ansible]'
	@touch $@

$(VENV)/.venue: $(VENV)/.dev $(VENV)/.ansible
	@tools/system-packages venue && touch $@ || test "$$CI" != true

PLAY = cd ansible && PATH="$(CURDIR)/$(BIN):$$PATH" ansible-playbook
LABELS := build/labels
SECRETS := ansible/secrets

unit: $(VENV)/.ansible inventory  ## provision or update a unit: make unit HOST=… (FLAGS=--check)
	@$(PLAY) site.yml --limit '$(HOST)' $(FLAGS)

debs: $(VENV)/.ansible inventory  ## download what a unit without a network lacks: make debs HOST=…
	@$(PLAY) debs.yml --limit '$(HOST)'

forget: named  ## forget a unit's host key, its card being written anew: make forget HOST=…
	@test ! -e '$(SECRETS)/known_hosts' || ssh-keygen -R '$(HOST)' -f '$(SECRETS)/known_hosts'

label: $(VENV)/.limen  ## draw a unit's Wi-Fi label into build/labels: make label HOST=…
	@test -r '$(SECRETS)/$(HOST)/passphrase' || { echo "limen: no unit $(HOST) was made from here: make unit HOST=$(HOST)" >&2; exit 1; }
	@mkdir -p $(LABELS) && chmod 700 $(LABELS)
	@$(BIN)/limen label --ssid "limen-$$(cut -d' ' -f1 '$(SECRETS)/$(HOST)/suffix')" \
	  --passphrase-file '$(SECRETS)/$(HOST)/passphrase' --svg '$(LABELS)/$(HOST).svg'
	@echo "limen: $(LABELS)/$(HOST).svg, 62 by 29 mm; whoever has it can join"

.PHONY: inventory named
named:
	@test -n '$(HOST)' || { echo "limen: which unit? add HOST=name-in-the-inventory" >&2; exit 1; }

inventory: named
	@test -d ansible/inventory || { echo "limen: no ansible/inventory yet: cp -r ansible/inventory.example ansible/inventory, and name your units there" >&2; exit 1; }

constraints: $(VENV)/.peers $(VENV)/.proof  ## pin what is installed now
	@tools/pin-constraints > constraints.txt.new && mv constraints.txt.new constraints.txt

clean:  ## remove what was made here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/peers/node_modules
