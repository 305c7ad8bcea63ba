"""Open the lessons as slides in JupyterLab, with sliders that live: python -m tools.slides

The slides are copies in build/slides, without outputs. `make slides` also installs the extension that shows them, apart
from everything else, so that no learner's JupyterLab changes.
"""

import json
import os
import re
import sys

from mlp_tutorial.lessons.__main__ import open_lab
from mlp_tutorial.lessons.copies import LESSONS, ROOT, read, text_of, working_copy

EXTENSION = ROOT / ".venv-slides" / "share" / "jupyter"
THEMES = {"overrides": {"content-font-size1": "21px", "code-font-size": "19px"}}


def as_slides(lesson: dict) -> dict:
    """Return a copy of a lesson to be shown: a slide for each heading, below it one for each explorer and what follows."""
    copy, after_explorer = working_copy(lesson), False
    for cell in copy["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("#"):
            cell["metadata"]["slideshow"] = {"slide_type": "slide"}
        elif after_explorer or _shows_explorer(cell):
            cell["metadata"]["slideshow"] = {"slide_type": "subslide"}
        after_explorer = _shows_explorer(cell)
    return copy


def _shows_explorer(cell: dict) -> bool:
    return cell["cell_type"] == "code" and re.search(r"explore_\w+\(", "".join(cell["source"])) is not None


def main() -> None:
    """Write the slides, and open them."""
    folder, settings = ROOT / "build" / "slides", ROOT / "build" / "slides_settings"
    themes = settings / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    for path in (folder, themes.parent):
        path.mkdir(parents=True, exist_ok=True)
    for path in LESSONS.glob("*.ipynb"):
        (folder / path.name).write_text(text_of(as_slides(read(path))), encoding="utf-8")
    themes.write_text(json.dumps(THEMES), encoding="utf-8")
    os.environ["JUPYTERLAB_SETTINGS_DIR"] = str(settings)  # so the user's own stay as they are
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(EXTENSION), os.environ.get("JUPYTER_PATH")]))
    os.environ.setdefault("MLP_TUTORIAL_SCALE", "1.5")
    open_lab(folder, sys.argv[1:])


if __name__ == "__main__":
    main()
