"""First aid: look at what the lessons need, and say what is wrong and how to fix it.

python -m mlp_tutorial.check

Nothing but Python itself is imported before it is looked at, so that this runs where everything else fails.
"""

import importlib
import json
import os
import platform
import re
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

PYTHON_FLOOR = (3, 10)
#: The oldest version of each requirement. Where the package is unpacked, as on Colab, nothing else tells.
FLOORS = {
    "torch": "2.4",
    "numpy": "1.26",
    "matplotlib": "3.8",
    "contourpy": "1.2",
    "ipywidgets": "7.7.1",
    "scikit-learn": "1.4",
    "pandas": "2.1",
    "pillow": "10",
    "tqdm": "4.66",
    "ipykernel": "6.17",
}
INSTALL = "`make lab` in the folder of the series, or the commands that README.md gives for your system"
ANEW = f"install the series anew: {INSTALL}"
#: Steps of training a second below which sliders feel heavy.
SLOW = 500


class Fault(Exception):
    """What is wrong, and how to fix it."""

    def __init__(self, what, fix):
        super().__init__(what)
        self.fix = fix


def check_python():
    """Look at the version of Python."""
    if sys.version_info < PYTHON_FLOOR:
        raise Fault(
            "Python {}.{} is too old, the lessons need 3.10".format(*sys.version_info[:2]),
            "install a newer Python, and make the environment with it",
        )
    return f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"


def check_package():
    """Look at where the package comes from."""
    folder = Path(__file__).resolve().parent
    own_version = re.search(r'__version__ = "(.+)"', (folder / "version.py").read_text(encoding="utf-8"))[1]
    installed = _installed_version("mlp_tutorial")
    if (gone := _folder_of_installation()) is not None and not gone.exists():
        raise Fault(
            f"mlp_tutorial was installed in {_short(gone)}, which is no longer there: the folder was renamed or moved",
            "`make lab` in the folder: the installation follows it",
        )
    if installed is None:
        return f"mlp_tutorial {own_version}, not installed, read from {_short(folder.parent)}"
    if installed != own_version:
        raise Fault(f"mlp_tutorial {installed} is installed, and {own_version} lies in {_short(folder.parent)}", ANEW)
    return f"mlp_tutorial {own_version}"


def check_torch():
    """Import torch and take one step with it."""
    found = _version("torch")
    try:
        import torch

        weight = torch.ones(3, requires_grad=True)
        (weight @ torch.ones(3)).backward()
    except Exception as error:
        raise Fault(
            f"PyTorch {found} cannot be used: {_line(error)}",
            f"take it out (`{_python()} -m pip uninstall torch`), then {ANEW}",
        ) from None
    if weight.grad.tolist() != [1.0, 1.0, 1.0]:
        raise Fault(f"PyTorch {found} computes wrong gradients", ANEW)
    return f"torch {torch.__version__}"


def check_libraries():
    """Look at the libraries beside torch."""
    found = [f"{name} {_version(name)}" for name in FLOORS if name not in ("torch", "ipywidgets", "ipykernel")]
    for name in ("numpy", "matplotlib.figure", "sklearn", "pandas", "PIL.Image", "tqdm"):
        _import(name)
    return ", ".join(found)


def check_widgets():
    """Make an explorer, as a lesson does, and look at its picture."""
    found = _version("ipywidgets")
    if int(found.split(".")[0]) >= 9:
        raise Fault(f"ipywidgets {found} is newer than the lessons know", _install("ipywidgets>=7.7.1,<9"))
    _import("ipywidgets")
    try:
        from mlp_tutorial.lessons.shared.trainer import explore_training

        picture = explore_training(num_epochs=5, hidden_sizes=[2]).canvas.png[:4]
    except Exception as error:
        raise Fault(f"an explorer cannot be made: {_line(error)}", f"fix what is above, else: {INSTALL}") from None
    if bytes(picture) != b"\x89PNG":
        raise Fault("an explorer has no picture", ANEW)
    return f"ipywidgets {found}; an explorer draws its picture"


def check_kernel():
    """Start the kernel that a notebook would get, and import the package in it."""
    if "google.colab" in sys.modules:
        return f"ipykernel {_version('ipykernel')}, Google Colab's own"
    found, register = _version("ipykernel"), f"`{_python()} -m ipykernel install --sys-prefix`"
    manager_module = _import("jupyter_client.manager")
    try:
        # Not in this folder, where Python would find the package even if it is not installed.
        elsewhere = tempfile.gettempdir()
        manager, client = manager_module.start_new_kernel(startup_timeout=60, kernel_name="python3", cwd=elsewhere)
    except Exception as error:
        raise Fault(f"the kernel does not start: {_line(error)}", register) from None
    try:
        expressions = {"python": "__import__('sys').prefix", "package": "__import__('mlp_tutorial').train.__name__"}
        reply = client.execute("", silent=True, user_expressions=expressions, reply=True, timeout=60)
        values = reply["content"]["user_expressions"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    prefix = values["python"]["data"]["text/plain"].strip("'\"")
    if values["package"]["status"] != "ok":
        raise Fault(
            f"the kernel `python3` runs in {prefix}, and cannot import mlp_tutorial: {values['package']['evalue']}",
            f"choose the kernel of this environment, or register it: {register}",
        )
    return f"ipykernel {found}; the kernel `python3` starts and imports the package"


def check_browser_extension():
    """Look for the part of ipywidgets that runs in the browser."""
    if "google.colab" in sys.modules:
        return "Google Colab brings its own"
    paths = _import("jupyter_core.paths")
    places = [Path(path) / "@jupyter-widgets" / "jupyterlab-manager" for path in paths.jupyter_path("labextensions")]
    place = next((place for place in places if (place / "package.json").exists()), None)
    if place is None:
        raise Fault(
            "the widgets' extension for JupyterLab and Notebook is not here: sliders would show as text",
            f"{_install('jupyterlab_widgets')} in the environment that JupyterLab runs in, then reload the page "
            "(VS Code brings its own)",
        )
    found = json.loads((place / "package.json").read_text(encoding="utf-8"))["version"]
    ipywidgets = _version("ipywidgets")
    wanted = {"7": ("2.", "3."), "8": ("5.",)}.get(ipywidgets.split(".")[0], "")
    if not found.startswith(wanted):
        raise Fault(
            f"the widgets' extension has version {found}, which does not fit ipywidgets {ipywidgets}",
            _install("--upgrade ipywidgets jupyterlab_widgets"),
        )
    versions = {name: _installed_version(name) for name in ("jupyterlab", "notebook", "voila")}
    pages = [f"{name} {version}" for name, version in versions.items() if version]
    return f"jupyterlab-manager {found}" + (f", with {', '.join(pages)}" if pages else "")


def check_device():
    """Measure how fast a small network trains."""
    try:
        import torch
        from torch import nn
    except Exception as error:
        raise Fault(f"nothing can be computed: {_line(error)}", "fix torch first") from None
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    X, y = torch.zeros(200, 2), torch.zeros(200, dtype=torch.long)
    threads, steps = torch.get_num_threads(), 0
    torch.set_num_threads(1)
    began = time.perf_counter()
    while time.perf_counter() - began < 0.5:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X), y).backward()
        optimizer.step()
        steps += 1
    speed = steps / (time.perf_counter() - began)
    torch.set_num_threads(threads)
    if speed < SLOW:
        raise Fault(
            f"training takes only {speed:.0f} steps/s on this processor",
            "close what else computes; with OMP_NUM_THREADS=1 set before JupyterLab starts, a busy machine is faster",
        )
    mps = getattr(torch.backends, "mps", None)
    gpu = "CUDA" if torch.cuda.is_available() else "Apple's GPU" if mps and mps.is_available() else "no GPU"
    return f"processor with {os.cpu_count()} cores, {speed:,.0f} steps/s; {gpu} (the lessons use none)"


CHECKS = {
    "Python": check_python,
    "package": check_package,
    "torch": check_torch,
    "libraries": check_libraries,
    "widgets": check_widgets,
    "kernel": check_kernel,
    "browser extension": check_browser_extension,
    "device": check_device,
}


def main():
    """Print one line for each check, with a fix below what failed; return how many failed."""
    failed = 0
    for name, check in CHECKS.items():
        try:
            print(f"[OK]   {name}: {check()}", flush=True)
        except Exception as error:
            failed += 1
            unforeseen = (_line(error), f"{INSTALL}; if that does not help, report it")
            what, fix = (error, error.fix) if isinstance(error, Fault) else unforeseen
            print(f"[FAIL] {name}: {what}\n       Fix: {fix}", flush=True)
    return failed


def _version(name):
    """Return an installed version; raise a `Fault` where it is missing or below its floor."""
    found, floor = _installed_version(name), FLOORS[name]
    # pip alone would fetch PyTorch with several gigabytes of GPU libraries on Linux; README.md says how not to.
    if found is None:
        raise Fault(f"{name} is not installed", INSTALL if name == "torch" else _install(name))
    if _numbers(found) < _numbers(floor):
        fix = ANEW if name == "torch" else _install(f"{name}>={floor}")
        raise Fault(f"{name} {found} is too old, {floor} is needed", fix)
    return found


def _installed_version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _folder_of_installation():
    """Return the folder in which an installation uses the package where it lies; None for any other installation."""
    try:
        noted = json.loads(metadata.distribution("mlp_tutorial").read_text("direct_url.json") or "{}")
    except metadata.PackageNotFoundError:
        return None
    return Path(url2pathname(urlsplit(noted["url"]).path)) if noted.get("dir_info", {}).get("editable") else None


def _import(name):
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise Fault(f"{name.split('.')[0]} cannot be imported: {_line(error)}", ANEW) from None


def _numbers(text):
    return [int(part) for part in re.findall(r"\d+", text)[:3]]


def _line(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _install(name):
    return f'`{_python()} -m pip install "{name}"`' if " " not in name else f"`{_python()} -m pip install {name}`"


def _python():
    return _short(sys.executable)


def _short(path):
    """Return a path without the name of the user, for reports are public."""
    return str(path).replace(str(Path.home()), "~")


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
