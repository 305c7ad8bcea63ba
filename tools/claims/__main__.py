"""The command `python -m tools.claims`."""

from __future__ import annotations

import argparse
import sys
import time

import torch

from tools import claims
from tools.claims import CLAIMS, problems


def main(arguments: list[str] | None = None) -> int:
    """Hold up the claims named in `arguments`; return the exit status."""
    parser = argparse.ArgumentParser(description=claims.__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="two digits; none: all lessons")
    parser.add_argument("--fast", action="store_true", help="leave out what takes more than a second")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    failed = 0
    for found in sorted(CLAIMS, key=lambda found: found.lesson):
        if (found.slow and options.fast) or (options.lessons and found.lesson not in options.lessons):
            continue
        start = time.perf_counter()
        sentences = problems(found)
        failed += bool(sentences)
        print(f"{found.lesson} {found.phrase!r}: {time.perf_counter() - start:.1f} s", *sentences, sep="\n   ")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
