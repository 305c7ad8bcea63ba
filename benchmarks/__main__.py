"""Measure, and print one table.

python -m benchmarks                       every row
python -m benchmarks training pictures     some groups of rows
python -m benchmarks --write               the same, and store the table in benchmarks/RESULTS.md
python -m benchmarks diagnosis --write     that group alone: its table is docs/diagnosis.md
python -m benchmarks --install-peers       make the environment of the peers, once
"""

import argparse
import os
import sys
from pathlib import Path

from . import diagnosis, explorers, liveness, peers, playground, training, weight
from .table import as_markdown, machine

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
    "diagnosis": diagnosis.rows,
}
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Read the command line, measure, print, and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)}; none: all")
    parser.add_argument("--write", action="store_true", help=f"store the table in {RESULTS.name}")
    parser.add_argument("--install-peers", action="store_true", help="make the environment of the peers")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if options.install_peers:
        peers.install()
        return
    rows, loads = [], []
    for name in options.groups or GROUPS:
        print(f"measuring: {name} …", file=sys.stderr)
        loads.append(os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0)
        rows += GROUPS[name]()
    conditions = f"{machine()} Load of the machine before each group: {', '.join(f'{load:.1f}' for load in loads)}."
    table = f"{as_markdown(rows)}\n\n{conditions}\n"
    print(table)
    if options.write:
        alone = options.groups == ["diagnosis"]
        title = diagnosis.INTRODUCTION if alone else "# Benchmarks\n\nWritten by `python -m benchmarks --write`."
        (diagnosis.TABLE if alone else RESULTS).write_text(f"{title}\n\n{table}", encoding="utf-8")


if __name__ == "__main__":
    main()
