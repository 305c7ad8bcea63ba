"""JupyterLab in Chromium, driven from Python: shared by the browser tests and the benchmarks."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
LAB_SETTINGS = ROOT / "mlp_tutorial" / "lessons" / "lab_settings"
HOW_TO_INSTALL = "Chromium is not installed; on Debian and Ubuntu: apt-get install chromium"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Return the path of Chromium; None where it is not installed."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def jupyter_lab(folder: Path, root: Path | None = None) -> Iterator[str]:
    """Run JupyterLab on a folder; yields its address, with the token, and stops it at the end.

    A root around the folder is served where it is given, as `make lab` does, so that links out of the folder work.
    """
    token = secrets.token_hex(16)
    options = ["--ip=127.0.0.1", "--allow-root", "--expose-app-in-browser", f"--LabApp.app_settings_dir={LAB_SETTINGS}"]
    options += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    options += ["--JupyterNotebookApp.expose_app_in_browser=True"]  # where Notebook 7 is installed beside it
    inside = folder.relative_to(root or folder).as_posix()
    with _server("jupyterlab", [*options, str(root or folder)], f"api/status?token={token}") as address:
        yield f"{address}lab/tree/{inside}/{{}}?reset&token={token}"


@contextmanager
def wall() -> Iterator[str]:
    """Run the wall, as `make demo` does; yields its address, and stops it at the end."""
    with _server("mlp_tutorial.wall", [], "voila/static/voila.js") as address:
        yield address


@contextmanager
def _server(module: str, options: Sequence[str], answering: str) -> Iterator[str]:
    """Run a server; yields its address when one of its pages answers, and stops it at the end.

    The kernel `python3` is this very Python, with the package of this checkout. Settings, runtime files and a log lie
    in a temporary folder; nothing of the user's own Jupyter is read or written.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as temporary:
        own = Path(temporary)
        kernel = own / "data" / "kernels" / "python3"
        kernel.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        specification = {"argv": command, "display_name": "Python 3 (ipykernel)", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(specification))
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "JUPYTER_DATA_DIR": str(own / "data"),
            "JUPYTER_CONFIG_DIR": str(own / "config"),
            "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(own / "user-settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        }
        with open(own / "log", "w+") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", module, "--no-browser", f"--port={port}", *options],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                _wait_for_server(server, f"http://127.0.0.1:{port}/{answering}", own / "log")
                yield f"http://127.0.0.1:{port}/"
            finally:
                server.send_signal(signal.SIGTERM)  # it ends its kernels, then itself
                server.wait(20)


def _wait_for_server(server: subprocess.Popen, address: str, log: Path) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """Run Chromium without a window, and end it.

    Inside the block this thread has a running event loop, as far as asyncio knows; code that asks for one (an
    explorer) belongs in another thread.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


def write_notebook(path: Path, *sources: str) -> Path:
    """Store a notebook of code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nbformat.write(notebook, path)
    return path
