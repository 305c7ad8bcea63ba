"""The table of what ran in the environments of noxfile.py, and the form in which a reader reports a fault."""

import json
import sys
from pathlib import Path

import pytest
import yaml

from mlp_tutorial import check
from tools import environments

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_counts_by_lesson(tmp_path):
    (tmp_path / "floors.json").write_text(
        json.dumps(
            {
                "date": "2026-11-25",
                "system": "Linux",
                "python": "3.10.1",
                "versions": dict.fromkeys(environments.PACKAGES, "1.2.3"),
            }
        )
    )
    (tmp_path / "floors.xml").write_text(
        """<testsuites><testsuite>
        <testcase classname="notebooks.01_neurons.ipynb" name="Cell 0"/>
        <testcase classname="notebooks/01_neurons.ipynb" name="Cell 1"><failure/></testcase>
        <testcase classname="tests.lessons.test_solutions" name="test_solutions[05_backpropagation]"/>
        <testcase classname="tests.test_model" name="test_it"/>
        <testcase classname="tests.test_model" name="test_not"><skipped/></testcase>
        </testsuite></testsuites>"""
    )
    page = environments.table(tmp_path)
    lines = {line.split("|")[1].strip(" `"): line for line in reversed(page.splitlines()) if line.startswith("| ")}
    cells = [cell.strip() for cell in lines["floors"].split("|")[2:-1]]
    header = [cell.strip() for cell in lines["environment"].split("|")[2:-1]]
    counts = dict(zip(header, cells, strict=True))
    assert (counts["01"], counts["05"], counts["04"], counts["package"]) == ("**1 of 2 failed**", "1", "–", "1")
    assert set(lines["colab"].split("|")[2:-1]) == {" not run "}
    assert "| `floors` | 3.10.1 | 1.2.3 |" in page


def test_without_records_the_table_stays_as_it_is(tmp_path, monkeypatch, capsys):
    table = tmp_path / "environments.md"
    table.write_text("what ran")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "RECORDS", tmp_path / "records")
    monkeypatch.setattr(environments, "TABLE", table)
    monkeypatch.setattr(sys, "argv", ["environments.py"])
    with pytest.raises(SystemExit):
        environments.main()
    assert "there are no records in records" in capsys.readouterr().err
    assert table.read_text() == "what ran"


def test_a_session_that_begins_again_forgets_what_it_found_before(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "RECORDS", tmp_path)
    (tmp_path / "floors.xml").write_text("<testsuites/>")
    environments.record("floors")
    assert not (tmp_path / "floors.xml").exists() and (tmp_path / "floors.json").exists()


def test_the_bug_form_begins_with_the_first_aid():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text(encoding="utf-8"))
    assert "python -m mlp_tutorial.check" in form["body"][0]["attributes"]["description"]
    assert check.main.__doc__
