"""The environments in which the series is tested: `nox --list` names them, `nox -s colab` runs one.

Each session leaves a record in build/environments; `python tools/environments.py` makes docs/environments.md of them.
Arguments after `--` go to pytest.

UV_TORCH_BACKEND=cpu makes uv take PyTorch's CPU build, without gigabytes of GPU libraries.
"""

import os
import re
from itertools import product
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = True

PROJECT = nox.project.load_toml("pyproject.toml")["project"]
ADMITTED = [Requirement(line) for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["lab"]]]
LOCK = [line for line in Path("requirements.lock").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
LOCKED_TORCH = next(line for line in LOCK if line.startswith("torch=="))
#: What the August 2026 image of Google Colab has; of scipy, pillow and tqdm the image's versions are not known. From scipy
#: 1.18 on scikit-learn 1.6 prints a warning, so the image must have an older one.
COLAB = {
    "torch": "2.11.0",
    "numpy": "2.1.3",
    "matplotlib": "3.10.0",
    "scikit-learn": "1.6.1",
    "pandas": "2.2.3",
    "ipywidgets": "7.7.1",
    "ipykernel": "6.17.1",
    "ipython": "7.34.0",
    "traitlets": "5.7.1",
    "jupyter_client": "7.4.9",
    "tornado": "6.5.7",
}
IPYKERNELS = {"6.31": "ipykernel==6.31.*", "newest": "ipykernel>=7"}
TEST_TOOLS = [
    "pytest",
    "pytest-xdist",
    "nbval",
    "nbclient",
    "nbformat",
    "psutil",
    "packaging",
    "pyyaml",
    "hypothesis",
    "tomli",
]
#: On two cores, as in `make test`, which also drives JupyterLab in a browser.
WITHOUT_BROWSER = ["--numprocesses=2", "--dist=loadfile", "--ignore=tests/browser", "--ignore=tests/environments"]


@nox.session(python="3.13")
def colab(session):
    """Each lesson's Colab edition on Google Colab's versions, alone in an empty folder."""
    pins = [f"{name}=={version}" for name, version in COLAB.items()]
    install(
        session, f"torch=={COLAB['torch']}", *pins, "scipy<1.18", "pillow", "tqdm", "pytest", "nbclient", "nbformat"
    )
    # The package is not installed: each edition brings it along. So pytest's plugins for notebooks are not there either.
    test(session, "-o", "addopts=--import-mode=importlib", "tests/environments/test_editions.py")


@nox.session(python="3.11")
@nox.parametrize("ipykernel", list(IPYKERNELS), ids=list(IPYKERNELS))
def kernels(session, ipykernel):
    """The live trainer under 200 moves of its sliders, on one version of ipykernel."""
    install(session, LOCKED_TORCH, IPYKERNELS[ipykernel], *locked("ipykernel"))
    install_package(session)
    test(session, "tests/environments/test_kernels.py", "tests/live")


@nox.session(python=["3.10", "3.12", "3.13"])
def lock(session):
    """All tests but the browser's, and every notebook, with the versions of requirements.lock."""
    install(session, LOCKED_TORCH, *locked())
    install_package(session)
    test(session, *WITHOUT_BROWSER)


@nox.session(python="3.10")
def floors(session):
    """The same with the oldest version of everything that pyproject.toml admits."""
    lowest = {}
    for one in ADMITTED:  # of ipywidgets the package's own floor, which comes first
        floor = next(bound.version for bound in one.specifier if bound.operator == ">=")
        lowest.setdefault(one.name, floor)
    pins = [f"{name}=={version}" for name, version in lowest.items()]
    # ipywidgets 7 asks for any jupyterlab_widgets, and fits those below 3.
    install(session, f"torch=={lowest['torch']}", *pins, "jupyterlab-widgets<3", *TEST_TOOLS)
    install_package(session)
    test(session, *WITHOUT_BROWSER, "--ignore=tests/test_project_files.py")


@nox.session(python="3.13")
def newest(session):
    """The same with the newest version of everything that pyproject.toml admits, on the day of the test."""
    install(session, "torch", *[str(one) for one in ADMITTED], *TEST_TOOLS)
    install_package(session)
    test(session, *WITHOUT_BROWSER, "--ignore=tests/test_project_files.py")


@nox.session(python="3.11")
def processors(session):
    """Every notebook on two imitations of other processors, with one thread and two: no stored text depends on them."""
    install(session, LOCKED_TORCH, *locked())
    install_package(session)
    for instructions, threads in product(["default", "avx2"], ["1", "2"]):
        variables = {"ATEN_CPU_CAPABILITY": instructions, "OMP_NUM_THREADS": threads}
        test(session, "notebooks", name=f"processors-{instructions}-{threads}", env=variables)


@nox.session(python="3.11")
def pages(session):
    """Each lesson in Voilà and Notebook 7, and as a page that nbconvert writes; needs Chromium."""
    install(session, LOCKED_TORCH, *locked(), "notebook>=7,<8")
    install_package(session)
    test(session, "tests/environments/test_pages.py")


@nox.session(python="3.11")
def nbgrader(session):
    """A course of all lessons in nbgrader, from the sources to the feedback; `-- --write` keeps the table of points."""
    install(session, LOCKED_TORCH, *locked(), "nbgrader==0.9.6")
    install_package(session)
    session.run("python", "tools/nbgrader_points.py", *session.posargs)


def install(session, torch, *requirements):
    """Install torch, exactly as named, and the rest."""
    rest = [line for line in requirements if not line.startswith("torch")]
    if os.environ.get("MLP_TUTORIAL_GPU_STAND_INS") == "1":  # where only PyPI can be reached: see the file
        session.install("--no-deps", torch)
        session.run("python", ".ci/gpu_stand_ins.py")
        session.install(*rest, "filelock", "typing-extensions", "sympy", "networkx", "jinja2", "fsspec", "setuptools")
    else:
        session.install(torch, *rest)


def locked(*without):
    """Return the lines of the lock but those of some packages."""
    return [line for line in LOCK if line.partition("==")[0] not in ("torch", *without)]


def install_package(session):
    """Install this checkout, and nothing that it asks for: that is there."""
    session.install("--no-deps", "--editable", ".")


def test(session, *arguments, name="", env=None):
    """Run pytest, and leave a record for the table under the session's name, or another."""
    name = name or re.sub(r"[^\w.]+", "-", session.name).strip("-")
    folder = Path("build") / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    variables = {"MLP_TUTORIAL_ENVIRONMENT": name, "OMP_NUM_THREADS": "1", **(env or {})}
    session.run("python", "tools/environments.py", "--record", name, env=variables)
    report = f"--junitxml={folder / name}.xml"
    session.run("python", "-m", "pytest", report, *arguments, *session.posargs, env=variables)
