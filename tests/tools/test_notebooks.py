"""The tool behind `make notebooks`, on small notebooks made here."""

import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.notebooks import MAX_BYTES, WIDGET_VIEW, main, normalise, problems, read, write

WIDGET_BUNDLE = {WIDGET_VIEW: {"model_id": "4f2a"}, "image/png": "iVBORw0KGgo=", "text/plain": "epoch 3, loss 0.5"}


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def code(source="1 + 1", outputs=(), execution_count=1, **metadata):
    return new_code_cell(source, outputs=list(outputs), execution_count=execution_count, metadata=metadata)


def in_normal_form(*cells):
    """A notebook of these cells, as it would be stored."""
    return normalise(new_notebook(cells=list(cells)))


def spoilt():
    """A notebook with everything in it that JupyterLab or nbclient leaves behind."""
    first = code(
        "show()",
        [
            stream("epoch "),
            stream("1\n"),
            stream("careful\n", "stderr"),
            new_output("display_data", WIDGET_BUNDLE, metadata={WIDGET_VIEW: {}}),
            new_output("display_data", {WIDGET_VIEW: {"model_id": "77aa"}}),
        ],
        tags=["keep"],
        execution={"iopub.execute_input": "2026-01-01T10:00:00"},
        collapsed=True,
    )
    error = new_output(
        "error", ename="ValueError", evalue="expected 4", traceback=["\x1b[31m", "/tmp/ipykernel_1/2.py"]
    )
    cells = [
        new_markdown_cell("# Title"),
        first,
        code("fail()", [error], 2, tags=["raises-exception"]),
        code("", [], None),
    ]
    metadata = {"widgets": {"state": {}}, "language_info": {"name": "python", "version": "3.11.7"}}
    return new_notebook(cells=cells, metadata=metadata)


def test_normalise_drops_what_changes_from_run_to_run():
    normal = normalise(spoilt())
    assert normal.metadata.keys() == {"kernelspec", "language_info"}
    assert normal.metadata.language_info == {"file_extension": ".py", "name": "python"}
    assert normal.metadata.kernelspec.name == "python3"
    title, first, failing = normal.cells  # the empty cell is gone
    assert title.source == "# Title"
    assert first.metadata == {"tags": ["keep"]}
    assert [output.output_type for output in first.outputs] == ["stream", "stream", "display_data"]
    assert [output.text for output in first.outputs[:2]] == ["epoch 1\n", "careful\n"]
    assert first.outputs[2].data == {"image/png": "iVBORw0KGgo=", "text/plain": "epoch 3, loss 0.5"}
    assert first.outputs[2].metadata == {}
    assert failing.outputs[0].traceback == ["ValueError: expected 4"]
    nbformat.validate(normal)


def test_normalise_is_idempotent_and_leaves_its_argument_alone():
    notebook = spoilt()
    before = copy.deepcopy(notebook)
    normal = normalise(notebook)
    assert notebook == before
    assert write(normalise(normal)) == write(normal)
    assert write(normalise(read(write(normal)))) == write(normal)


def test_streams_on_either_side_of_a_picture_stay_apart():
    picture = new_output("display_data", {"image/png": "iVBORw0KGgo="})
    (cell,) = in_normal_form(code("show()", [stream("before"), picture, stream("after")])).cells
    assert [output.output_type for output in cell.outputs] == ["stream", "display_data", "stream"]


def test_the_pieces_of_streams_do_not_depend_on_timing():
    widget = new_output("display_data", {WIDGET_VIEW: {"model_id": "77aa"}})
    pieces = [stream("careful\n", "stderr"), stream("a\n"), widget, stream("", "stderr"), stream("b\n")]
    (cell,) = in_normal_form(code("show()", pieces)).cells
    assert cell.outputs == [stream("a\nb\n"), stream("careful\n", "stderr")]


def test_cell_ids_depend_on_the_source_alone_and_are_unique():
    def ids(*sources):
        return [cell.id for cell in in_normal_form(*map(code, sources)).cells]

    assert ids("a", "b") == ids("a", "b")
    assert ids("a", "new", "b")[::2] == ids("a", "b")
    assert len(set(ids("a", "a", "a"))) == 3
    assert in_normal_form(code("a")).cells[0].id != in_normal_form(new_markdown_cell("a")).cells[0].id


def test_text_is_nbformats_own_with_a_newline_at_its_end():
    text = write(in_normal_form(new_markdown_cell("α → β")))
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_a_notebook_in_normal_form_has_no_problems():
    failing = new_output("error", ename="ValueError", evalue="expected 4, got 3", traceback=[])
    result = new_output("execute_result", {"text/plain": "2"}, execution_count=2)
    notebook = in_normal_form(
        new_markdown_cell("# Title, see https://example.org/home/page"),
        code("print('~/data and mlp_tutorial/data.py')", [stream("~/data and mlp_tutorial/data.py\r\n")]),
        code("1 + 1", [result], 2),
        code("fail()", [failing], 3, tags=["raises-exception"]),
    )
    assert problems(write(notebook)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in /tmp/ipykernel_4711/1.py", "a path of this machine, '/tmp/ipykernel_4711/1.py'"),
        ("File '/home/ada/mlp/model.py'", "a path of this machine, '/home/ada/mlp/model.py'"),
        ("C:\\Users\\ada", "a path of this machine"),
        ("<function f at 0x7f3a2c>", "a memory address, '0x7f3a2c'"),
        ("10%\r20%", "a progress bar"),
    ],
)
@pytest.mark.parametrize("kind", ["stream", "text/plain", "text/html"])
def test_output_that_changes_is_named(kind, text, expected):
    output = stream(text) if kind == "stream" else new_output("display_data", {kind: text})
    (problem,) = problems(write(in_normal_form(new_markdown_cell("# Title"), code("show()", [output]))))
    assert problem.startswith("cell 2 ('show()'): its output holds " + expected)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda nb: nb.metadata.update(widgets={"state": {}}), "its metadata (kernelspec, language_info, widgets)"),
        (lambda nb: nb.metadata.language_info.update(version="3.11.7"), "its metadata (kernelspec, language_info)"),
        (lambda nb: nb.cells.append(code("", [], None)), "it has empty cells"),
        (lambda nb: nb.cells[1].update(id="abc"), "cell 2 ('first()'): its id differ"),
        (lambda nb: nb.cells[1].metadata.update(collapsed=True), "cell 2 ('first()'): its metadata differ"),
        (lambda nb: nb.cells[1].outputs.append(stream("2")), "cell 2 ('first()'): its outputs differ"),
        (lambda nb: nb.cells[1].update(execution_count=None), "it is stored with execution count None, expected 1"),
        (lambda nb: nb.cells[2].update(execution_count=9), "it is stored with execution count 9, expected 2"),
        (
            lambda nb: nb.cells[2].outputs[0].update(execution_count=9),
            "it is stored with execution count 9, expected 2",
        ),
        (lambda nb: nb.cells[1].metadata.update(tags=["raises-exception"]), "`raises-exception` and raised none"),
        (lambda nb: nb.cells[3].metadata.clear(), "it ended in ValueError: expected 4; tag it `raises-exception`"),
        (lambda nb: nb.cells[0].update(source="a" * MAX_BYTES), "bytes, allowed are 1,000,000"),
    ],
)
def test_each_departure_from_normal_form_is_named(spoil, expected):
    notebook = in_normal_form(
        new_markdown_cell("# Title"),
        code("first()", [stream("1")]),
        code("second()", [new_output("execute_result", {"text/plain": "2"}, execution_count=2)], 2),
        code(
            "third()",
            [new_output("error", ename="ValueError", evalue="expected 4", traceback=[])],
            3,
            tags=["raises-exception"],
        ),
    )
    assert problems(write(notebook)) == []
    spoil(notebook)
    assert any(expected in problem for problem in problems(write(notebook)))


def test_json_written_otherwise_is_named():
    notebook = in_normal_form(code())
    assert problems(json.dumps(notebook)) == ["its JSON is not written as nbformat writes it"]


def test_running_twice_changes_no_byte_and_running_fills_the_outputs(tmp_path, capsys):
    source = "import ipywidgets\nprint('a'); ipywidgets.IntSlider(3)"
    path = tmp_path / "lesson.ipynb"
    path.write_text(
        write(new_notebook(cells=[new_markdown_cell("# Lesson"), code(source, [], None), code("1 + 1", [], None)]))
    )
    assert main([str(path)]) == 0
    first = path.read_bytes()
    assert main([str(path)]) == 0
    assert path.read_bytes() == first
    assert main([str(path), "--check"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in printed] == ["lesson.ipynb: stored", "lesson.ipynb: unchanged"]
    _, slider, addition = read(path.read_text()).cells
    assert [cell.execution_count for cell in (slider, addition)] == [1, 2]
    assert slider.outputs[0].text == "a\n"
    assert slider.outputs[1].data.keys() == {"text/plain"}
    assert addition.outputs[0].data == {"text/plain": "2"}


PICTURE = """from IPython.display import display
shown = 'text/plain', 'text/html', 'image/png'
def draw(words, times=1):
    for _ in range(times):
        display({**dict.fromkeys(shown, words), 'image/png': 'iVBORw0K' if answer else ''}, raw=True)"""


def test_texts_are_those_of_the_stubs_and_pictures_those_of_the_solutions(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    exercise = code("answer = None", [], None, tags=["exercise"])
    solution = new_markdown_cell("<details>\n\n```python\nanswer = 3\n```\n</details>", metadata={"tags": ["solution"]})
    sources = ["print(answer)", PICTURE, "draw(f'answer {answer}')", "draw('more', 1 + bool(answer))"]
    cells = [exercise, solution, *(code(source, [], None) for source in sources)]
    path.write_text(write(new_notebook(cells=cells)))
    assert main([str(path)]) == 0
    stub, _, printed, _, drawn, more = read(path.read_text()).cells
    assert stub.source == "answer = None" and printed.outputs[0].text == "None\n"
    data = drawn.outputs[0].data
    assert (data["text/plain"], data["text/html"], data["image/png"]) == ("answer None", "answer 3", "iVBORw0K")
    assert [output.data["image/png"] for output in more.outputs] == [""]
    assert "shows 1 pictures, solved 2; its own are stored" in capsys.readouterr().out


def test_a_notebook_that_fails_is_left_as_it_was(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    path.write_text(before := write(new_notebook(cells=[code("1 / 0", [], None)])))
    assert main([str(path)]) == 1
    assert path.read_text() == before
    assert "lesson.ipynb: not stored" in (printed := capsys.readouterr().out)
    assert "ZeroDivisionError" in printed


def test_check_names_the_notebook_and_the_way_to_fix_it(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    path.write_text(write(new_notebook(cells=[code("1 + 1", [], None)])))
    assert main(["--check", str(path)]) == 1
    for line in capsys.readouterr().out.splitlines():
        assert line.startswith("lesson.ipynb: ")
        assert line.endswith("(to fix it: make notebooks)")
