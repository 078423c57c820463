# `make lab` and `make test` set up what they need, once, in .venv; everything here works in a folder of any name.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help lab style quick test test-browser test-device test-gpu build site slides bench zoo train measure format clean

# Options: `make lab LAB="--no-browser --port 8899"`, `make test TEST="-k saliency"`, `make train NET=digits`.
LAB ?=
TEST ?=
NET ?= scenes
ZOO ?=
PYTHONS ?= python3.13 python3.12 python3.11 python3

VENV := .venv
PY := $(VENV)/bin/python
COURSEKIT := $(PY) -m coursekit
PYTEST := $(PY) -m pytest -n 2 --dist worksteal
# A stamp says that what pyproject.toml asks for is installed. It bears the folder's checksum, because an environment
# whose folder was moved must be installed again.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
READY := $(VENV)/ready-$(HERE)
READY_DEV := $(VENV)/ready-dev-$(HERE)
# What JupyterLab shows differently for the course: in .venv alone, where it changes nobody else's.
SETTINGS := $(VENV)/share/jupyter/lab/settings/overrides.d/coursekit.json5

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' Makefile

lab: $(READY) $(SETTINGS) ## open the course in JupyterLab, and print its address
	@root=; if [ "$$(id -u)" = 0 ]; then root=--allow-root; fi; \
	export COURSEKIT_CACHE="$${COURSEKIT_CACHE-$$PWD/build/features}"; \
	exec $(PY) -m jupyterlab $$root --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_start.ipynb \
	  --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
	  --ServerApp.tornado_settings="{'websocket_max_message_size': 104857600}" $(LAB)

style: $(READY_DEV) ## check style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

quick: style ## check style, types, and what takes two minutes: no notebook, browser or sandbox
	$(PYTEST) -m 'not (slow or notebook or sandbox or browser)' $(TEST)

test: style ## run every check that guards the course, with a sample in the browser
	@$(call install-debian,bwrap,bubblewrap,the sandbox for students' code)
	@$(call install-debian,chromium,chromium,the browser)
	$(PYTEST) -m 'sample or not browser' $(TEST)

test-browser: $(READY_DEV) ## open every notebook in the browser, and run every chapter there
	@$(call install-debian,chromium,chromium,the browser)
	$(PYTEST) -m browser $(TEST)

test-device: $(READY_DEV) ## run every notebook on a pretended second device
	$(PYTEST) -o python_files='device_*.py' tests/gpu $(TEST)

test-gpu: $(READY_DEV) ## run every notebook on CUDA; fails where there is none
	$(PY) -m pytest -o python_files='gpu_*.py' tests/gpu $(TEST)

build: $(READY) ## build the notebooks that are stale
	$(COURSEKIT) build

site: $(READY_DEV) ## make the web site of the built notebooks, in build/site
	$(COURSEKIT) site

slides: $(READY_DEV) ## make slides of the built notebooks, one file a chapter, in build/slides
	$(COURSEKIT) slides

bench: $(READY_DEV) ## time each method against its bare passes, and against its peers
	$(PY) -m benchmarks

zoo: $(READY_DEV) ## ask every method about seventy nets of three libraries, and write docs/nets.md; ZOO="--only resnet18"
	$(PY) -m pip install --disable-pip-version-check -q -e '.[zoo]'
	OMP_NUM_THREADS=1 $(PY) -m tests.zoo $(ZOO)

train: $(READY) ## make a shipped net again: NET=scenes, scenes-robust, scenes-stylised, digits or digits-robust
	$(COURSEKIT) train $(NET)

measure: $(READY) ## make the tables in data/ again; after training a net
	$(COURSEKIT) measure localisation
	$(COURSEKIT) measure attacks
	$(COURSEKIT) measure confounders
	$(COURSEKIT) measure photographs
	$(COURSEKIT) measure trust

format: $(READY_DEV) ## format the code, and mend what ruff can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

clean: ## remove the environment and all caches
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml
	@$(call install,.[libraries])

$(READY_DEV): pyproject.toml
	@$(call install,.[dev$(comma)grade$(comma)peers$(comma)site])
	@touch $(READY)

$(SETTINGS): jupyter/coursekit.json5 | $(READY)
	@mkdir -p $(@D) && cp $< $@

comma := ,

# Installs what tests need beside Python, where that is allowed: program $(1), from package $(2), which is $(3).
# Without it, its tests are reported as not run.
APT := apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20
define install-debian
if ! command -v $(1) >/dev/null; then \
  root="sudo -n"; if [ "$$(id -u)" = 0 ]; then root=env; fi; \
  if command -v apt-get >/dev/null && $$root true 2>/dev/null; then \
    printf '%s\n' "Installing $(2), $(3)." >&2; \
    $$root $(APT) update >/dev/null 2>&1 || true; \
    $$root env DEBIAN_FRONTEND=noninteractive $(APT) install -y --no-install-recommends $(2) >/dev/null 2>&1 || true; \
  fi; \
fi; \
if ! command -v $(1) >/dev/null; then \
  printf '%s\n' "No $(2): $(3) is missing, so its tests are not run. On Debian and Ubuntu:" \
    "  sudo apt-get update && sudo apt-get install $(2)" >&2; \
fi
endef

# Installs $(1) in .venv, made by the first Python that will do. What was installed there as "coursekit", the course's name
# in its first edition, would be found before what is installed now.
define install
say() { printf '%s\n' "$$@" >&2; }; \
if [ ! -d $(VENV)/lib/python3*/site-packages/torch ]; then \
  free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1048576)}'); \
  if [ "$$free" -lt 7 ]; then \
    say "The set-up needs about 7 GB in $$PWD, and $$free GB are free. Make room, then run make again."; exit 1; \
  fi; \
  say "Setting up in .venv: this needs about 7 GB, and is done once."; \
fi; \
if ! $(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
  python=; \
  for name in $(PYTHONS); do \
    if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
  done; \
  if [ -z "$$python" ]; then \
    say "Python 3.11 or later is needed; looked for: $(PYTHONS)." \
      "Install it from https://www.python.org/downloads/, or say where it is: make lab PYTHONS=/path/to/python3"; \
    exit 1; \
  fi; \
  if ! "$$python" -m venv --clear $(VENV); then \
    say "$$python cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; \
  fi; \
fi; \
if compgen -G '$(VENV)/lib/python3*/site-packages/coursekit-*.dist-info' >/dev/null; then \
  $(PY) -m pip uninstall --yes coursekit; \
fi; \
$(PY) -m pip install --disable-pip-version-check -e '$(1)' && touch $@
endef
