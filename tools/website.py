"""Build the site: the lessons to read, a glossary, the guide for teachers and the public names, for any web server.

    python -m tools.website    into dist/site; `make site` first installs what docs/site/requirements.txt names

No notebook is run: the pages show the stored outputs. Links that lead nowhere end the build.
"""

from __future__ import annotations

import ast
import base64
import json
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlp_tutorial.lessons.copies import cleared, is_check, page, read, relinked, text_of
from tools.api_page import PACKAGE, definition, public_names
from tools.colab import address, opening

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "docs" / "site"
#: The pages in Markdown, the files to download, and the site.
PAGES, FILES, SITE = ROOT / "build" / "site", ROOT / "build" / "site_files", ROOT / "dist" / "site"
#: Sections of README.md that do not stand on the page `start`.
FRONT, CONTRIBUTING = "The lessons", "For contributors"
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
#: What the bar above every page names.
BAR = ("start", "lessons/index", "glossary", "docs/teaching", "reference")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
NOTE = (
    "This page shows the lesson as it looks after a run: pictures stand still here. To drag the sliders, open it on Colab "
    "or [in JupyterLab](../start.md)."
)


def notebooks() -> list[Path]:
    """Return the stored lessons in the order in which they are read: the playground, then 01 to 10."""
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return sorted(paths, key=lambda path: path.stem[0].isdigit())


def documents() -> list[Path]:
    """Return the pages in docs/."""
    return sorted((ROOT / "docs").glob("*.md"))


def alone(lesson: dict, *, outputs: bool) -> dict:
    """Return a notebook to download, with or without its outputs: its links lead to the repository."""
    cells = [dict(cell) if outputs else cleared(cell) for cell in lesson["cells"]]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            cell["source"] = relinked("".join(cell["source"]), lambda link: page(_in_repository(link, "notebooks")))
    return {**lesson, "cells": cells}


def script(lesson: dict) -> str:
    """Return a lesson as a Python file, whose cells `# %%` VS Code, Spyder and PyCharm can run one by one."""
    parts = []
    for cell in alone(lesson, outputs=False)["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append("\n".join(["# %% [markdown]", *(f"# {line}".rstrip() for line in text.split("\n"))]))
        else:
            parts.append(f"# %%\n{text}")
    return "\n\n".join(parts) + "\n"


def write_files(folder: Path) -> None:
    """Write what each lesson's page offers to download: the notebook, the notebook without outputs, the Python file."""
    folder.mkdir(parents=True)
    for path in notebooks():
        lesson = read(path)
        for name, text in {
            path.name: text_of(alone(lesson, outputs=True)),
            f"{path.stem}_without_outputs.ipynb": text_of(alone(lesson, outputs=False)),
            f"{path.stem}.py": script(lesson),
        }.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")


def lesson_page(lesson: dict, name: str, pictures: Path) -> str:
    """Return a lesson's page in Markdown, and write its pictures into a folder beside the page."""
    parts = []
    for number, cell in enumerate(lesson["cells"]):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = relinked(text, lambda link: _on_site(link, "notebooks", "../")).replace(opening(name), "").strip()
            parts.append(text)
        elif not is_check(cell):
            parts.append(_block("python", "given", text))
            for place, output in enumerate(cell["outputs"]):
                parts.append(_output(output, text, pictures / f"{name}_{number}_{place}.png"))
    title, _, rest = parts[0].partition("\n")
    files = {"notebook": f"{name}.ipynb", "without outputs": f"{name}_without_outputs.ipynb", "Python": f"{name}.py"}
    links = ", ".join(f'<a href="../downloads/{file}" download>{label}</a>' for label, file in files.items())
    head = f"[Open in Colab]({address(name)}) · Download: {links}"
    return "\n\n".join([title, head, NOTE, rest.strip(), *parts[1:]]) + "\n"


def alternative(output: dict, source: str) -> str:
    """Return the sentence for a picture: an explorer's own, or the first of the plotting function's docstring.

    Raises
    ------
    LookupError
        If there is neither.
    """
    said = " ".join("".join(output["data"]["text/plain"]).split())
    if not said.startswith("<"):
        return said
    functions = re.findall(r"\bplot_\w+(?=\()", source)
    if not functions:
        raise LookupError(
            f"a picture has no sentence: expected one in text/plain, or a call of plot_..., in:\n{source}"
        )
    task = ast.get_docstring(definition(functions[-1])).partition("\n\n")[0]
    return f"The figure of {functions[-1]}: {task}".replace("\n", " ").replace("`", "")


def glossary(lesson: dict) -> str:
    """Return the page of terms, from the table in lesson 10."""
    (text,) = ("".join(cell["source"]) for cell in lesson["cells"] if "Glossary\n" in "".join(cell["source"]))
    rows = re.findall(r"^\| (.+?) \| (.+) \| \[(\d\d)\]\((.+?)\.ipynb\) \|$", text, re.MULTILINE)
    entries = [f"{term}\n  {meaning} [Lesson {number}](lessons/{name}.md)\n" for term, meaning, number, name in rows]
    head = "# Glossary\n\nEach word as this series uses it, and the lesson that introduces it.\n\n"
    return head + "\n".join(["```{glossary}\n", *entries, "```\n"])


def readme_pages() -> dict[str, str]:
    """Return README.md as pages: the front page, how to begin, and what contributors need."""
    text = relinked((ROOT / "README.md").read_text(encoding="utf-8"), lambda link: _on_site(link, ".", ""))
    head, *rest = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    sections = {section.splitlines()[0].removeprefix("## "): section for section in rest}
    front, contributing = sections.pop(FRONT), sections.pop(CONTRIBUTING)
    pages = {
        "index": head + front + contents(BAR, hidden=True),
        "start": "# Begin\n\n" + "".join(sections.values()),
        "contributing": re.sub(r"^##(#*) ", r"#\1 ", contributing, flags=re.MULTILINE),
    }
    return {name: _between_sections(text, name, pages) for name, text in pages.items()}


def contents(names: Sequence[str], *, hidden: bool = False) -> str:
    """Return a list of pages: the site's bar and sidebar show it, and the page too where it is not hidden."""
    return "\n".join(["```{toctree}", ":hidden:" if hidden else ":maxdepth: 1", "", *names, "```", ""])


def rooms() -> dict[str, str]:
    """Return the pages that hold other pages together: the lessons, and what is looked up."""
    lessons = contents([path.stem for path in notebooks()])
    looked_up = contents(
        ["api", *(f"docs/{path.stem}" for path in documents() if path.stem != "teaching"), "contributing"]
    )
    return {
        "lessons/index": f"# Lessons\n\n[The front page](../index.md#the-lessons) says what each is about.\n\n{lessons}",
        "reference": f"# Reference\n\n{looked_up}",
    }


def write_pages(folder: Path) -> None:
    """Write all pages but that of the public names, and their pictures."""
    (folder / "lessons" / "pictures").mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "images", folder / "docs" / "images")
    pages = {**readme_pages(), **rooms(), "glossary": glossary(read(ROOT / "notebooks" / "10_conclusion.ipynb"))}
    for path in documents():
        text = path.read_text(encoding="utf-8")
        pages[f"docs/{path.stem}"] = relinked(text, lambda link: _on_site(link, "docs", "../"))
    for path in notebooks():
        pages[f"lessons/{path.stem}"] = lesson_page(read(path), path.stem, folder / "lessons" / "pictures")
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")


def explorers() -> dict[str, str]:
    """Return every explorer, with the module from which the first lesson that uses it takes it."""
    found = {}
    for path in notebooks():
        folder = path.stem.lstrip("0123456789_")
        face = (PACKAGE / "lessons" / folder / "__init__.py").read_text(encoding="utf-8")
        for name in re.findall(r"\bexplore_\w+", face):
            found.setdefault(name, f"mlp_tutorial.lessons.{folder}")
    return found


def broken_links(site: Path) -> list[str]:
    """Return what is wrong with the links of a built site: those that lead nowhere, and what a page loads from elsewhere."""
    paths = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]  # there lie the theme's own
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in paths}
    problems = []
    for path, found in pages.items():
        for tag, link in found.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if tag != "a" and parts.scheme != "data":
                    problems.append(f"{path.relative_to(site)} loads {link}")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].anchors):
                problems.append(f"{path.relative_to(site)} links to {link}, which is not there")
    return problems


class Links(HTMLParser):
    """The anchors of a page, and its links with the tags that hold them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.anchors.add(attributes.get("id"))
        if attributes.get("rel") not in ("canonical", "prev", "next"):
            self.links += [(tag, attributes[name]) for name in ("href", "src") if attributes.get(name)]


def anchors(text: str) -> set[str]:
    """Return the anchors of a markdown file's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.casefold())
        found.add(words.replace(" ", "-"))
    return found


def main() -> None:
    """Write the pages, let Sphinx build the site, and look for links that lead nowhere."""
    for folder in (PAGES, FILES, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    write_pages(PAGES)
    (PAGES / "api.rst").write_text(public_names(explorers()), encoding="utf-8", newline="\n")
    write_files(FILES / "downloads")
    build = ["-W", "--keep-going", "-q", "-c", SETTINGS, "-d", ROOT / "build" / "site_cache", PAGES, SITE]
    if subprocess.run([sys.executable, "-m", "sphinx", *build], cwd=ROOT, check=False).returncode:
        sys.exit("The site was not built: see above.")
    if problems := broken_links(SITE):
        sys.exit("\n".join(problems))
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) / 1e6
    num_pages = len(list(SITE.rglob("*.html")))
    print(f"{SITE.relative_to(ROOT)}: {num_pages} pages, {size:.0f} MB; open {SITE / 'index.html'}")


def _block(language: str, kind: str, text: str) -> str:
    """Return a block of code or of printed text, in a fence longer than any in the text."""
    return f"``````{{code-block}} {language}\n:class: {kind}\n\n{text.rstrip()}\n``````"


def _output(output: dict, source: str, picture: Path) -> str:
    """Return what a cell left behind, in Markdown; a picture is written into a file."""
    if output["output_type"] == "stream":
        return _block("text", "printed", "".join(output["text"]))
    if output["output_type"] == "error":
        return _block("text", "printed", ANSI.sub("", "\n".join(output["traceback"])))
    if "image/png" not in output["data"]:
        return _block("text", "printed", "".join(output["data"]["text/plain"]))
    picture.write_bytes(base64.b64decode(output["data"]["image/png"]))
    said = json.dumps(alternative(output, source), ensure_ascii=False)
    return f"```{{image}} pictures/{picture.name}\n:alt: {said}\n```"


def _in_repository(link: str, folder: str) -> str:
    """Return a link out of a file in a folder as a path from the top of the repository."""
    return posixpath.normpath(posixpath.join(folder, link))


def _on_site(link: str, folder: str, up: str) -> str:
    """Return where a link leads on the site, from a page whose way to the top is `up`: a page, or the repository."""
    path, _, anchor = _in_repository(link, folder).partition("#")
    if path == "README.md":
        target = "index.md"
    elif match := re.fullmatch(r"notebooks/(\w+)\.ipynb", path):
        target = f"lessons/{match[1]}.md"
    elif re.fullmatch(r"docs/\w+\.md", path):
        target = path
    else:
        return page(_in_repository(link, folder))
    return up + target + (anchor and f"#{anchor}")


def _between_sections(text: str, name: str, pages: dict[str, str]) -> str:
    """Return a page of README.md in which links to its sections lead to the page where each now stands."""
    home = {anchor: other for other, content in pages.items() for anchor in anchors(content)}

    def moved(match: re.Match) -> str:
        return match[0] if home.get(match[1], name) == name else f"]({home[match[1]]}.md#{match[1]})"

    return re.sub(r"\]\(#([\w-]+)\)", moved, text)


if __name__ == "__main__":
    main()
