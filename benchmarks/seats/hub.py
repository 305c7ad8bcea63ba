"""A JupyterHub on loopback, with the settings of deploy/jupyterhub_config.py, in an environment of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENT = Path(os.environ.get("MLP_TUTORIAL_HUB", ROOT / ".venv-hub"))
COMMANDS = ENVIRONMENT / "bin"
PROXY = ENVIRONMENT / "node_modules" / ".bin"
PROXY_PACKAGE = "configurable-http-proxy@5.3.0"
HOW_TO_INSTALL = "JupyterHub and its proxy are not there: python -m benchmarks --install-hub, which needs npm"


class Hub(NamedTuple):
    """A JupyterHub that runs: its address, the token of its learners, its process and its proxy's."""

    address: str
    token: str
    processes: list[psutil.Process]


def install() -> None:
    """Make the environment of JupyterHub."""
    if (npm := shutil.which("npm")) is None:
        sys.exit("JupyterHub's proxy comes by npm, and npm is not installed here: install Node.js.")
    subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    (ENVIRONMENT / ".gitignore").write_text("*\n")
    pip = [COMMANDS / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    lock = ["--constraint", ROOT / "requirements.lock"]
    subprocess.run([*pip, "-r", HERE / "requirements.txt", *lock], check=True)
    subprocess.run([npm, "install", "--silent", "--no-fund", "--prefix", ENVIRONMENT, PROXY_PACKAGE], check=True)


def is_installed() -> bool:
    """Tell whether JupyterHub and its proxy are there."""
    return (COMMANDS / "jupyterhub").exists() and (PROXY / "configurable-http-proxy").exists()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Start JupyterHub; at the end stop it, and with it every server and kernel."""
    with tempfile.TemporaryDirectory() as folder:
        kernel = Path(folder) / "kernels" / "lessons"
        kernel.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "lessons"}))
        port, token = _free_port(), secrets.token_hex(16)
        variables = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(COMMANDS), str(PROXY), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "JUPYTER_PATH": folder,
            "SEATS_FOLDER": folder,
            "SEATS_PORT": str(port),
            "SEATS_TOKEN": token,
        }
        log = Path(folder) / "hub.log"
        with log.open("w") as output:
            started = subprocess.Popen(
                [COMMANDS / "jupyterhub", "-f", HERE / "hub_config.py"],
                cwd=folder,
                env={**os.environ, **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        hub = psutil.Process(started.pid)
        try:
            _wait_for(f"http://127.0.0.1:{port}/hub/api/", started, log)
            yield Hub(f"http://127.0.0.1:{port}", token, [hub, *hub.children()])
        finally:
            everyone = [*hub.children(recursive=True), hub] if hub.is_running() else []
            for process in everyone:
                with suppress(psutil.NoSuchProcess):
                    process.terminate()
            _, left = psutil.wait_procs(everyone, 20)
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            started.wait()


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.perf_counter() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if process.poll() is not None or time.perf_counter() > until:
                raise RuntimeError(f"JupyterHub did not start:\n{log.read_text()[-3000:]}") from None
            time.sleep(0.2)


def _free_port() -> int:
    """Return a port that is free, and the two after it: the hub's and its proxy's."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
        try:
            for other in (port, port + 1, port + 2):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", other))
            return port
        except OSError:
            continue
