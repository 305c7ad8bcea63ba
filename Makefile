# `make` alone prints what there is. Without make, see "Windows, or conda" in README.md.

PYTHON ?= python3
LAB_OPTIONS ?=

VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check
INSTALLED := $(VENV)/installed
# Named on pip's own command line, and exactly: a looser request would fetch gigabytes of GPU packages on Linux.
TORCH := $(shell grep '^torch==' requirements.lock)
# JupyterLab would greet every learner with questions about its news, and show README.md as source text.
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings

.PHONY: help lab test notebooks colab colab-test bench bench-peers format lock clean

help:
	@echo 'make lab        open the lessons in JupyterLab (options: make lab LAB_OPTIONS="--no-browser --port=9000")'
	@echo 'make test       check style, run every test and every notebook'
	@echo 'make notebooks  run every notebook again and store it in its normal form'
	@echo 'make colab      write each lesson for Google Colab, into dist/colab: a file that runs alone'
	@echo 'make colab-test run those files on the versions of Google Colab (needs Python 3.13)'
	@echo 'make bench      measure, and print the tables of benchmarks'
	@echo 'make bench-peers  install the libraries that some benchmarks compare with, into .venv-peers'
	@echo 'make format     format code and notebooks'
	@echo 'make lock       write requirements.lock and environment.yml anew, with the newest versions'
	@echo 'make clean      delete $(VENV) and all caches'
	@echo 'The first call makes $(VENV) from $(PYTHON); name another Python so: make lab PYTHON=python3.12'

# The stamp is the last thing written, so an installation that was interrupted starts again.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
		{ echo '$(PYTHON) is missing or older than Python 3.10: install a newer one, or name it, as in "make lab PYTHON=python3.12".'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo '$(PYTHON) cannot make virtual environments: install its venv module (on Debian: apt-get install python3-venv).'; exit 1; }
	@echo 'Installing PyTorch, JupyterLab and the package into $(VENV): this takes some minutes, this once.'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) $(TORCH) -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@mkdir -p $(LAB_SETTINGS) && cp tools/lab_settings.json $(LAB_SETTINGS)/overrides.json
	@touch $@

# Loopback only, and Jupyter's token guards it, so root (in a container, say) may run it too. The server's root is this
# folder, so that links from the lessons to README.md lead somewhere.
lab: $(INSTALLED)
	$(VENV_PYTHON) -m jupyter lab --ip=127.0.0.1 --allow-root --LabApp.default_url=/lab/tree/notebooks $(LAB_OPTIONS)

# One thread: on a busy machine small networks on two take ten times as long.
test: export OMP_NUM_THREADS := 1
test: $(INSTALLED)
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV)/bin/lint-imports --no-cache
	$(VENV_PYTHON) -m pytest --numprocesses=2 --dist=loadfile --ignore=tests/browser
	$(VENV_PYTHON) -m pytest --numprocesses=2 --dist=loadfile tests/browser

notebooks: $(INSTALLED)
	$(VENV_PYTHON) tools/notebooks.py

colab: $(INSTALLED)
	$(VENV_PYTHON) tools/colab.py

colab-test: $(INSTALLED)
	$(PIP_INSTALL) nox uv
	$(VENV_PYTHON) -m nox -s colab

bench: $(INSTALLED)
	$(VENV_PYTHON) -m benchmarks

bench-peers: $(INSTALLED)
	$(VENV_PYTHON) -m benchmarks --install-peers

format: $(INSTALLED)
	$(VENV_PYTHON) -m ruff check --fix --exit-zero .
	$(VENV_PYTHON) -m ruff format .

lock: $(INSTALLED)
	$(PIP_INSTALL) uv
	$(VENV_PYTHON) tools/lock.py

clean:
	rm -rf $(VENV) .venv-peers .nox build dist .hypothesis .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
