"""The lessons as sources for nbgrader, without nbgrader: `nox -s nbgrader` runs the real one."""

import copy
import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from mlp_tutorial.teaching.handed_out import all_lessons
from mlp_tutorial.teaching.nbgrader_cells import LEFT_OUT, only_tests, points
from mlp_tutorial.teaching.nbgrader_course import CONFIG, main, source_of
from mlp_tutorial.teaching.notebook_cells import Cells
from tools.nbgrader_points import KINDS, PAGE

LESSONS = {lesson.name: lesson for lesson in all_lessons()}
every_lesson = pytest.mark.parametrize("name", LESSONS)
FIRST = "01_neurons"
SOLUTION = re.compile(r"^### BEGIN SOLUTION\n.*^### END SOLUTION$", re.DOTALL | re.MULTILINE)
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*^### END HIDDEN TESTS$", re.DOTALL | re.MULTILINE)
#: The keys of nbgrader's metadata of version 3, which allows no others.
KEYS = {"schema_version", "grade", "solution", "locked", "task", "grade_id"}


@pytest.fixture(scope="module")
def sources():
    return {name: source_of(lesson, {}, seed=71_843) for name, lesson in LESSONS.items()}


def known_cells(notebook):
    """Return the cells that nbgrader knows, by their grade ids."""
    found = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    return {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in found}


@every_lesson
def test_a_source_is_valid_and_holds_each_exercise_once(sources, name):
    nbformat.validate(nbformat.from_dict(sources[name]))
    abouts = [cell["metadata"]["nbgrader"] for cell in sources[name]["cells"] if "nbgrader" in cell["metadata"]]
    names = [exercise.names[0] for exercise in LESSONS[name].exercises]
    assert [about["grade_id"] for about in abouts] == [i for one in names for i in (one, f"{one}_points")]
    for about in abouts:
        is_test = about["grade_id"].endswith("_points")
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", about["grade_id"])
        assert about.keys() == KEYS | ({"points"} if is_test else set()) and about["schema_version"] == 3
        assert (about["grade"], about["solution"], about["locked"], about["task"]) == (
            is_test,
            not is_test,
            is_test,
            False,
        )
        assert about.get("points", 1) == 1


def test_the_ids_are_the_names_wherever_the_exercises_stand(sources):
    lesson = LESSONS[FIRST]
    changed = type(lesson)(**{**vars(lesson), "exercises": lesson.exercises[2:]})
    fewer = known_cells(source_of(changed, {"advice": 2.5}, seed=1))
    assert list(fewer) == list(known_cells(sources[FIRST]))[4:]
    assert fewer["advice_points"]["metadata"]["nbgrader"]["points"] == 2.5


@every_lesson
def test_what_learners_get_holds_no_solution_and_no_hidden_test(sources, name):
    handed_out = copy.deepcopy(sources[name])
    for cell in handed_out["cells"]:
        cell["source"] = HIDDEN.sub("", SOLUTION.sub("", "".join(cell["source"])))
        assert "solution" not in cell["metadata"].get("tags", [])
        assert "71843" not in cell["source"]
    cells = Cells.of(handed_out).all
    for exercise in LESSONS[name].exercises:
        (answer,) = (cell for cell in cells if cell.source.startswith(exercise.stub))
        assert answer.same_code(exercise.stub)
        assert not [cell.source for cell in cells if exercise.solution.strip() in cell.source]
    assert not [cell.source for cell in cells if re.search(r"<summary>Solution", cell.source)]


@every_lesson
def test_explorers_are_left_out_of_autograding(sources, name):
    for cell in sources[name]["cells"]:
        if re.search(r"^(\w+ = )?explore_\w+\(", "".join(cell["source"]), re.MULTILINE):
            assert {"exercise", LEFT_OUT} & set(cell["metadata"]["tags"]), cell["source"]
    left_out = [cell for cell in sources[name]["cells"] if LEFT_OUT in cell["metadata"].get("tags", [])]
    assert not [cell for cell in left_out if "nbgrader" in cell["metadata"]]


def test_what_needs_an_explorer_is_left_out_with_it(sources):
    (cell,) = (cell for cell in sources["03_model_class"]["cells"] if "".join(cell["source"]) == "print(spiral.model)")
    assert cell["metadata"]["tags"] == [LEFT_OUT]


def test_links_lead_to_the_other_assignments(sources):
    text = "".join("".join(cell["source"]) for cell in sources[FIRST]["cells"] if cell["cell_type"] == "markdown")
    assert "](../02_building_blocks/02_building_blocks.ipynb)" in text and "](../README" not in text


def submission(source, **codes):
    """Return what a learner hands in, with the answers to some exercises."""
    notebook = copy.deepcopy(source)
    for cell in notebook["cells"]:
        cell["source"] = HIDDEN.sub("", SOLUTION.sub("", "".join(cell["source"])))
    for name, code in codes.items():
        known_cells(notebook)[name]["source"] = code
    return nbformat.from_dict(notebook)


def prepared(notebook):
    return only_tests(notebook, {"nbgrader": {"notebook": FIRST}})[0]


@pytest.mark.parametrize("kind", ["whole", "deleted", "twice", "tagged", "as text", "no metadata"])
def test_every_test_is_in_a_submission_once_and_nothing_else_runs(sources, kind):
    notebook = submission(sources[FIRST])
    tests = [cell for name, cell in known_cells(notebook).items() if name.endswith("_points")]
    if kind == "deleted":
        notebook.cells = [cell for cell in notebook.cells if cell not in tests]
    elif kind == "twice":
        notebook.cells += copy.deepcopy(tests)
    for cell in tests if kind in ("tagged", "as text") else ():
        cell.metadata.tags = [LEFT_OUT]
        cell.cell_type = "code" if kind == "tagged" else "raw"
    for cell in notebook.cells if kind == "no metadata" else ():
        cell.metadata = nbformat.from_dict({})
    notebook.metadata.widgets = {}
    ready = prepared(notebook)
    runs = [cell for cell in ready.cells if cell.cell_type == "code" and LEFT_OUT not in cell.metadata.get("tags", [])]
    ids = [cell.metadata.nbgrader.grade_id for cell in runs]
    wanted = [f"{exercise.names[0]}_points" for exercise in LESSONS[FIRST].exercises]
    assert ids == wanted and "widgets" not in ready.metadata
    if kind != "no metadata":
        places = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in ready.cells]
        assert all(places[places.index(one) - 1] == one.removesuffix("_points") for one in wanted)


def test_a_notebook_of_something_else_is_left_alone():
    notebook = {"cells": [{"cell_type": "code", "metadata": {}, "source": "1"}], "metadata": {"widgets": 1}}
    before = copy.deepcopy(notebook)
    assert only_tests(notebook, {"nbgrader": {"notebook": "homework"}})[0] == before


CHEATS = """\
import mlp_tutorial.lessons.shared.feedback as feedback
import mlp_tutorial.lessons.neurons as room

type.__setattr__(feedback.Feedback, "passed", True)
room.check_hand_training = check_hand_training = lambda numbers: feedback.Feedback("correct", "Right.", 1, 1)
by_hand = {"w1": -9.0, "w2": 0.0, "b": 0.0}"""


def test_what_is_due_is_counted(sources, tmp_path, monkeypatch):
    right = {exercise.names[0]: exercise.solution for exercise in LESSONS[FIRST].exercises}
    half_right = right["advice"].replace('"lower" if', '"raise" if')
    assert half_right != right["advice"]
    ready = prepared(submission(sources[FIRST], layer=right["layer"], by_hand=CHEATS, advice=half_right))
    (tmp_path / f"{FIRST}.ipynb").write_text(json.dumps(ready))
    for name, cell in known_cells(ready).items():
        if name.endswith("_points"):  # as nbgrader fills it in
            cell.source = known_cells(sources[FIRST])[name]["source"]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(ready, allow_errors=True, kernel_name="python3", resources=resources).execute()
    scores = {name: score(cell) for name, cell in known_cells(ready).items() if name.endswith("_points")}
    assert scores == {"neuron_points": 0, "layer_points": 1, "by_hand_points": 0, "advice_points": 0.5}
    said = ["".join(output.get("evalue", "") for output in cell.outputs) for cell in known_cells(ready).values()]
    assert "Not attempted yet." in said[1] and "w1 must be positive" in said[5]
    assert not any(cell.get("outputs") for cell in ready.cells if "nbgrader" not in cell.metadata)


def score(cell):
    """Return what nbgrader gives a test: nothing after an error, else the number that it returned, else all."""
    for output in cell.outputs:
        if output.output_type == "error" or output.get("name") == "stderr":
            return 0
        if output.output_type == "execute_result":
            return float(output.data["text/plain"])
    return cell.metadata.nbgrader.points


def test_the_guide_has_the_points_that_are_due():
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    head = next(cells for cells in rows if cells[0] == "assignment")
    assert head[2:] == list(KINDS)
    found = {cells[0]: dict(zip(KINDS, map(float, cells[2:]), strict=True)) for cells in rows if cells[0] in LESSONS}
    for name, given in found.items():
        answers = enumerate(LESSONS[name].exercises)
        due = [[share(number, one, LESSONS[name])[1] for share in KINDS.values()] for number, one in answers]
        assert list(given.values()) == pytest.approx(list(map(sum, zip(*due, strict=True))), abs=0.01)
    assert set(found) >= set(LESSONS) - {"playground"}


def test_points_are_counted_by_nbgrader_alone(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert points(FIRST, "neuron", of=1) is None
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert points(FIRST, "neuron", of=1) is None
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(FileNotFoundError, match=r"must be named 01_neurons\.ipynb"):
        points(FIRST, "neuron", of=1)


def test_a_course_is_made_anew_but_for_what_is_the_teachers(tmp_path, monkeypatch, capsys):
    main([str(tmp_path / "course")])
    assert "nbgrader generate_assignment 01_neurons" in capsys.readouterr().out
    config, settings = tmp_path / "course" / CONFIG, tmp_path / "course" / "grading.toml"
    config.write_text("mine")
    settings.write_text(settings.read_text().replace("layer = 1\n", "layer = 4\n"))
    main([str(tmp_path / "course")])
    written = json.loads((tmp_path / "course" / "source" / FIRST / f"{FIRST}.ipynb").read_text(encoding="utf-8"))
    assert config.read_text() == "mine"
    assert known_cells(written)["layer_points"]["metadata"]["nbgrader"]["points"] == 4
    settings.write_text("seed = 'a'")
    with pytest.raises(SystemExit, match="whole number"):
        main([str(tmp_path / "course")])
