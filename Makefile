# `make` alone prints what there is. Without make, see "Windows, or conda" in README.md.

PYTHON ?= python3
LESSONS ?=
LAB_OPTIONS ?=
DEMO_OPTIONS ?=

VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check

.PHONY: help python installed lab demo slides test notebooks colab colab-test site bench bench-peers format lock clean

help:
	@echo 'make lab        open your copies of the lessons, in my_lessons, in JupyterLab'
	@echo '                (the originals: LESSONS=notebooks; options: LAB_OPTIONS="--no-browser --port=9000")'
	@echo 'make demo       show explorers on a projector, without code (options: DEMO_OPTIONS="--no-browser --port=8870")'
	@echo 'make slides     open the lessons as slides in JupyterLab, with sliders that live'
	@echo 'make test       check style, run every test and every notebook'
	@echo 'make notebooks  run every notebook again and store it in its normal form'
	@echo 'make colab      write each lesson for Google Colab, into dist/colab: a file that runs alone'
	@echo 'make colab-test run those files on the versions of Google Colab (needs Python 3.13)'
	@echo 'make site       build the lessons as web pages, into dist/site (needs Python 3.11)'
	@echo 'make bench      measure, and print the tables of benchmarks'
	@echo 'make bench-peers  install the libraries that some benchmarks compare with, into .venv-peers'
	@echo 'make format     format code and notebooks'
	@echo 'make lock       write requirements.lock and environment.yml anew, with the newest versions'
	@echo 'make clean      delete $(VENV) and all caches'
	@echo 'The first call makes $(VENV) from $(PYTHON); name another Python so: make lab PYTHON=python3.12'

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
		{ echo '$(PYTHON) is missing or older than Python 3.10: install a newer one, or name it, as in "make lab PYTHON=python3.12".'; exit 1; }

installed: python
	@$(PYTHON) tools/install.py

lab: installed
	@$(VENV_PYTHON) -m mlp_tutorial.lessons $(LESSONS) -- $(LAB_OPTIONS)

demo: installed
	@$(VENV_PYTHON) -m mlp_tutorial.wall $(DEMO_OPTIONS)

# Apart from .venv, so that no learner's JupyterLab changes.
.venv-slides: | installed
	$(PIP_INSTALL) --no-deps --target $@ jupyterlab-slideshow==0.3.4 jupyterlab_fonts==3.0.0

slides: installed .venv-slides
	@$(VENV_PYTHON) -m tools.slides $(LAB_OPTIONS)

# One thread: on a busy machine small networks on two take ten times as long.
test: export OMP_NUM_THREADS := 1
test: installed
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV)/bin/lint-imports --no-cache
	$(VENV_PYTHON) -m pytest --numprocesses=2 --dist=loadfile --ignore=tests/browser
	$(VENV_PYTHON) -m pytest --numprocesses=2 --dist=loadfile tests/browser

notebooks: installed
	$(VENV_PYTHON) -m tools.book --write
	$(VENV_PYTHON) tools/notebooks.py

colab: python
	$(PYTHON) tools/colab.py

colab-test: installed
	$(PIP_INSTALL) nox uv
	$(VENV_PYTHON) -m nox -s colab

.venv-site/requirements.txt: docs/site/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'The site needs Python 3.11 or newer: name one, as in "make site PYTHON=python3.12".'; exit 1; }
	$(PYTHON) -m venv --clear .venv-site
	.venv-site/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	cp $< $@

site: python .venv-site/requirements.txt
	.venv-site/bin/python -m tools.website

bench: installed
	$(VENV_PYTHON) -m benchmarks

bench-peers: installed
	$(VENV_PYTHON) -m benchmarks --install-peers

format: installed
	$(VENV_PYTHON) -m ruff check --fix --exit-zero .
	$(VENV_PYTHON) -m ruff format .

lock: installed
	$(PIP_INSTALL) uv
	$(VENV_PYTHON) tools/lock.py

clean:
	rm -rf $(VENV) .venv-peers .venv-hub .venv-site .venv-slides .nox build dist .hypothesis .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
