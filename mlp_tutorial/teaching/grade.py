"""Grade a folder of notebooks: a table, and a page of feedback for each.

    python -m mlp_tutorial.grade FOLDER                  into the folder grades/
    python -m mlp_tutorial.grade FOLDER --out RESULTS    into another folder
    python -m mlp_tutorial.grade FOLDER --map            draws exercise × learner as well

The same command goes on where it was stopped, and grades only notebooks that are new or have changed.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import html
import json
import os
import re
import secrets
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mlp_tutorial.lessons.shared.feedback import Feedback
from mlp_tutorial.teaching.answers import answer_of
from mlp_tutorial.teaching.handed_out import NotALesson, all_lessons, lesson_of, notebooks_in, opened
from mlp_tutorial.teaching.notebook_cells import Cells
from mlp_tutorial.teaching.sandbox import Job, Limits, run

SETTINGS = "grading.toml"
_ABOUT_SETTINGS = """\
# Points for each exercise. Part marks are shares of them: 3 of 4 gradients right give three quarters.
# After a change, run the same command again: nothing is graded anew for it.

# The share of its points that an answer gets which calls the package's own function instead of being written.
own_share = 1.0

# Of the problems that the checks draw. Another seed grades everything anew.
seed = {seed}
"""
_PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; }}
pre {{ background: #f4f4f4; padding: .6em; overflow-x: auto; }}
h2 {{ margin-top: 1.6em; font-size: 1.1em; }}
</style></head>
<body>
<h1>{title}</h1>
<p>{file}: {total}.</p>
{sections}
</body></html>
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and grade."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_tutorial.grade", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the notebooks, in folders of any depth")
    parser.add_argument("--out", type=Path, default=Path("grades"), metavar="FOLDER", help="default: grades")
    parser.add_argument("--seconds", type=float, default=Limits.seconds, help="for each answer, default %(default)s")
    parser.add_argument("--megabytes", type=int, default=Limits.megabytes, help="for each answer, default %(default)s")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at once, default: one for each core")
    parser.add_argument("--map", action="store_true", help="draw exercise × learner into map.png")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder. Name the one that the notebooks are in.")
    if min(options.seconds, options.megabytes, options.processes) <= 0:
        parser.error("--seconds, --megabytes and --processes are numbers above 0.")
    try:
        rows = grade(options.folder, options.out, Limits(options.seconds, options.megabytes), options.processes)
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command goes on from here.")
    except (ValueError, FileNotFoundError) as error:
        sys.exit(str(error))
    if options.map and any(row["exercises"] for row in rows):
        from mlp_tutorial.teaching.class_map import draw_map

        draw_map([row for row in rows if row["exercises"]], options.out / "map.png")
    unread = sum(not row["exercises"] for row in rows)
    beside = f" {unread} could not be graded: the table says why." if unread else ""
    print(
        f"{len(rows)} notebooks: {options.out / 'grades.csv'}, and a page each in {options.out / 'feedback'}.{beside}"
    )


def grade(folder: Path, out: Path, limits: Limits, processes: int) -> list[dict]:
    """Grade all notebooks in a folder and write the table and the pages; return the rows of the table.

    Parameters
    ----------
    folder : Path
        Notebooks in folders of any depth.
    out : Path
        It is made where it is missing.
    limits : Limits
        For each answer.
    processes : int
        How many answers are checked at once.

    Returns
    -------
    list of dict
        For each notebook: file, learner, lesson, note, and "exercises", a list of dictionaries in the lesson's order.

    Raises
    ------
    ValueError
        If the folder holds no notebook, or the settings cannot be read.
    """
    paths = notebooks_in(folder)
    if not paths:
        raise ValueError(f"No notebook (*.ipynb) is in {folder}.")
    out.mkdir(parents=True, exist_ok=True)
    settings = read_settings(out / SETTINGS)
    graded = _grade_all(paths, out / "graded", settings["seed"], limits, processes)
    rows = [_row(path.relative_to(folder), result, settings) for path, result in zip(paths, graded, strict=True)]
    _write_table(rows, out / "grades.csv")
    (out / "feedback").mkdir(exist_ok=True)
    pages = Counter()
    for row in rows:
        name = re.sub(r"[^-. \w]", "_", row["file"].replace("/", "__"))
        pages[name] += 1
        name += f" ({pages[name]})" if pages[name] > 1 else ""  # of files that differ in other signs alone
        (out / "feedback" / f"{name}.html").write_text(_page(row), encoding="utf-8")
    return rows


def read_settings(path: Path) -> dict:
    """Return the teacher's settings; write the usual ones where there are none yet."""
    try:
        import tomllib
    except ImportError:  # Python 3.10
        try:
            import tomli as tomllib
        except ImportError:
            raise ValueError("Python 3.10 reads the settings with tomli: python -m pip install tomli") from None
    if not path.exists():
        lines = [_ABOUT_SETTINGS.format(seed=secrets.randbelow(10**6) + 1)]
        for lesson in all_lessons():
            lines += [f"[{lesson.name}]", *(f"{exercise.names[0]} = 1" for exercise in lesson.exercises), ""]
        path.write_text("\n".join(lines), encoding="utf-8")
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} cannot be read: {error}. Delete it, and it is written anew.") from None
    points = [settings.get("own_share", 1), *(p for t in settings.values() if isinstance(t, dict) for p in t.values())]
    if not isinstance(settings.get("seed"), int) or not all(isinstance(p, (int, float)) and p >= 0 for p in points):
        raise ValueError(f"{path}: expected points that are numbers from 0 up, and `seed`, a whole number.")
    return settings


# Grading -----------------------------------------------------------------------------------------------------------


def _grade_all(paths: list[Path], kept: Path, seed: int, limits: Limits, processes: int) -> list[dict]:
    """Grade notebooks; what was graded before, under the same seed and from a file of the same bytes, is read."""
    kept.mkdir(exist_ok=True)
    editions = "".join(lesson.edition for lesson in all_lessons())
    marks = [_mark(path, f"{seed} {editions}") for path in paths]
    new = {mark: path for mark, path in zip(marks, paths, strict=True) if not (kept / f"{mark}.json").exists()}
    results, jobs = {}, []
    for mark, path in new.items():
        result, its_jobs = _looked_at(path, mark)
        results[mark] = result
        jobs += its_jobs
    left = {mark: sum(job.key[0] == mark for job in jobs) for mark in new}
    number_graded = len(paths) - len(new)

    def keep(mark: str) -> None:
        nonlocal number_graded
        beside = kept / f"{mark}.new"
        beside.write_text(json.dumps(results[mark], ensure_ascii=False), encoding="utf-8")
        beside.replace(kept / f"{mark}.json")
        number_graded += 1
        print(f"\r{_bar(number_graded, len(paths))} notebooks", end="", file=sys.stderr, flush=True)

    for mark in [mark for mark, number in left.items() if not number]:
        keep(mark)
    rooms = sorted({job.room for job in jobs})
    for (mark, number), outcome in run(jobs, rooms, seed, limits, processes) if jobs else ():
        results[mark]["exercises"][number].update(outcome)
        left[mark] -= 1
        if not left[mark]:
            keep(mark)
    if new:
        print(file=sys.stderr)
    return [json.loads((kept / f"{mark}.json").read_text(encoding="utf-8")) for mark in marks]


def _bar(number: int, of: int, width: int = 30) -> str:
    full = width * number // of
    return f"{'█' * full}{'░' * (width - full)} {number} of {of}"


def _mark(path: Path, of_all: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        data = f"{path}: {error}".encode()
    return hashlib.sha256(of_all.encode() + data).hexdigest()[:24]


def _looked_at(path: Path, mark: str) -> tuple[dict, list[Job]]:
    """Return what is known of a notebook before anything runs, and what has to run."""
    try:
        notebook = opened(path)
        lesson = lesson_of(notebook)
    except NotALesson as error:
        return {"lesson": "", "title": path.name, "note": str(error), "exercises": []}, []
    exercises, jobs, cells = [], [], Cells.of(notebook)
    for number, exercise in enumerate(lesson.exercises):
        answer = answer_of(exercise, lesson, cells)
        about = {"name": exercise.names[0], "title": exercise.title, "code": answer.code, "notes": list(answer.notes)}
        exercises.append({**about, **asdict(answer.missing or Feedback("not attempted", ""))})
        if answer.code:
            key = (mark, number)
            jobs.append(Job(key, lesson.room, exercise.check, answer.names, lesson.imports, answer.code))
    return {"lesson": lesson.name, "title": lesson.title.lstrip("# "), "note": "", "exercises": exercises}, jobs


# What comes of it --------------------------------------------------------------------------------------------------


def _row(path: Path, result: dict, settings: dict) -> dict:
    """Return a notebook's row: its result, whose it is, and the points."""
    points = settings.get(result["lesson"], {})
    exercises = []
    for exercise in result["exercises"]:
        is_own = "'s own.)" not in exercise["message"] and not any("package's own" in n for n in exercise["notes"])
        worth = points.get(exercise["name"], 1)
        share = exercise["points"] / exercise["of"] * (1 if is_own else settings.get("own_share", 1))
        exercises.append({**exercise, "is_own": is_own, "given": round(worth * share, 2), "worth": worth})
    return {**result, "file": path.as_posix(), "learner": _learner(path, result["lesson"]), "exercises": exercises}


def _learner(path: Path, lesson: str) -> str:
    """Return whose notebook it is: the name of its folder, else what its own name holds beside the lesson's."""
    if len(path.parts) > 1:
        return path.parts[0]
    rest = path.stem.replace(lesson, "") if lesson else path.stem
    return re.sub(r"^[-_ .()]+|[-_ .()]+$", "", rest) or path.stem


def _write_table(rows: list[dict], path: Path) -> None:
    """Write a row for each notebook and a column for each exercise of the lessons that came."""
    names = {row["lesson"]: [exercise["name"] for exercise in row["exercises"]] for row in rows if row["lesson"]}
    columns = [f"{lesson[:2]} {name}" for lesson in sorted(names) for name in names[lesson]]
    with open(path, "w", encoding="utf-8-sig", newline="") as file:  # with the mark by which Excel knows UTF-8
        table = csv.writer(file)
        table.writerow(["learner", "file", "lesson", "points", "of", *columns, "notes"])
        for row in rows:
            given = {f"{row['lesson'][:2]} {exercise['name']}": exercise for exercise in row["exercises"]}
            cells = [f"{given[column]['given']:g}" if column in given else "" for column in columns]
            sums = [f"{sum(one[key] for one in given.values()):g}" if given else "" for key in ("given", "worth")]
            notes = [f"{one['name']}: {note}" for one in given.values() for note in _notes(one)]
            about = [_as_text(row["learner"]), _as_text(row["file"]), row["lesson"]]
            table.writerow([*about, *sums, *cells, " ".join([row["note"], *notes]).strip()])


def _notes(exercise: dict) -> list[str]:
    named = re.search(r"\(This is (.*)'s own\.\)", exercise["message"])
    return [*exercise["notes"], *([f"The answer is {named[1]}'s own."] if named else [])]


def _as_text(name: str) -> str:
    """Return a file's name so that no spreadsheet takes it for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def _page(row: dict) -> str:
    sections = [f"<p>{html.escape(row['note'])}</p>"] if row["note"] else []
    for one in row["exercises"]:
        said = " ".join([repr(Feedback(one["status"], one["message"])), *one["notes"]])
        sections += [f"<h2>{html.escape(one['title'])}: {one['given']:g} of {one['worth']:g}</h2>"]
        sections += [f"<p>{html.escape(said)}</p>"]
        sections += [f"<pre>{html.escape(one['code'])}</pre>"] if one["code"] else []
    total = " of ".join(f"{sum(one[key] for one in row['exercises']):g}" for key in ("given", "worth")) + " points"
    return _PAGE.format(
        title=html.escape(row["title"]), file=html.escape(row["file"]), total=total, sections="\n".join(sections)
    )
