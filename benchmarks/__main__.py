"""Measure, and print a table for each group of rows as soon as it is measured.

python -m benchmarks                       every group
python -m benchmarks training pictures     some groups
python -m benchmarks --write               the same; each table takes the place of its older one in benchmarks/RESULTS.md
python -m benchmarks diagnosis --write     that group's table is docs/diagnosis.md
python -m benchmarks seats --seats 1,30    a class of so many; with --write its table in docs/server.md too
python -m benchmarks --install-peers       make the environment of the peers, once
python -m benchmarks --install-hub         make the environment of JupyterHub, once
"""

import argparse
import re
import sys
from functools import partial
from pathlib import Path

from . import diagnosis, explorers, liveness, peers, playground, seats, training, weight
from .seats import hub
from .table import as_markdown, circumstances, load_of_machine

GROUPS = {
    "training": training.loops,
    "sweeps": training.sweeps,
    "peers": peers.rows,
    "pictures": liveness.pictures,
    "running": liveness.running,
    "explorers": explorers.rows,
    "playground": playground.rows,
    "endurance": liveness.endurance,
    "weight": weight.rows,
    "suite": weight.suite,
    "seats": seats.rows,
    "diagnosis": diagnosis.rows,
}
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Read the command line, measure, print, and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)}; none: all")
    parser.add_argument("--write", action="store_true", help=f"store each table in {RESULTS.name}")
    parser.add_argument("--install-peers", action="store_true", help="make the environment of the peers")
    parser.add_argument("--install-hub", action="store_true", help="make the environment of JupyterHub")
    numbers = ",".join(map(str, seats.SEATS))
    parser.add_argument("--seats", default=numbers, metavar="N,N,…", help=f"how many learners; by default {numbers}")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", options.seats):
        parser.error(f"--seats takes whole numbers with commas between them, such as 1,20; it is {options.seats!r}")
    if options.install_peers or options.install_hub:
        peers.install() if options.install_peers else hub.install()
        return
    measure = {
        **GROUPS,
        "seats": partial(seats.rows, [int(number) for number in options.seats.split(",")], options.write),
    }
    for name in options.groups or GROUPS:
        print(f"measuring: {name} …", file=sys.stderr)
        load = load_of_machine()
        table = f"{as_markdown([*measure[name]()])}\n\n{circumstances(load)}\n"
        print(f"## {name}\n\n{table}", flush=True)
        if options.write and name == "diagnosis":
            diagnosis.TABLE.write_text(f"{diagnosis.INTRODUCTION}\n\n{table}", encoding="utf-8")
        elif options.write:
            RESULTS.write_text(merged(RESULTS.read_text(encoding="utf-8"), name, table), encoding="utf-8")


def merged(results: str, name: str, table: str) -> str:
    """Return the stored results with the table of a group in the place of its older one, in the order of `GROUPS`."""
    title, *sections = re.split(r"^## ", results, flags=re.MULTILINE)
    stored = dict(section.split("\n", 1) for section in sections)
    stored = {**dict.fromkeys(GROUPS), **stored, name: f"\n{table}\n"}
    parts = [title, *(f"## {group}\n{text}" for group, text in stored.items() if text)]
    return "".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    main()
