"""The cells of a notebook, and which names their code needs and gives values. Nothing is run here."""

from __future__ import annotations

import ast
import builtins
import functools
import re
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


def binding_of(name: str) -> str:
    """Return the pattern of a line that gives a name a value."""
    return rf"^(?:(?:async )?def|class) {name}\b|^{name}\s*(?::[^=\n]*)?=[^=]"


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell of a notebook; `tree` is its code, None where it cannot be read, with `error` saying why."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()
    id: str = ""
    outputs: tuple[dict, ...] = ()

    @functools.cached_property
    def _parsed(self) -> tuple[ast.Module | None, str]:
        """The code without notebook magic, and its text; without code, why Python cannot read it."""
        magic = re.compile(r"^(\s*)(?:(?:[\w, ]+=\s*)?[%!].*|[\w.]+\?+\s*|\?+[\w.]+\s*)$", re.MULTILINE)
        first = None
        for text in (self.source, magic.sub(r"\1pass", self.source)):
            try:
                symtable.symtable(text, "cell", "exec")  # it finds errors that the parser lets pass
                return ast.parse(text), text
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                first = first or error
        line = f" in the line `{first.text.strip()}`" if getattr(first, "text", None) else ""
        return None, f"Python cannot read this cell{line}: {getattr(first, 'msg', first)}."

    @property
    def tree(self) -> ast.Module | None:
        return self._parsed[0]

    @property
    def error(self) -> str:
        return "" if self.tree else self._parsed[1]

    def text(self, node: ast.stmt) -> str:
        """Return a statement as the learner wrote it."""
        decorators = getattr(node, "decorator_list", [])
        if decorators:
            return "\n".join(self._parsed[1].splitlines()[decorators[0].lineno - 1 : node.end_lineno])
        return ast.get_source_segment(self._parsed[1], node)

    def binds(self, name: str) -> bool:
        """Return whether the cell's own lines give a name a value."""
        if self.tree is None:
            return re.search(binding_of(name), self.source, re.MULTILINE) is not None
        return any(name in bound(node) for node in self.tree.body)

    def defines(self, name: str) -> bool:
        """Return whether a line of its own makes a name anew, as an answer does and a loop or an import does not."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
        if self.tree is None:
            return self.binds(name)
        return any(isinstance(node, kinds) and name in bound(node) for node in self.tree.body)

    def same_code(self, source: str) -> bool:
        """Return whether a piece of code is the same but for comments and spaces."""
        return self.tree is not None and ast.dump(self.tree) == ast.dump(ast.parse(source))


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a notebook."""

    all: tuple[Cell, ...] = field(default=())

    @classmethod
    def of(cls, notebook: dict) -> Cells:
        cells = []
        for cell in notebook["cells"]:
            about = cell.get("metadata") or {}
            source, outputs = "".join(cell.get("source", "")), tuple(cell.get("outputs") or ())
            cells.append(
                Cell(cell["cell_type"], source, tuple(about.get("tags") or ()), str(cell.get("id", "")), outputs)
            )
        return cls(tuple(cells))

    def with_code(self) -> Iterator[tuple[int, Cell]]:
        """Yield the cells of code, and exercises that were made cells of text, with their positions."""
        for i, cell in enumerate(self.all):
            if cell.kind == "code" or "exercise" in cell.tags:
                yield i, cell

    def binding(self, name: str, before: int, stubs: Sequence[str]) -> int | None:
        """Return the position of the cell that defines a name for a cell further down: the last one above, or the last."""
        places = [i for i, cell in self.with_code() if cell.tree and cell.binds(name)]
        filled = [i for i in places if not any(self.all[i].same_code(stub) for stub in stubs)] or places
        above = [i for i in filled if i < before]
        return (above or filled or [None])[-1]


def bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives a value, or changes what they stand for: `faults["A"] = 1` changes faults."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    names = set()
    if isinstance(statement, ast.Expr):
        call = statement.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            names.update(_root(call.func))
    for node in ast.iter_child_nodes(statement):
        if isinstance(node, ast.stmt):
            names |= bound(node)
        elif isinstance(node, (ast.ExceptHandler, ast.match_case)):
            names.update(name for inner in node.body for name in bound(inner))
        else:
            for part in ast.walk(node):
                if isinstance(getattr(part, "ctx", None), ast.Store):
                    names.update(_root(part))
    return names


def _root(node: ast.expr) -> set[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def used(code: str) -> set[str]:
    """Return the names that a piece of code takes from around it, builtins apart."""
    names = set()

    def collect(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
                names.add(symbol.get_name())
        for child in table.get_children():
            collect(child)

    collect(symtable.symtable(code, "answer", "exec"))
    return names - set(vars(builtins))
