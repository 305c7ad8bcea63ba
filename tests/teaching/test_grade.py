"""The grading of notebooks, as a teacher calls it: the right row for every one, whatever was done to it."""

import csv
import json
import re
import subprocess
import sys

import pytest

from mlp_tutorial.teaching.class_map import draw_map
from mlp_tutorial.teaching.grade import grade, main, read_settings
from mlp_tutorial.teaching.sandbox import Limits
from tests.solutions import NOTEBOOKS
from tests.teaching.notebooks import NAMES, lesson, notebooks

SECONDS = "2"


@pytest.fixture(scope="module")
def class_room(tmp_path_factory):
    """Return a folder with the notebooks, those by name, and a file that none of them may touch."""
    folder, victim = tmp_path_factory.mktemp("handed_in"), tmp_path_factory.mktemp("teacher") / "marks.txt"
    victim.write_text("all of last year's")
    given = notebooks(victim)
    for name, (notebook, _, _) in given.items():
        data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        (folder / f"{name}.ipynb").write_bytes(data)
    return folder, given, victim


def graded(folder, out, *options):
    """Grade by the command line; return what it said, and the rows of the table by file name."""
    command = [
        sys.executable,
        "-m",
        "mlp_tutorial.grade",
        str(folder),
        "--out",
        str(out),
        "--seconds",
        SECONDS,
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return done, {row["file"].removesuffix(".ipynb"): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def first(class_room, tmp_path_factory):
    folder, _, _ = class_room
    out = tmp_path_factory.mktemp("grades")
    return out, *graded(folder, out, "--map")


def test_every_notebook_has_the_right_row(class_room, first):
    _, given, _ = class_room
    _, _, rows = first
    assert len(given) >= 60 and list(rows) == sorted(given)
    wrong = {}
    for name, (_, points, _) in given.items():
        row = rows[name]
        number = row["lesson"][:2]
        came = tuple(float(value) for key, value in row.items() if re.match(rf"{number} ", key)) if number else None
        if came != points:
            wrong[name] = (came, points, row["notes"])
        elif points:
            assert float(row["points"]) == pytest.approx(sum(points)) and int(row["of"]) == len(points)
    assert not wrong


def test_every_page_says_why(class_room, first):
    _, given, _ = class_room
    out, _, _ = first
    unsaid = {}
    for name, (_, _, word) in given.items():
        page = (out / "feedback" / f"{name}.ipynb.html").read_text(encoding="utf-8").replace("&#x27;", "'")
        if word not in page:
            unsaid[name] = (word, re.findall(r"<p>.*", page))
    assert not unsaid


def test_nothing_outside_was_touched(class_room, first):
    _, _, victim = class_room
    assert victim.read_text() == "all of last year's"


def test_what_the_package_does_for_a_learner_is_named(first):
    _, _, rows = first
    assert (
        rows["package_wrapped"]["notes"]
        == "layer: It uses the package's own exercises, which the solution does without."
    )
    assert rows["package_itself"]["notes"] == "layer: The answer is the package's own."
    named = [name for name, row in rows.items() if "package's own" in row["notes"]]
    assert named == ["package_itself", "package_wrapped", "sets_passed"]


def test_one_line_shows_how_far_it_is(class_room, first):
    _, given, _ = class_room
    _, done, _ = first
    lines = done.stderr.strip().splitlines()  # each over the one before, on a screen
    assert [line[31:] for line in lines] == [f"{i} of {len(given)} notebooks" for i in range(1, len(given) + 1)]
    assert lines[-1].startswith("█" * 30)
    assert done.stdout.startswith(f"{len(given)} notebooks: ") and "8 could not be graded" in done.stdout


def test_a_map_is_drawn(first):
    out, _, _ = first
    assert (out / "map.png").read_bytes().startswith(b"\x89PNG")


def test_graded_twice_is_the_same(class_room, first, tmp_path):
    folder, given, _ = class_room
    out, _, _ = first
    few = tmp_path / "few"
    few.mkdir()
    for name in [*list(given)[::8], "half_neuron", "memory", "exits_hard", "knows_the_visible_problems"]:
        (few / f"{name}.ipynb").write_bytes((folder / f"{name}.ipynb").read_bytes())
    again = tmp_path / "again"
    again.mkdir()
    (again / "grading.toml").write_bytes((out / "grading.toml").read_bytes())
    _, rows = graded(few, again)
    _, _, before = first
    assert rows == {name: {key: before[name][key] for key in row} for name, row in rows.items()}


def test_what_stands_is_not_graded_again_and_points_can_be_changed(class_room, first):
    folder, _, _ = class_room
    out, _, before = first
    settings = (out / "grading.toml").read_text(encoding="utf-8")
    kept = {path: path.stat().st_mtime_ns for path in (out / "graded").iterdir()}
    new = settings.replace("layer = 1\n", "layer = 4\n").replace("own_share = 1.0", "own_share = 0.5")
    (out / "grading.toml").write_text(new, encoding="utf-8")
    done, rows = graded(folder, out)
    (out / "grading.toml").write_text(settings, encoding="utf-8")
    assert done.stderr == "" and {path: path.stat().st_mtime_ns for path in (out / "graded").iterdir()} == kept
    assert rows["solved"]["01 layer"] == "4" and rows["solved"]["points"] == "7" and rows["solved"]["of"] == "7"
    assert rows["package_itself"]["01 layer"] == rows["package_wrapped"]["01 layer"] == "2"
    assert before["solved"]["01 layer"] == "1"


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def test_names_of_learners_come_from_folders_or_from_files(tmp_path):
    for name in ("ada/01_neurons.ipynb", "01_neurons (Bob).ipynb", "eve-01_neurons.ipynb", "=1+1.ipynb"):
        write(tmp_path / "in" / name, lesson(solved=()))
    write(tmp_path / "in" / "ada" / ".ipynb_checkpoints" / "01_neurons-checkpoint.ipynb", lesson())
    rows = grade(tmp_path / "in", tmp_path / "out", Limits(), 1)
    assert sorted(row["learner"] for row in rows) == ["=1+1", "Bob", "ada", "eve"]
    assert "'=1+1" in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8-sig")


def test_every_lesson_has_its_exercises_in_the_settings(tmp_path):
    settings = read_settings(tmp_path / "grading.toml")
    lessons = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    assert [key for key, value in settings.items() if isinstance(value, dict)] == lessons
    assert tuple(settings["01_neurons"]) == NAMES
    assert read_settings(tmp_path / "grading.toml") == settings


@pytest.mark.parametrize("text", ["seed = 1\n[01_neurons]\nlayer = -1", "seed = 'a'", "own_share = 2 2"])
def test_settings_that_cannot_be_used_get_a_sentence(tmp_path, text):
    (tmp_path / "grading.toml").write_text(text)
    with pytest.raises(ValueError, match=r"grading\.toml"):
        read_settings(tmp_path / "grading.toml")


@pytest.mark.parametrize(
    ("options", "sentence"), [(["nowhere"], "is no folder"), ([".", "--seconds", "0"], "numbers above 0")]
)
def test_wrong_calls_get_a_sentence(capsys, options, sentence):
    with pytest.raises(SystemExit):
        main(options)
    assert sentence in capsys.readouterr().err


def test_a_folder_without_notebooks_gets_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="No notebook"):
        main([str(tmp_path), "--out", str(tmp_path / "out")])


def test_a_learner_of_any_name_stands_on_the_map(tmp_path):
    exercises = [{"name": "neuron", "points": 1, "of": 1}]
    draw_map([{"learner": "cash $_$", "lesson": "01_neurons", "exercises": exercises}], tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


def test_files_that_differ_in_their_signs_alone_have_a_page_each(tmp_path):
    (tmp_path / "in").mkdir()
    for sign in "?!":
        (tmp_path / "in" / f"anna{sign}.ipynb").write_text(json.dumps(lesson(solved=())))
    grade(tmp_path / "in", tmp_path / "out", Limits(), processes=1)
    assert len([*(tmp_path / "out" / "feedback").iterdir()]) == 2
