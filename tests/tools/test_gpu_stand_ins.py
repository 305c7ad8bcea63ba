"""PyTorch's Linux build loads without its GPU libraries, once stand-ins lie beside it."""

import importlib.util
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
needs_compiler = pytest.mark.skipif(
    sys.platform != "linux" or not (shutil.which("gcc") and shutil.which("objdump")),
    reason="needs gcc and binutils on Linux",
)


@needs_compiler
def test_stand_ins_let_a_library_load_without_the_gpu_libraries(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "torch" / "lib"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    gpu, own = tmp_path / "libcublas.so.13", folder / "libtorch_cuda.so"
    (tmp_path / "gpu.c").write_text("int cublasCreate(void) { return 0; }\n")
    (tmp_path / "versions").write_text("libcublas.so.13 { cublasCreate; };\n")
    (tmp_path / "own.c").write_text("int cublasCreate(void);\nint (*create)(void) = cublasCreate;\n")
    gcc = ["gcc", "-w", "-shared", "-fPIC", "-o"]
    script = f"-Wl,-soname,{gpu.name},--version-script={tmp_path / 'versions'}"
    subprocess.run([*gcc, gpu, tmp_path / "gpu.c", script], check=True)
    subprocess.run([*gcc, own, tmp_path / "own.c", gpu, "-Wl,-rpath,$ORIGIN"], check=True)
    gpu.unlink()
    load = [sys.executable, "-c", f"import ctypes; print(ctypes.CDLL({str(own)!r}).cublasCreate())"]
    assert "libcublas.so.13: cannot open" in subprocess.run(load, check=False, capture_output=True, text=True).stderr
    spec = importlib.util.spec_from_file_location("gpu_stand_ins", ROOT / ".ci" / "gpu_stand_ins.py")
    gpu_stand_ins = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gpu_stand_ins)
    monkeypatch.setattr(
        gpu_stand_ins.importlib.util,
        "find_spec",
        lambda name: types.SimpleNamespace(origin=folder.parent / "__init__.py"),
    )
    assert gpu_stand_ins.main() == 0
    assert "1 stand-ins" in capsys.readouterr().out
    assert subprocess.run(load, check=True, capture_output=True, text=True).stdout == f"{gpu_stand_ins.NO_DEVICE}\n"
