"""Each lesson's edition, alone in an empty folder, on Colab's versions, with Colab's way of updating widgets."""

from types import SimpleNamespace

import nbformat
import pytest

from mlp_tutorial.lessons.copies import is_check
from tests.kernel import Kernel
from tests.solutions import NOTEBOOKS, read
from tools.colab import write_edition

#: Seconds of the kernel's own computing, which other work on the machine does not lengthen: from a slider's message to the
#: first changed picture, and to the kernel's being free for the next one.
FIRST_PICTURE, WHOLE_ANSWER = 0.3, 1.0
#: What a move takes is the best of so many: the first may fill a cache.
TRIES = 3

# What is different on Colab, a list of the warnings that our own files and cells bring about, and in the header of each
# message the seconds that the kernel had computed when it sent it.
COLAB = """
import sys, time, types, warnings
_session = get_ipython().kernel.session
_header = _session.msg_header
_session.msg_header = lambda kind: {**_header(kind), "computed": time.process_time()}
sys.modules["google.colab"] = types.ModuleType("google.colab")
_warned = []
warnings.filterwarnings("always", module="mlp_tutorial|__main__")
_show = warnings.showwarning
def _keep(message, category, filename, *others):
    ours = "mlp_tutorial" in filename or "ipykernel_" in filename
    _warned.append((category.__name__, str(message))) if ours else _show(message, category, filename, *others)
warnings.showwarning = _keep
"""
EXPLORERS = """
import gc
from ipywidgets import Checkbox
from mlp_tutorial.live.explorer import Explorer

def _moves(control):
    # Another value for a control, and the one it has, as a front end names them.
    if hasattr(control, "index"):
        return [{"index": (control.index + 1) % len(control.options)}, {"index": control.index}]
    if isinstance(control, Checkbox):
        return [{"value": not control.value}, {"value": control.value}]
    step = control.step if control.value + control.step <= control.max else -control.step
    return [{"value": control.value + step}, {"value": control.value}]

# By its type: to look at an item that stands for one that is gone would fail.
_explorers = [item for item in gc.get_objects() if issubclass(type(item), Explorer)]
_controls = [
    (number, name, type(control).__name__, control.model_id, explorer.canvas.image.model_id, _moves(control))
    for number, explorer in enumerate(_explorers)
    for name, both in explorer.controls.items()
    for control in [getattr(both, "slider", both)]
]
"""
# The largest network and the longest run that the sliders offer, on the largest data set.
HEAVIEST = """
_heaviest = []
for _one in [explorer for explorer in _explorers if type(explorer).__name__ == "TrainingExplorer"][:1]:
    for _name, _value in {"dataset": "digits", "batch_size": 1}.items():
        _one.controls[_name].value = _value
    for _name in ("num_layers", "width", "num_epochs"):
        _one.controls[_name].value = _one.controls[_name].max
    _rate = _one.controls["learning_rate"].slider
    _rate.index = 0  # a rate at which nothing diverges, and so ends early
    _heaviest.append((_rate.model_id, _one.canvas.image.model_id, _moves(_rate)))
"""


@pytest.fixture(scope="module", params=sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def lesson(request, tmp_path_factory):
    """A lesson's edition, run from its first cell to its last in an empty folder."""
    folder = tmp_path_factory.mktemp("empty")
    notebook = nbformat.read(write_edition(request.param, tmp_path_factory.mktemp("edition")), as_version=4)
    kernel = Kernel(cwd=str(folder), env={"PYTHONPATH": None})
    try:
        kernel.run(COLAB)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        published = [kernel.cell(cell.source) for cell in cells]
        yield SimpleNamespace(path=request.param, kernel=kernel, folder=folder, cells=cells, published=published)
    finally:
        kernel.stop()


def text(messages):
    return "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")


def surprises(cells, published):
    """Return the cells that failed and were not meant to, and those that did not and were."""
    found = []
    for cell, messages in zip(cells, published, strict=True):
        errors = [m["content"]["evalue"] for m in messages if m["msg_type"] == "error"]
        if bool(errors) != ("raises-exception" in cell.metadata.get("tags", [])):
            found.append((cell.source[:80], errors))
    return found


def test_it_runs_from_top_to_bottom(lesson):
    assert not surprises(lesson.cells, lesson.published)
    folder = lesson.kernel.evaluate("str(Path(__import__('mlp_tutorial').__file__).parents[1])")
    assert f"was unpacked into {folder}, for this session" in text(lesson.published[0])
    assert not list(lesson.folder.iterdir()), "the lesson left files behind"


def test_it_prints_what_is_stored(lesson):
    stored_cells = [cell for cell in read(lesson.path).cells if cell.cell_type == "code" and not is_check(cell)]
    for cell, messages in zip(stored_cells, lesson.published[1:], strict=True):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            continue
        stored = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        assert text(messages) == stored, cell.source[:80]


def test_no_deprecated_call_is_ours(lesson):
    warned = lesson.kernel.evaluate("_warned")
    assert not [one for one in warned if "Deprecat" in one[0] or one[0] == "FutureWarning"]


def test_every_control_answers_in_time(lesson):
    """Colab shows only what a callback sends before it returns."""
    kernel = lesson.kernel
    kernel.run(EXPLORERS)
    controls = kernel.evaluate("_controls")
    late, moving = [], set()
    for explorer, name, kind, model, image, moves in controls:
        first, whole = best_answer(kernel, model, image, moves)
        if first is not None:
            moving.add(explorer)
        # A menu may load a data set that nobody has looked at yet.
        if whole > WHOLE_ANSWER or ("Slider" in kind and (first or 0) > FIRST_PICTURE):
            late.append(f"explorer {explorer}, {name}: first picture {first} s, free after {whole:.2f} s")
    assert not late, "\n".join(late)
    assert controls and moving == {explorer for explorer, *_ in controls}, "an explorer shows no new picture"
    assert not kernel.evaluate("[e.status_line.note for e in _explorers if 'Error:' in e.status_line.note]")
    assert not kernel.complaints()


def test_a_slider_retrains(lesson):
    kernel = lesson.kernel
    kernel.run(EXPLORERS)
    trainers = "[e for e in _explorers if type(e).__name__ == 'TrainingExplorer']"
    for number in range(kernel.evaluate(f"len({trainers})")):
        trainer = f"{trainers}[{number}]"
        model, image = kernel.evaluate(f"({trainer}.controls['width'].model_id, {trainer}.canvas.image.model_id)")
        for width in (3, 5):
            assert answer(kernel, model, image, {"value": width})[0] is not None
            assert set(kernel.evaluate(f"list({trainer}.experiment.hidden_sizes)")) <= {width}
            assert kernel.evaluate(f"len({trainer}.history)") > 0


def test_the_heaviest_run_of_a_trainer_lets_the_next_message_in(lesson):
    kernel = lesson.kernel
    kernel.run(EXPLORERS)
    kernel.run(HEAVIEST)
    found = kernel.evaluate("_heaviest")
    if not found:
        pytest.skip("this lesson has no live trainer")
    for model, image, moves in found:
        first, whole = best_answer(kernel, model, image, moves)
        assert first is not None and first <= FIRST_PICTURE and whole <= WHOLE_ANSWER, (first, whole)
    assert kernel.evaluate("_one.runner.out_of_time"), "this run is not heavy enough to prove anything"


def test_it_runs_a_second_time(lesson):
    """The last test, for it makes every explorer once more."""
    again = [lesson.kernel.cell(cell.source) for cell in lesson.cells]
    assert not surprises(lesson.cells, again)
    assert "The package mlp_tutorial is here already" in text(again[0])


def best_answer(kernel, model, image, moves):
    """Return the shortest of some tries."""
    firsts, wholes = [], []
    for state in moves * TRIES:
        first, whole = answer(kernel, model, image, state)
        firsts += [first] if first is not None else []
        wholes.append(whole)
        if len(wholes) > 1 and min(firsts, default=0) <= FIRST_PICTURE and min(wholes) <= WHOLE_ANSWER:
            break
    return min(firsts, default=None), min(wholes)


def answer(kernel, model, image, state):
    """Move a control; return the seconds computed up to the first changed picture, or None, and up to being idle."""
    kernel.messages.clear()
    message_id = kernel.move(model, **state)
    kernel.until_answered([message_id])
    messages = [m for m in kernel.messages if m["parent_header"].get("msg_id") == message_id]
    began = next(computed(m) for m in messages if m["content"].get("execution_state") == "busy")
    pictures = [
        computed(m)
        for m in messages
        if m["msg_type"] == "comm_msg"
        and m["content"]["comm_id"] == image
        and m["content"]["data"].get("buffer_paths") == [["value"]]
    ]
    return pictures[0] - began if pictures else None, computed(messages[-1]) - began


def computed(message):
    return message["header"]["computed"]
