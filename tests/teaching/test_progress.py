"""What is solved is read from the checks' words in saved notebooks."""

import json

import pytest

from mlp_tutorial.progress import main, progress
from tests.teaching.notebooks import lesson

TRUST = "exercises, as the notebooks are saved: save yours first, and what is saved is believed."


def saved(path, notebook, *said):
    """Save a notebook in which the first checks have said this."""
    checks = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and "check_" in cell["source"]]
    for cell, words in zip(checks, said, strict=False):
        cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": [words]}}]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def test_a_learner_sees_a_bar_for_every_lesson(tmp_path):
    saved(tmp_path / "05_mine.ipynb", lesson("05_backpropagation"), "Correct. Fine.", "Not yet. No.", "Correct. Fine.")
    saved(tmp_path / "playground.ipynb", lesson("playground"), *["Correct. So it is."] * 10)
    (tmp_path / "notes.ipynb").write_text("no notebook")
    lines = repr(progress(tmp_path)).splitlines()
    assert lines[0] == f"01 · Neurons                       {'░' * 12}  not begun"
    assert lines[4] == f"05 · Backpropagation and training  {'█' * 4}{'░' * 8}  2 of 5"
    assert lines[10] == f"The playground                     {'█' * 12}  10 of 10"
    assert lines[12:] == [f"12 of 54 {TRUST}"]


def test_a_folder_of_many_learners_is_listed_by_file(tmp_path):
    saved(tmp_path / "ada" / "01_neurons.ipynb", lesson(), *["Correct. Yes."] * 4)
    saved(tmp_path / "bob" / "01_neurons.ipynb", lesson(solved=()), "Correct. Yes.")
    saved(tmp_path / "bob" / ".ipynb_checkpoints" / "01_neurons.ipynb", lesson(), "Correct. Yes.")
    assert repr(progress(tmp_path)).splitlines() == [
        f"ada/01_neurons.ipynb  {'█' * 12}  4 of 4",
        f"bob/01_neurons.ipynb  {'█' * 3}{'░' * 9}  1 of 4",
        "",
        f"5 of 8 {TRUST}",
    ]


def test_a_check_counts_once_and_where_its_answer_says_so(tmp_path):
    notebook = lesson()
    place = next(i for i, cell in enumerate(notebook["cells"]) if "check_layer(" in cell["source"])
    notebook["cells"].insert(place, json.loads(json.dumps(notebook["cells"][place])))
    notebook["cells"].append({"cell_type": "code", "source": "print('Correct. All of it.')", "metadata": {}})
    saved(tmp_path / "01.ipynb", notebook, "Correct.", "Correct.", "Correct.")
    assert progress(tmp_path).rows[0].solved == 2


def test_a_folder_without_lessons_gets_a_sentence(tmp_path, capsys):
    main([str(tmp_path)])
    assert capsys.readouterr().out == (
        "No notebook of the series is here. Name the folder that yours are in: progress(FOLDER).\n"
    )
    with pytest.raises(SystemExit, match="is no folder"):
        main([str(tmp_path / "nowhere")])
