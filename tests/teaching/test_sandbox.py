"""The processes in which answers run."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

from mlp_tutorial.teaching.sandbox import Limits, _Running


def test_a_process_that_computes_on_a_busy_machine_is_told_from_one_that_waits():
    is_linux = Path("/proc/self/stat").exists()
    one, limits = _Running(None, SimpleNamespace(pid=os.getpid()), "", 0.0), Limits(seconds=1.0)
    assert one.has_computed(limits) is is_linux  # Python has started, and torch is loaded
    assert not one.has_computed(limits)
    until = time.process_time() + 0.15
    while time.process_time() < until:
        pass
    assert one.has_computed(limits) is is_linux
