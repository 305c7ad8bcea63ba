"""Run the notebooks again and store them in their normal form, or check that form without running them.

    python tools/notebooks.py                      run and store every notebook
    python tools/notebooks.py --check              only name what is not in normal form
    python tools/notebooks.py --tidy PATH          only store in normal form, as after Colab has saved it
    python tools/notebooks.py PATH [PATH ...]      the same for some notebooks

A lesson with exercises is run twice: as it is, for its texts, and with the solutions, for its pictures. So no stored
figure says that an answer is missing, and the texts are those of the cells above them.

A notebook in normal form holds nothing that changes from run to run or from machine to machine: cell ids come
from the cells' sources, and there are no widget states, no times, no traces through files.
"""

import argparse
import copy
import hashlib
import re
import sys
import time
import warnings
from collections import Counter
from itertools import groupby
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
CELL_TIMEOUT = 60  # seconds
MAX_BYTES = 1_000_000
KEPT_CELL_METADATA = ("tags", "jupyter")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python"},
}
FENCED_CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # it holds a random model id
# What a stored output must not show, and what it is.
CHANGING_TEXT = {
    r"(?<![\w.:/~-])/(?:home|root|tmp|usr|opt|var|Users|mnt)/[^\s'\"<]*": "a path of this machine, {!r}",
    r"\b[A-Za-z]:\\[^\s'\"<]*": "a path of this machine, {!r}",
    r"\b0x[0-9a-f]{6,}\b": "a memory address, {!r}, another one in every run",
    r"\r(?!\n)": "a progress bar, whose times change with every run",
}


def read(text: str) -> NotebookNode:
    """Return the notebook in `text`; a notebook without cell ids gets them from `normalise`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nbformat.warnings.MissingIDFieldWarning)
        return nbformat.reads(text, as_version=4)


def write(notebook: NotebookNode) -> str:
    """Return the notebook as text, in nbformat's own form with a newline at its end."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of the notebook in normal form; applied twice, it changes nothing more."""
    normal = copy.deepcopy(notebook)
    normal.nbformat, normal.nbformat_minor = 4, 5
    normal.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    normal.cells = [cell for cell in normal.cells if cell.source.strip()]
    seen = Counter()
    for cell in normal.cells:
        cell_id = f"{cell.cell_type}-{hashlib.sha256(cell.source.encode()).hexdigest()[:8]}"
        seen[cell_id] += 1
        cell.id = cell_id if seen[cell_id] == 1 else f"{cell_id}-{seen[cell_id]}"
        cell.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA})
        if cell.cell_type == "code":
            cell.outputs = normalise_outputs(cell.outputs)
    return normal


def normalise_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return one cell's outputs: no widget views, of an error its last line alone, and streams merged.

    How the kernel cuts stdout and stderr into pieces is a matter of timing. So each run of stream outputs
    becomes one of stdout and one of stderr.
    """
    kept = []
    for output in copy.deepcopy(outputs):
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: {output.evalue}"]
        elif "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            output.metadata.pop(WIDGET_VIEW, None)
        if output.get("data", True):
            kept.append(output)

    normal = []
    for is_stream, run in groupby(kept, key=lambda output: output.output_type == "stream"):
        if is_stream:
            texts = {"stdout": "", "stderr": ""}
            for output in run:
                texts[output.name] += output.text
            normal += [new_output("stream", name=name, text=text) for name, text in texts.items() if text]
        else:
            normal += run
    return normal


def problems(text: str) -> list[str]:
    """Return a sentence for everything that keeps a stored notebook from its normal form; none if it is in it."""
    notebook = read(text)
    normal = normalise(notebook)
    found = []
    if len(text.encode()) > MAX_BYTES:
        found.append(f"it has {len(text.encode()):,} bytes, allowed are {MAX_BYTES:,}: show fewer pictures")
    if notebook.metadata != normal.metadata:
        names = ", ".join(sorted(notebook.metadata)) or "empty"
        found.append(f"its metadata ({names}) are not the fixed kernelspec and language_info alone")
    if len(notebook.cells) != len(normal.cells):
        found.append("it has empty cells")
    else:
        execution_count = 0
        for number, (cell, normal_cell) in enumerate(zip(notebook.cells, normal.cells, strict=True), start=1):
            execution_count += cell.cell_type == "code"
            place = f"cell {number} ({cell.source.splitlines()[0][:40]!r})"
            found += [f"{place}: {problem}" for problem in cell_problems(cell, normal_cell, execution_count)]
    if not found and text != write(normal):
        found.append("its JSON is not written as nbformat writes it")
    return found


def cell_problems(cell: NotebookNode, normal_cell: NotebookNode, execution_count: int) -> list[str]:
    """Return what keeps one cell from its normal form; `execution_count` is the one that it should have."""
    parts = [part for part in ("id", "metadata", "outputs") if cell.get(part) != normal_cell.get(part)]
    found = [f"its {part} differ from the normal form" for part in parts]
    if cell.cell_type != "code":
        return found
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    wrong = [part.execution_count for part in [cell, *results] if part.execution_count != execution_count]
    if wrong:
        found.append(f"it is stored with execution count {wrong[0]}, expected {execution_count}")
    error = next((output for output in cell.outputs if output.output_type == "error"), None)
    meant = "raises-exception" in cell.metadata.get("tags", [])
    if error and not meant:
        found.append(f"it ended in {error.ename}: {error.evalue}; tag it `raises-exception` if that is meant")
    if meant and not error:
        found.append("it is tagged `raises-exception` and raised none")
    for pattern, reason in CHANGING_TEXT.items():
        if match := re.search(pattern, output_text(normal_cell.outputs)):
            found.append(f"its output holds {reason.format(match.group())}")
    return found


def output_text(outputs: list[NotebookNode]) -> str:
    """Return all text that a reader sees in the outputs of one cell."""
    texts = []
    for output in outputs:
        texts += [output.get("text", ""), output.get("evalue", "")]
        texts += [str(data) for mime, data in output.get("data", {}).items() if mime.startswith("text/")]
    return "\n".join(texts)


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Return a copy of the notebook, run from its first cell to its last by this Python in `folder`."""
    executed = copy.deepcopy(notebook)
    executed.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(executed, timeout=CELL_TIMEOUT, kernel_name="python3", resources=resources).execute()
    return executed


def solved(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of the notebook with each exercise's solution in the place of its stub."""
    copied = copy.deepcopy(notebook)
    stub = None
    for cell in copied.cells:
        tags = cell.metadata.get("tags", [])
        if "exercise" in tags:
            stub = cell
        elif "solution" in tags:
            stub.source = FENCED_CODE.search(cell.source)[1].rstrip()
    return copied


def illustrate(notebook: NotebookNode, pictures: NotebookNode) -> list[str]:
    """Give an executed notebook the pictures of another run of it; return a sentence for each cell that keeps its own.

    Only what is looked at is exchanged: the picture, and the HTML that shows the same picture with a description.
    """
    kept = []
    for cell, other in zip(notebook.cells, pictures.cells, strict=True):
        own, theirs = pictures_of(cell), pictures_of(other)
        if len(own) != len(theirs):
            kept.append(
                f"the cell {cell.source.splitlines()[0][:40]!r} shows {len(own)} pictures, solved {len(theirs)}"
            )
            continue
        for data, picture in zip(own, theirs, strict=True):
            data.update(
                {mime: picture[mime] for mime in ("image/png", "text/html") if mime in picture and mime in data}
            )
    return kept


def pictures_of(cell: NotebookNode) -> list[NotebookNode]:
    """Return the data of each output of a cell that is a picture."""
    return [output.data for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]


def main(arguments: list[str] | None = None) -> int:
    """Run and store, or check, the notebooks named in `arguments`; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="notebooks; none: all")
    parser.add_argument("--check", action="store_true", help="run nothing, name what is not in normal form")
    parser.add_argument(
        "--tidy", action="store_true", help="run nothing, and store in normal form what the notebooks hold"
    )
    options = parser.parse_args(arguments)
    if options.tidy and not options.paths:
        parser.error("name the notebooks to tidy")
    if missing := [str(path) for path in options.paths if not path.is_file()]:
        parser.error(f"no such notebook: {', '.join(missing)}")

    failed = False
    for path in options.paths or sorted(NOTEBOOKS.glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        if options.tidy:
            path.write_text(write(normalise(read(text))), encoding="utf-8", newline="\n")
            print(f"{path.name}: stored in normal form")
            continue
        start = time.perf_counter()
        if not options.check:
            try:
                notebook = read(text)
                executed, answered = execute(notebook, path.parent), solved(notebook)
                if answered != notebook:
                    for sentence in illustrate(executed, execute(answered, path.parent)):
                        print(f"{path.name}: {sentence}; its own are stored")
                stored = write(normalise(executed))
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                print(f"{path.name}: not stored, it did not run to its end:\n{error}")
                failed = True
                continue
            if stored != text:
                path.write_text(stored, encoding="utf-8", newline="\n")
            change = "stored" if stored != text else "unchanged"
            print(f"{path.name}: {change}, run in {time.perf_counter() - start:.1f} s")
            text = stored
        found = problems(text)
        failed = failed or bool(found)
        for problem in found:
            print(f"{path.name}: {problem}" + (" (to fix it: make notebooks)" if options.check else ""))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
