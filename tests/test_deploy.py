"""The settings for a school's server can be read, agree with one another and with what was measured."""

import re
from pathlib import Path

import pytest
import yaml
from traitlets.config import Config

from benchmarks.seats import BEGIN, END, hub, with_table

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
VALUES = yaml.safe_load((ROOT / "deploy" / "values.yaml").read_text(encoding="utf-8"))
SEAT = VALUES["singleuser"]


def megabytes(text):
    return float(text[:-1]) * {"M": 1, "G": 1024}[text[-1]]


@pytest.fixture(scope="module")
def spawner():
    """Load the file as JupyterHub does, and return what it says of the spawner."""
    path, config = ROOT / "deploy" / "jupyterhub_config.py", Config()
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), {"get_config": lambda: config})
    return config.Spawner


def test_one_machine_and_a_cluster_are_set_up_alike(spawner):
    assert (spawner.mem_guarantee, spawner.mem_limit) == (SEAT["memory"]["guarantee"], SEAT["memory"]["limit"])
    assert (spawner.cpu_guarantee, spawner.cpu_limit) == (SEAT["cpu"]["guarantee"], SEAT["cpu"]["limit"])
    assert (spawner.environment, spawner.cmd) == (SEAT["extraEnv"], SEAT["cmd"])
    assert spawner.default_url == SEAT["defaultUrl"]
    common = VALUES["hub"]["config"]["Spawner"]
    assert [option for option in spawner.args if "shutdown" not in option] == common["args"]
    assert (spawner.start_timeout, spawner.http_timeout) == (common["start_timeout"], common["http_timeout"])


def test_a_seat_is_guaranteed_what_was_measured(spawner):
    kernel, server = (
        int(re.search(rf"{name} \d+ MB of its own, (\d+) MB with its share", " ".join(DOCUMENT.split()))[1])
        for name in ("kernel", "server")
    )
    assert 1 <= megabytes(spawner.mem_guarantee) / (kernel + server) < 1.3
    assert megabytes(spawner.mem_limit) > 2 * kernel + server


def test_the_image_has_the_versions_of_the_lock_and_the_hub_that_was_measured():
    steps = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.*) \S+$", steps, re.MULTILINE) for name in line.split()]
    assert all((ROOT / name).exists() for name in copied) and "requirements.lock" in copied
    assert str(Path(hub.HERE, "requirements.txt").relative_to(ROOT)) in copied


def test_the_table_takes_the_place_of_its_older_one():
    assert with_table(with_table(DOCUMENT, "| first |"), "| second |") == with_table(DOCUMENT, "| second |")
    before, after = DOCUMENT.split(BEGIN)[0], DOCUMENT.split(END)[1]
    assert with_table(DOCUMENT, "| new |") == f"{before}{BEGIN}\n\n| new |\n\n{END}{after}"
    with pytest.raises(ValueError, match="must hold the lines"):
        with_table("# A page without marks", "| new |")


def test_without_a_hub_the_benchmark_says_what_to_install(monkeypatch, tmp_path):
    from benchmarks import seats

    monkeypatch.setattr(hub, "COMMANDS", tmp_path)
    (row,) = seats.rows([1])
    assert "--install-hub" in row.measured and row.met is None
