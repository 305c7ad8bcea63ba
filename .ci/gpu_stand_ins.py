"""Let PyPI's Linux build of PyTorch run without the gigabytes of GPU libraries that it is linked with.

python .ci/gpu_stand_ins.py     in an environment where torch was installed with `pip install --no-deps`

Where only PyPI can be reached, that build is the only one for Linux. Its computations on the processor call none of those
libraries, but the dynamic loader wants to find them. So an empty library of each name is put beside torch's own; each
function in it answers "no device". The environment can then test what runs on the processor, and nothing else. Needs gcc
and binutils.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

GPU_LIBRARY = re.compile(r"lib(?:cu|nccl|nv)\w*\.so")
DRIVER = "libcuda.so.1"  # torch looks for it while it runs, and does without
NO_DEVICE = 100  # CUDA's cudaErrorNoDevice


def needed_libraries(objects: list[Path]) -> dict[str, dict[str, set[str]]]:
    """Return the GPU libraries that some shared objects are linked with, each with its functions by symbol version."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    unversioned = set()
    for path in objects:
        dump = _output("objdump", "-p", path)
        for name in re.findall(r"NEEDED\s+(\S+)", dump):
            if GPU_LIBRARY.match(name) and name != DRIVER:
                found[name][""] |= set()
        versions = {
            version: library
            for library, block in re.findall(r"required from (\S+):\n((?:\s+0x.*\n)+)", dump)
            for version in re.findall(r"(\S+)$", block, re.MULTILINE)
        }
        for line in _output("nm", "--dynamic", "--undefined-only", path).splitlines():
            symbol, _, version = line.split()[-1].partition("@")
            version = version.lstrip("@")
            if versions.get(version) in found:
                found[versions[version]][version].add(symbol)
            elif not version and re.match(r"(?:cu|nccl|nvshmem|nvrtc)[A-Za-z]", symbol):
                unversioned.add(symbol)
    for functions in found.values():
        if set(functions) == {""}:
            functions[""] = unversioned  # the loader looks into all of them
    return found


def write_stand_in(path: Path, functions: dict[str, set[str]]) -> None:
    """Compile a library whose functions all answer that there is no device."""
    names = sorted(set().union(*functions.values()))
    with tempfile.TemporaryDirectory() as folder:
        source, script = Path(folder) / "stand_in.c", Path(folder) / "versions"
        source.write_text("".join(f"int {name}(void) {{ return {NO_DEVICE}; }}\n" for name in names) or "int none;")
        nodes = [f"{version} {{ {'; '.join(sorted(some))}; }};" for version, some in functions.items() if version]
        script.write_text("\n".join(nodes))
        versioned = [f"-Wl,--version-script={script}"] if nodes else []
        command = ["gcc", "-w", "-shared", "-fPIC", "-fno-builtin", source, "-o", path, f"-Wl,-soname,{path.name}"]
        subprocess.run([*command, *versioned], check=True)


def main() -> int:
    """Put the stand-ins beside the libraries of this environment's torch."""
    spec = importlib.util.find_spec("torch")
    if spec is None:
        print("torch is not installed here", file=sys.stderr)
        return 1
    if sys.platform != "linux" or shutil.which("gcc") is None or shutil.which("objdump") is None:
        print("stand-ins are made on Linux, with gcc and binutils", file=sys.stderr)
        return 1
    folder = Path(spec.origin).parent / "lib"
    own = {path.name for path in folder.glob("lib*.so*")}
    wanted = needed_libraries([path for path in folder.glob("lib*.so") if GPU_LIBRARY.match(path.name) is None])
    missing = {name: functions for name, functions in wanted.items() if name not in own}
    for name, functions in missing.items():
        write_stand_in(folder / name, functions)
    print(f"{len(missing)} stand-ins for GPU libraries in {folder}" if missing else "nothing to stand in for")
    return 0


def _output(*command: object) -> str:
    return subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
