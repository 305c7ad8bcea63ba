"""The pages and the downloads from which Sphinx builds the site; `make site` builds it, and follows its links."""

import ast
import json
import re

import pytest

import mlp_tutorial
from tools.api_page import definition
from tools.website import (
    BAR,
    ROOT,
    SETTINGS,
    alternative,
    anchors,
    broken_links,
    documents,
    explorers,
    notebooks,
    readme_pages,
    script,
    write_files,
    write_pages,
)

LESSONS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in notebooks()}
each_lesson = pytest.mark.parametrize("name", LESSONS)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "pages"
    write_pages(folder)
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "downloads"
    write_files(folder)
    return folder


def listed(pages):
    """The pages that a list of contents names, from the top of the site."""
    found = []
    for page in pages.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}\n:.*?\n\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            found += [(page.parent / name).relative_to(pages).as_posix() for name in block.split()]
    return found


def test_every_notebook_and_document_is_a_page_that_one_list_names(pages):
    written = {path.relative_to(pages).with_suffix("").as_posix() for path in pages.rglob("*.md")}
    assert {f"lessons/{name}" for name in LESSONS} | {f"docs/{path.stem}" for path in documents()} < written
    assert sorted(listed(pages)) == sorted((written | {"api"}) - {"index"})
    assert set(BAR) < set(listed(pages))


def test_every_section_of_the_readme_is_on_one_page():
    found = [anchor for text in readme_pages().values() for anchor in anchors(text)]
    assert len(found) == len(set(found))
    assert anchors((ROOT / "README.md").read_text(encoding="utf-8")) < {*found}


def test_a_link_between_sections_of_the_readme_leads_to_another_page():
    assert "[the table of lessons](index.md#the-lessons)" in readme_pages()["start"]
    assert "[above](#pytorch-on-linux-without-cuda)" in readme_pages()["start"]


@each_lesson
def test_a_page_has_each_picture_with_a_sentence(pages, name):
    text = (pages / "lessons" / f"{name}.md").read_text(encoding="utf-8")
    said = [json.loads(line) for line in re.findall(r"^:alt: (.+)$", text, re.MULTILINE)]
    outputs = [output for cell in LESSONS[name]["cells"] for output in cell.get("outputs", [])]
    assert len(said) == sum("image/png" in output.get("data", {}) for output in outputs) > 0
    assert all(len(sentence) > 20 and not sentence.startswith("<") for sentence in said)
    assert all((pages / "lessons" / picture).is_file() for picture in re.findall(r"\{image\} (\S+)", text))


@each_lesson
def test_a_page_keeps_what_is_folded_and_all_code(pages, name):
    text = (pages / "lessons" / f"{name}.md").read_text(encoding="utf-8")
    cells = ["".join(cell["source"]) for cell in LESSONS[name]["cells"]]
    assert text.count("<details>") == sum(cell.count("<details>") for cell in cells) > 0
    check, *code = ["".join(cell["source"]) for cell in LESSONS[name]["cells"] if cell["cell_type"] == "code"]
    assert all(source.rstrip() in text for source in code)
    assert "PyTorch or the package is missing" in check and check not in text
    assert text.startswith(cells[0].partition("\n")[0]) and "[Open in Colab](https://" in text.partition("\n## ")[0]


def test_a_picture_without_a_sentence_ends_the_build():
    with pytest.raises(LookupError, match="has no sentence"):
        alternative({"data": {"text/plain": ["<Figure size 640x480 with 1 Axes>"]}}, "figure.show()")


def test_a_figure_is_described_by_the_function_that_draws_it():
    output = {"data": {"text/plain": ["<Figure size 640x480 with 1 Axes>"]}}
    sentence = ast.get_docstring(definition("plot_losses")).partition("\n")[0].replace("`", "")
    assert alternative(output, "axes = plot_losses(history)").startswith(f"The figure of plot_losses: {sentence}")


def test_the_glossary_has_every_term_of_the_last_lesson(pages):
    (table,) = (
        "".join(cell["source"]) for cell in LESSONS["10_conclusion"]["cells"] if "· Glossary" in cell["source"][0]
    )
    terms = re.findall(r"^\| (.+?) \| .* \[\d\d\]", table, re.MULTILINE)
    lines = (pages / "glossary.md").read_text(encoding="utf-8").splitlines()
    assert len(terms) > 60 and set(terms) < set(lines)


def test_every_public_name_and_explorer_is_described():
    assert all(definition(name) for name in [*mlp_tutorial.__all__, *explorers()])
    code = ["".join(cell["source"]) for lesson in LESSONS.values() for cell in lesson["cells"]]
    assert set(explorers()) == set(re.findall(r"\bexplore_\w+(?=\()", "\n".join(code)))


@each_lesson
def test_the_downloads_of_a_lesson(files, name):
    with_outputs, without = (json.loads((files / f"{name}{end}.ipynb").read_text()) for end in ("", "_without_outputs"))
    code = [cell for cell in LESSONS[name]["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in with_outputs["cells"] if "outputs" in cell] == [
        cell["outputs"] for cell in code
    ]
    assert not any(cell.get("outputs") for cell in without["cells"])
    program = (files / f"{name}.py").read_text(encoding="utf-8")
    compile(program, name, "exec")
    assert program.count("# %%\n") == len(code)
    for text in ("".join("".join(cell["source"]) for cell in without["cells"]), program):
        assert not re.search(r"\]\((?!https?://)[^)\s]*\.(ipynb|md)", text)


def test_the_python_file_of_a_lesson():
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", "[02](02_building_blocks.ipynb)"]},
        {"cell_type": "code", "source": ["x = 1\n", "x"], "outputs": [], "execution_count": 1},
    ]
    link = mlp_tutorial.lessons.copies.page("notebooks/02_building_blocks.ipynb")
    assert script({"cells": cells}) == f"# %% [markdown]\n# # Title\n#\n# [02]({link})\n\n# %%\nx = 1\nx\n"


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "good.html").write_text('<h1 id="top">A</h1><a href="#top">A</a><a href="https://example.org/">B</a>')
    (tmp_path / "bad.html").write_text(
        '<a href="good.html#top">C</a><a href="good.html#end">D</a><a href="lost.html">E</a>'
        '<script src="https://example.org/x.js"></script>'
    )
    assert broken_links(tmp_path) == [
        "bad.html links to good.html#end, which is not there",
        "bad.html links to lost.html, which is not there",
        "bad.html loads https://example.org/x.js",
    ]


def test_the_tools_of_the_site_are_pinned():
    lines = (SETTINGS / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"#.*|[\w-]+==[\d.]+", line) for line in lines)
