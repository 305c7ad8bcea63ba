"""Environments in which the package cannot be imported, as on Google Colab."""

# Run by Python at its start, after the finders of editable installations are in place.
SITECUSTOMIZE = """
import importlib.util, pathlib, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
sys.path[:] = [p for p in sys.path if not p or not (pathlib.Path(p) / "mlp_tutorial" / "__init__.py").exists()]
"""


def hiding(folder):
    """Return the variables that hide the package from a Python started with them; `folder` is written into."""
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}
