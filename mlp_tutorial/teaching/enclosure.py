"""What the process of an answer may not do: take too much, or reach beyond its folder. `docs/teaching.md` has the limits."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time

_LARGEST_FILE = 10_000_000
#: Python's audit events that reach beyond the process and the folder that is made for it.
_FORBIDDEN = (
    *("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.spawn", "os.posix_spawn", "os.startfile"),
    *("os.kill", "signal.pthread_kill", "resource.", "ftplib.", "http.client.", "smtplib.", "urllib.", "webbrowser."),
)
_CHANGES_FILES = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "os.chmod", "os.chown"),
    *("os.utime", "shutil.rmtree", "shutil.move"),
)


def limit(seconds: float, megabytes: int) -> None:
    """Bound this process's computing time, memory beyond what it has, and size of files, where the system knows how."""
    try:
        import resource
    except ImportError:
        return
    bounds = {"RLIMIT_CPU": math.ceil(time.process_time() + seconds), "RLIMIT_FSIZE": _LARGEST_FILE, "RLIMIT_CORE": 0}
    with contextlib.suppress(OSError), open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
        bounds["RLIMIT_AS"] = pages * resource.getpagesize() + megabytes * 10**6
    for name, bound in bounds.items():
        resource.setrlimit(getattr(resource, name), (bound, bound + (name == "RLIMIT_CPU")))


def enclose(folder: str) -> None:
    """Refuse, from now on, the network, other programs, and changes of files outside a folder."""

    def inside(path: object) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return isinstance(path, int)  # a file that is open already
        real = os.path.realpath(os.fsdecode(path))
        return real == os.devnull or real.startswith(folder + os.sep)

    def listen(event: str, arguments: tuple) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"{event} is not allowed while an answer is graded.")
        writes = event == "open" and (
            set(arguments[1] or "") & set("wax+") or (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        if writes or event.startswith(_CHANGES_FILES):
            paths = (
                arguments[:1] if writes else [path for path in arguments if isinstance(path, (str, bytes, os.PathLike))]
            )
            if all(map(inside, paths)):
                return
            raise PermissionError(
                f"{event}: no file outside the answer's own folder may be changed while it is graded."
            )

    sys.dont_write_bytecode = True
    sys.addaudithook(listen)
