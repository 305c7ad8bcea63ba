"""The lessons, README and docs as one book: links, terms, titles and minutes agree; nothing is asked before it is taught."""

import builtins
import html
import re
from functools import cache

import pytest

from mlp_tutorial.lessons.copies import repository
from tools import book
from tools.book import PAGES, addresses, framed, main, navigation, write_frames
from tools.colab import address
from tools.lesson import ROOT, TITLES, lessons, links, names_used, notebooks, term
from tools.notebooks import read, write
from tools.website import anchors

LESSONS = lessons()
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.path.stem)
each_notebook = pytest.mark.parametrize("lesson", notebooks(), ids=lambda lesson: lesson.path.stem)


@cache
def glossary():
    """The rows of the glossary: term, meaning, number of its lesson, file of its lesson."""
    text = next(text for text in LESSONS[-1].markdown() if re.match(r"## \d+ · Glossary\n", text))
    rows = re.findall(r"^\| (.+?) \| (.+?) \| \[(\d\d)\]\((\S+\.ipynb)\) \|$", text, re.MULTILINE)
    assert len(rows) == text.count("\n|") - 2, "a row of the glossary is not written as the others"
    return rows


# One lesson after the other ------------------------------------------------------------------------------------


def test_every_lesson_is_there():
    assert [lesson.path.stem for lesson in LESSONS] == list(TITLES)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_has_the_lines_that_all_have(path):
    text = path.read_text(encoding="utf-8")
    assert write(framed(read(text), path.stem)) == text, "run `python -m tools.book --write`"


def test_a_lesson_leads_back_forward_and_to_the_contents():
    contents = "**Contents:** [all lessons](../README.md#the-lessons)"
    two, nine = (
        "[02 · Building blocks](02_building_blocks.ipynb)",
        "[09 · Putting it all together](09_putting_it_together.ipynb)",
    )
    four = "[04 · The forward pass](04_forward_pass.ipynb)"
    assert navigation("01_neurons") == f"**Next:** {two} · {contents}"
    assert navigation("playground") == f"**Next:** [01 · Neurons](01_neurons.ipynb) · {contents}"
    assert navigation("03_model_class") == f"**Back:** {two} · **Next:** {four} · {contents}"
    one = "[01 · Neurons](01_neurons.ipynb)"
    assert navigation("playground") == f"**Next:** {one} · {contents}"
    assert navigation("10_conclusion") == f"**Back:** {nine} · {contents}"


def test_a_lesson_without_these_lines_gets_them_and_loses_nothing():
    lesson = read(LESSONS[1].path.read_text(encoding="utf-8"))
    for cell, part in ((lesson.cells[0], 1), (lesson.cells[-1], -1)):
        parts = cell.source.split("\n\n")
        del parts[part]
        cell.source = "\n\n".join(parts)
    assert write(framed(lesson, LESSONS[1].path.stem)) == LESSONS[1].path.read_text(encoding="utf-8")


@each_lesson
def test_the_first_thing_that_a_lesson_says_is_how_to_run_it(lesson):
    line = lesson.cells[0].source.split("\n\n")[1]
    assert (
        line
        == f"First choose *Run → Run All Cells*: the sliders need it. · [Open in Colab]({address(lesson.path.stem)})"
    )


def test_every_link_to_colab_and_to_the_repository_has_the_address_in_pyproject():
    """It is written there once; `python -m tools.book --write` brings it into the rest."""
    assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", repository())
    wanted = repository().removeprefix("https://github.com/")
    texts = [page.read_text(encoding="utf-8") for page in PAGES] + [str(lesson.cells) for lesson in LESSONS]
    found = [name for text in texts for name in re.findall(r"/github/([\w.-]+/[\w.-]+)/blob/colab/", text)]
    name = re.escape(wanted.split("/")[1])
    found += [one for text in texts for one in re.findall(rf"https://[\w.]+/(?:v2/gh/)?([\w.-]+/{name})\b", text)]
    assert set(found) == {wanted} and len(found) > 3 * len(LESSONS)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\[Open in Colab\]\((\S+)\) \|$", readme, re.MULTILINE) == [
        address(name) for name in ("playground", *TITLES)
    ]


def test_another_address_is_written_everywhere(tmp_path, monkeypatch):
    project, readme = tmp_path / "pyproject.toml", tmp_path / "README.md"
    old = repository().removeprefix("https://github.com/")
    project.write_text('Repository = "https://github.com/Ada/mlp"\n')
    readme.write_text((ROOT / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    lesson = tmp_path / "01_neurons.ipynb"
    lesson.write_text(LESSONS[0].path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr("mlp_tutorial.lessons.copies.ROOT", tmp_path)
    monkeypatch.setattr(book, "ROOT", tmp_path)
    monkeypatch.setattr(book, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(book, "PAGES", [readme])
    assert set(write_frames()) == {lesson, readme}
    for path in (lesson, readme):
        text = path.read_text(encoding="utf-8")
        assert "github/Ada/mlp/blob/colab/01_neurons.ipynb" in text and old not in text
    assert write_frames() == []


@each_lesson
def test_a_lesson_has_its_parts(lesson):
    assert lesson.cells[0].source.splitlines()[0] == f"# {lesson.title}"
    everything = "\n".join(lesson.markdown())
    assert "**When you have finished, you can**" in everything and "**Builds on:**" in everything
    assert "\n## What you have learned\n" in f"\n{everything}"
    assert "\n## From memory\n" in f"\n{everything}"
    assert "> **Predict.**" in everything


@each_lesson
def test_minutes_are_those_that_the_tool_estimates(lesson):
    assert lesson.minutes_named() == lesson.minutes()
    row = next(
        line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if f"{lesson.path.name})" in line
    )
    assert f"| {lesson.minutes()} |" in row


def test_the_readme_lists_the_lessons_in_order():
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## The lessons\n")[1].split("\n## ")[0]
    listed = re.findall(r"^\| (\d\d) \| \[(.+?)\]\(notebooks/(\w+)\.ipynb\)", section, re.MULTILINE)
    assert [(f"{number} · {title}", name) for number, title, name in listed] == [
        (title, name) for name, title in TITLES.items()
    ]


# Exercises and quiz --------------------------------------------------------------------------------------------


@each_lesson
def test_exercises_are_numbered_and_titled(lesson):
    headings = re.findall(r"^### Exercise (\d+) · .+$", "\n".join(lesson.markdown()), re.MULTILINE)
    assert headings == [str(number + 1) for number in range(lesson.num_exercises())]
    assert 3 <= len(headings) <= 5


def test_no_exercise_comes_twice():
    titles, defined = [], []
    for lesson in LESSONS:
        titles += re.findall(r"^### Exercise \d+ · (.+)$", "\n".join(lesson.markdown()), re.MULTILINE)
        for cell in lesson.cells:
            if "exercise" in cell.metadata.get("tags", []):
                defined += re.findall(r"^(?:def|class) (\w+)", cell.source, re.MULTILINE)
    assert sorted({title for title in titles if titles.count(title) > 1}) == []
    assert sorted({name for name in defined if defined.count(name) > 1}) == []


def test_an_exercise_asks_for_nothing_that_was_not_shown():
    known = {*dir(builtins), *dir(str), *dir(list), *dir(dict), "__init__"}
    for lesson in LESSONS:
        known |= lesson.names_shown()
        for solution in lesson.solutions():
            own = set(re.findall(r"(?:def|class) (\w+)|self\.(\w+) =", solution))
            untaught = names_used(solution) - known - {name for pair in own for name in pair}
            assert not untaught, f"{lesson.title} asks for {sorted(untaught)}:\n{solution}"


def test_the_quiz_asks_about_every_lesson_and_hides_its_answers():
    text = "\n".join(LESSONS[-1].markdown()).split("\n## From memory\n")[0]
    answers = re.findall(r"<details><summary>(\d+)\. .+?</summary>(.+?)</details>", text, re.DOTALL)
    assert [int(number) for number, _ in answers] == list(range(1, len(answers) + 1))
    assert len(answers) >= 20
    asked = {number for _, answer in answers for number in re.findall(r"\[(\d\d)\]\(\d\d_", answer)}
    assert asked == {lesson.number for lesson in LESSONS[:-1]}


# Terms ---------------------------------------------------------------------------------------------------------


def test_every_term_of_the_glossary_is_introduced_where_it_says():
    first_in_bold = {}
    for lesson in LESSONS:
        for word in lesson.bold():
            first_in_bold.setdefault(word, lesson.number)
    wrong = {
        word: (number, first_in_bold.get(term(word), "nowhere"))
        for word, _, number, _ in glossary()
        if first_in_bold.get(term(word)) != number
    }
    assert not wrong, f"term: (lesson in the glossary, first lesson with it in bold): {wrong}"


def test_the_glossary_is_in_order_and_names_every_lesson():
    words = [re.sub("`", "", word).casefold() for word, *_ in glossary()]
    assert words == sorted(set(words))
    assert {number for _, _, number, _ in glossary()} == {lesson.number for lesson in LESSONS}
    assert all(file.startswith(number) for _, _, number, file in glossary())


# Links ---------------------------------------------------------------------------------------------------------


def broken(source, target):
    """What is wrong with a link inside the book; nothing for one that leads out of it."""
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    file = (source.parent / path).resolve() if path else source
    if not file.exists():
        return "no such file"
    if file.suffix == ".md" and anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
        return "no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_a_page_lead_somewhere(page):
    found = {target: broken(page, target) for _, _, target in links(page.read_text(encoding="utf-8"))}
    assert not {target: why for target, why in found.items() if why}


@each_notebook
def test_links_inside_a_lesson_lead_somewhere(lesson):
    found = {target: broken(lesson.path, target) for _, _, target in lesson.links()}
    assert not {target: why for target, why in found.items() if why}


def test_a_broken_link_would_be_noticed():
    assert broken(ROOT / "README.md", "notebooks/11_more.ipynb") == "no such file"
    assert broken(ROOT / "README.md", "#the-lesson") == "no such heading"
    assert broken(ROOT / "README.md", "#the-lessons") is None
    assert broken(LESSONS[0].path, "../README.md#the-lessons") is None


def test_the_addresses_to_be_opened_are_those_of_lessons_and_pages(capsys):
    main(["--links"])
    listed = capsys.readouterr().out.split()
    assert listed == addresses() == sorted(set(listed))
    assert all(address.startswith("https://") for address in listed)
    for text in (LESSONS[-1].cells, (ROOT / "README.md").read_text(encoding="utf-8")):
        assert any(address in str(text) for address in listed)


# Pictures ------------------------------------------------------------------------------------------------------


def test_every_picture_in_a_text_says_what_it_shows():
    found = [(page, *link) for page in PAGES for link in links(page.read_text(encoding="utf-8"))]
    found += [(lesson.path, *link) for lesson in LESSONS for link in lesson.links()]
    pictures = [(page.name, text, target) for page, is_picture, text, target in found if is_picture]
    assert pictures, "README shows no picture"
    assert not [picture for picture in pictures if len(picture[1].split()) < 5]


@each_lesson
def test_every_figure_has_a_sentence(lesson):
    """An explorer carries one as its text; any other figure stands beside prose."""
    for before, cell, after in zip(lesson.cells, lesson.cells[1:], lesson.cells[2:], strict=False):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = data.get("text/plain", "")
            if "image/png" in data and text.startswith("<"):
                beside = [other.source for other in (before, after) if other.cell_type == "markdown"]
                assert any(re.search(r"^[A-Z0-9(*`]", source, re.MULTILINE) for source in beside), cell.source
            elif "image/png" in data:
                assert len(text.split()) >= 5, text
                # Exports show no other alternative text. It is the solution's, as the picture is; the text is the stub's.
                described = html.unescape(re.search(r'<img alt="([^"]*)"', data["text/html"])[1])
                assert len(described.split()) >= 5, described
