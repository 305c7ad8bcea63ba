"""pyproject.toml, requirements.lock and environment.yml say the same; nothing else names a version."""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mlp_tutorial.check import FLOORS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK_LINES = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
PYPI_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}  # of conda-forge's names that differ

PYTHONS = ("3.10.0", "3.11.7", "3.12.1", "3.13.0")
PLATFORMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macos": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
TARGETS = [(python, platform) for python in PYTHONS for platform in PLATFORMS]


def environment(python, platform):
    """The marker variables of one Python on one platform."""
    version = {"python_version": python.rpartition(".")[0], "python_full_version": python}
    return {**version, **PLATFORMS[platform], "implementation_name": "cpython", "extra": ""}


def applies(requirement, target):
    return requirement.marker is None or requirement.marker.evaluate(target)


def pinned(target):
    """The lock's versions for one target, by name; a name that is pinned twice fails."""
    versions = {}
    for pin in map(Requirement, LOCK_LINES):
        if applies(pin, target):
            name = canonicalize_name(pin.name)
            assert name not in versions, f"{name} is pinned twice for {target}"
            versions[name] = str(pin.specifier).removeprefix("==")
    return versions


def direct_requirements():
    return [Requirement(line) for line in [*PROJECT["dependencies"], *EXTRAS["lab"], *EXTRAS["demo"], *EXTRAS["test"]]]


def test_every_line_of_the_lock_is_an_exact_public_version():
    wrong = [line for line in LOCK_LINES if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?", line)]
    assert not wrong


@pytest.mark.parametrize(("python", "platform"), TARGETS)
def test_lock_holds_every_requirement_within_its_bounds(python, platform):
    target = environment(python, platform)
    versions = pinned(target)
    for requirement in direct_requirements():
        if applies(requirement, target):
            version = versions[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"the lock's {version} is outside {requirement}"


def test_lock_is_complete():
    """Whatever the installed requirements ask for, however indirectly, is in the lock."""
    target = environment(".".join(map(str, sys.version_info[:3])), "linux")
    versions = pinned(target)
    waiting = [requirement for requirement in direct_requirements() if applies(requirement, target)]
    seen = set()
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        gpu_package = name.startswith(("nvidia-", "cuda-", "triton"))  # PyTorch's default Linux build brings its own
        if name in seen or gpu_package:
            continue
        seen.add(name)
        assert name in versions, f"{name} is not in requirements.lock: run `make lock`"
        try:
            needs = requires(name) or []
        except PackageNotFoundError:  # of another platform
            continue
        waiting += [requirement for requirement in map(Requirement, needs) if applies(requirement, target)]
    assert len(seen) > 50


def test_lock_leaves_gpu_packages_to_pytorch():
    assert not [line for line in LOCK_LINES if line.startswith(("nvidia-", "cuda-", "triton"))]


def test_torch_is_pinned_for_every_platform_in_one_line():
    (line,) = (line for line in LOCK_LINES if line.startswith("torch"))
    assert re.fullmatch(r"torch==\d+\.\d+\.\d+", line)


def test_the_lab_keeps_to_ipykernels_on_which_sliders_live():
    """7.4.0 can kill a slider that is moved while a cell awaits; the lock and environment.yml keep to the same bounds."""
    (ipykernel,) = (one for one in map(Requirement, EXTRAS["lab"]) if one.name == "ipykernel")
    assert not ipykernel.specifier.contains("7.4.0")


def test_conda_environment_is_the_lock_under_conda_names():
    pins = dict(line.split("=") for line in CONDA["dependencies"] if isinstance(line, str) and "=" in line)
    python = pins.pop("python")
    versions = pinned(environment(f"{python}.9", "linux"))
    expected = {Requirement(line).name for line in [*PROJECT["dependencies"], *EXTRAS["lab"]]}
    assert {PYPI_NAMES.get(name, name) for name in pins} == expected
    assert pins == {name: versions[PYPI_NAMES.get(name, name)] for name in pins}


def test_conda_environment_installs_the_package():
    assert CONDA["channels"] == ["conda-forge"]
    assert "pip" in CONDA["dependencies"]
    assert {"pip": ["-e ."]} in CONDA["dependencies"]


def test_the_first_aid_knows_every_floor():
    """Where the package is unpacked, as on Colab, `check.py` alone can know them."""
    required = {one.name: one.specifier for one in map(Requirement, PROJECT["dependencies"])}
    assert set(FLOORS) == {*required, "ipykernel"}
    assert all(f">={FLOORS[name]}" in str(specifier) for name, specifier in required.items())


def test_only_ipywidgets_has_an_upper_bound():
    bounded = [Requirement(line).name for line in PROJECT["dependencies"] if re.search("<|==|~", line)]
    assert bounded == ["ipywidgets"]
    assert PROJECT["requires-python"] == ">=3.10"
