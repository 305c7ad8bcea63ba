"""Copy the lessons into a folder to work in, and open it in JupyterLab.

    python -m mlp_tutorial.lessons               into the folder that MLP_LESSONS names, else my_lessons
    python -m mlp_tutorial.lessons FOLDER        into another folder
    python -m mlp_tutorial.lessons --copy-only   open nothing

What stands behind `--` goes to JupyterLab: python -m mlp_tutorial.lessons -- --no-browser
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from mlp_tutorial.lessons.copies import LESSONS, ROOT, make_copies

IN_CHECKOUT = LESSONS == ROOT / "notebooks"
FOLDER = "my_lessons"


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, copy, and open."""
    arguments = sys.argv[1:] if arguments is None else arguments
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(
        prog="python -m mlp_tutorial.lessons", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", default=os.environ.get("MLP_LESSONS"), metavar="FOLDER")
    parser.add_argument("--copy-only", action="store_true", help="copy the lessons and open nothing")
    options = parser.parse_args(arguments[:cut])
    if LESSONS is None:
        parser.error("the package came without its lessons, as on Colab: README.md says where they are.")
    folder = prepared(Path(options.folder).expanduser() if options.folder else None)
    if not options.copy_only:
        open_lab(folder.resolve(), arguments[cut + 1 :])


def prepared(folder: Path | None) -> Path:
    """Fill the folder, or the usual one, with copies and say so; return where they are.

    A shared installation can be read only: without a name the copies then go to the learner's home.
    """
    usual = (ROOT if IN_CHECKOUT else Path.cwd()) / FOLDER
    if folder is not None and folder.resolve() == LESSONS.resolve():
        print(f"These are the originals, in {folder}: to edit them, see README.md. Without a name, you get copies.")
        return folder
    tried = [folder] if folder else [usual, Path.home() / FOLDER]
    for place in tried:
        try:
            said = make_copies(place)
        except OSError as error:
            print(f"The lessons cannot be copied into {place}: {error.strerror}.")
            continue
        print("\n".join(said or [f"Your lessons are in {place}."]), flush=True)
        return place
    sys.exit("Name a folder that you can write: MLP_LESSONS=FOLDER before the command, or FOLDER behind it.")


def open_lab(folder: Path, options: list[str]) -> None:
    """Open a folder in JupyterLab, with options of JupyterLab's own."""
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        lab = [need.partition(";")[0].strip() for need in metadata.requires("mlp_tutorial") if 'extra == "lab"' in need]
        needs = " ".join(f'"{need}"' for need in lab)
        sys.exit(f"JupyterLab, which opens them, is not installed here: {sys.executable} -m pip install {needs}")
    # In a checkout the server's root is its folder, so that README.md and the originals can be seen too.
    root = ROOT if IN_CHECKOUT and folder.is_relative_to(ROOT) else folder
    place = "" if folder == root else f"/tree/{quote(folder.relative_to(root).as_posix())}"
    usual = [
        "--ip=127.0.0.1",  # loopback only, and Jupyter's token guards it; so root, in a container say, may run it too
        "--allow-root",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.jpserver_extensions={'voila.server_extension': False}",  # the wall alone needs it
        f"--LabApp.default_url=/lab{place}",
        # It would greet every learner with questions about its news, and show pages of text as their source.
        f"--LabApp.app_settings_dir={Path(__file__).resolve().parent / 'lab_settings'}",
    ]
    LabApp.launch_instance([*usual, *options])


if __name__ == "__main__":
    main()
