"""The site's page of the package's public names and of its explorers, from their docstrings."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import mlp_tutorial

PACKAGE = Path(mlp_tutorial.__file__).parent
METHODS = ("classmethod", "staticmethod")


def definition(name: str) -> ast.FunctionDef | ast.ClassDef | str:
    """Return the function or class of the package that has a name; of a constant, the comment above it.

    Raises
    ------
    LookupError
        If there is not exactly one that says what it is.
    """
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if re.search(rf"^(def |class )?{name}\b", text, re.MULTILINE):
            found += re.findall(rf"^#: (.+)\n{name}\b", text, re.MULTILINE)
            found += [
                node for node in ast.parse(text).body if getattr(node, "name", "") == name and ast.get_docstring(node)
            ]
    if len(found) != 1:
        raise LookupError(f"expected one docstring, or one comment `#:`, that says what {name} is; found {len(found)}.")
    return found[0]


def public_names(explorers: dict[str, str]) -> str:
    """Return the page in reStructuredText; `explorers` are their names, and the module of each."""
    parts = [
        "The package's names\n===================\n\nWhat ``from mlp_tutorial import …`` knows, then the explorers, "
        "each from its lesson.\n"
    ]
    parts += [_described(name, "mlp_tutorial") for name in mlp_tutorial.__all__]
    parts.append("The explorers\n-------------\n")
    parts += [_described(name, module) for name, module in explorers.items()]
    return "\n".join(parts)


def _described(name: str, module: str) -> str:
    """Return the description of a public name in reStructuredText: how it is called, and its docstring."""
    node = definition(name)
    place = f".. py:currentmodule:: {module}\n\n"
    if isinstance(node, str):
        return f"{place}.. py:data:: {name}\n\n   {node}\n"
    if isinstance(node, ast.FunctionDef):
        return place + _directive("function", name, node)
    methods = [method for method in node.body if isinstance(method, ast.FunctionDef)]
    called = next((_parameters(method) for method in methods if method.name == "__init__"), "")
    lines = [f".. py:class:: {name}{called}\n", textwrap.indent(_plain(node), "   ")]
    for method in methods:
        if not method.name.startswith("_") and ast.get_docstring(method):
            kind = "property" if "property" in map(ast.unparse, method.decorator_list) else "method"
            lines.append(textwrap.indent(_directive(kind, method.name, method), "   "))
    return place + "\n".join(lines)


def _directive(kind: str, name: str, node: ast.FunctionDef) -> str:
    called = "" if kind == "property" else _parameters(node)
    options = [f"   :{mark}:\n" for one in node.decorator_list if (mark := ast.unparse(one)) in METHODS]
    return f".. py:{kind}:: {name}{called}\n" + "".join(options) + "\n" + textwrap.indent(_plain(node), "   ")


def _parameters(node: ast.FunctionDef) -> str:
    """Return the parameters of a function, without `self`, and what it returns."""
    given = re.sub(r"^(self|cls)(, |$)", "", ast.unparse(node.args))
    return f"({given})" + (f" -> {ast.unparse(node.returns)}" if node.returns and node.name != "__init__" else "")


def _plain(node: ast.FunctionDef | ast.ClassDef) -> str:
    """Return a docstring, written for numpydoc, in plain reStructuredText."""
    from sphinx.ext.napoleon import Config, NumpyDocstring  # the rest of this file needs Python alone

    settings = Config(napoleon_custom_sections=[("Attributes", "params_style")])  # a line may name several of them
    return f"{NumpyDocstring(ast.get_docstring(node), settings)}\n"
