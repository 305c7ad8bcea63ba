"""A run as a plain PyTorch program: its parts, and how a learner's own function or class is written in it."""

from __future__ import annotations

import ast
import builtins
import inspect
import symtable
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from types import ModuleType
from typing import NamedTuple

import torch
from torch import nn

from .model import ACTIVATIONS

#: How each activation function is written in plain PyTorch: as a layer, and applied to a value.
ACTIVATION_CODE = {
    "relu": ("nn.ReLU()", "torch.relu({})"),
    "leaky_relu": ("nn.LeakyReLU()", "nn.functional.leaky_relu({})"),
    "elu": ("nn.ELU()", "nn.functional.elu({})"),
    "sigmoid": ("nn.Sigmoid()", "torch.sigmoid({})"),
    "tanh": ("nn.Tanh()", "torch.tanh({})"),
    "gelu": ("nn.GELU()", "nn.functional.gelu({})"),
    "silu": ("nn.SiLU()", "nn.functional.silu({})"),
    "identity": ("nn.Identity()", "{}"),
}
#: The parts that differ in nothing but a few words from run to run.
FULL_BATCH_LOOP = """\
for epoch in range({num_epochs}):{change}
    loss = criterion(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    training_loss = loss.item()"""
MINI_BATCH_LOOP = """\
shuffle = torch.Generator().manual_seed({seed})
for epoch in range({num_epochs}):{change}
    total_loss = 0.0
    for batch in torch.randperm(len(X), generator=shuffle).split({batch_size}):
        loss = criterion(model(X[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss += loss.item() * len(batch)
    training_loss = total_loss / len(X)"""
#: Stands in a loop where the learning rate changes during the run.
RATE_CHANGE = """
    if epoch in rates:
        optimizer.param_groups[0]["lr"] = rates[epoch]"""
REPORT = """\
model.eval()
with torch.no_grad():
    outputs = model(dataset.X_validation)
    validation_loss = criterion(outputs, dataset.y_validation).item()
print(f"training loss {training_loss:.6f}, validation loss {validation_loss:.6f}")"""


class Code(NamedTuple):
    """How something is written in a program, and what the program needs for it."""

    expression: str  # what stands where it is used
    source: str = ""  # its definition
    imports: tuple[str, ...] = ()  # lines that import what the definition uses
    before: tuple[str, ...] = ()  # what the program cannot define: names, each with a word on what they stand for
    is_layer: bool = False  # whether it can stand in an `nn.Sequential`


class Program(NamedTuple):
    """A plain PyTorch program in parts; who needs another part replaces it by `_replace`.

    Examples
    --------
    >>> print(Program(model="model = nn.Linear(2, 1)", report="print(model)").repeated("for run in range(2):").text())
    import torch
    from torch import nn
    <BLANKLINE>
    for run in range(2):
        model = nn.Linear(2, 1)
    <BLANKLINE>
        print(model)
    <BLANKLINE>
    """

    imports: tuple[str, ...] = ("import torch", "from torch import nn")  # one line each
    sources: tuple[Code, ...] = ()  # what the other parts use: definitions, imports, and names to be defined before
    data: str = ""  # the lines of this part, as of those below
    model: str = ""
    criterion: str = ""
    optimizer: str = ""
    loop: str = ""
    report: str = ""

    def text(self) -> str:
        """Return the whole program; its first line says what has to be defined before it, if anything has."""
        before = dict.fromkeys(name for code in self.sources for name in code.before)
        imports = dict.fromkeys([*self.imports, *(line for code in self.sources for line in code.imports)])
        definitions = dict.fromkeys(code.source for code in self.sources if code.source)
        first = f"# Define these names first: {', '.join(before)}.\n" if before else ""
        parts = ["\n".join(imports), *definitions, _joined("\n\n", self.data, self._run())]
        return first + _joined("\n\n\n" if definitions else "\n\n", *parts) + "\n"

    def repeated(self, *loops: str) -> Program:
        """Return the program with all that comes after the data in loops; `loops` are their first lines, outermost first."""
        body = self._run()
        for head in reversed(loops):
            body = f"{head}\n{textwrap.indent(body, '    ')}"
        return Program(self.imports, self.sources, self.data, loop=body)

    def _run(self) -> str:
        return _joined("\n\n", _joined("\n", self.model, self.criterion, self.optimizer), self.loop, self.report)


def _joined(gap: str, *parts: str) -> str:
    return gap.join(part for part in parts if part)


def network(input_size: int, hidden_sizes: Sequence[int], output_size: int, activation: Code) -> Code:
    """Return how a multilayer perceptron is built: of PyTorch's layers, or by the package's class if that is the only way.

    Examples
    --------
    >>> network(2, [8], 3, Code("torch.sin")).expression
    'NeuralNetworkModel(2, [8], 3, activation=torch.sin)'
    """
    if not activation.is_layer:
        sizes = f"{input_size}, {list(hidden_sizes)}, {output_size}"
        return activation._replace(
            expression=f"NeuralNetworkModel({sizes}, activation={activation.expression})",
            imports=("from mlp_tutorial import NeuralNetworkModel", *activation.imports),
        )
    *widths, last = input_size, *hidden_sizes
    hidden = [f"    nn.Linear({a}, {b}), {activation.expression}," for a, b in pairwise([*widths, last])]
    lines = ["nn.Sequential(", *hidden, f"    nn.Linear({last}, {output_size}),", ")"]
    return activation._replace(expression="\n".join(lines))


def code_of(item: object, name: str) -> Code:
    """Return how an activation, a loss, a class or another function is written in a program.

    What has no name of its own there, such as a lambda, is called by the `name`.

    Examples
    --------
    >>> [code_of(item, "own").expression for item in ("tanh", torch.sin, nn.LeakyReLU(0.2), nn.HuberLoss(delta=0.5))]
    ['nn.Tanh()', 'torch.sin', 'nn.LeakyReLU(negative_slope=0.2)', 'nn.HuberLoss(delta=0.5)']
    >>> code_of(lambda z: z.clamp(0, 1), "own").source
    'own = lambda z: z.clamp(0, 1)'
    """
    for known, function in ACTIVATIONS.items():
        if item is function or item == known:
            return Code(ACTIVATION_CODE[known][0], is_layer=True)
    if type(item).__module__.startswith("torch.nn.modules.") and not [*item.parameters(), *item.children()]:
        return Code(f"nn.{type(item).__name__}({', '.join(_options(item))})", is_layer=True)
    called = item.__name__ if inspect.isroutine(item) or inspect.isclass(item) else ""
    for place in (torch, nn.functional, torch.optim):
        if called and getattr(place, called, None) is item:
            return Code(f"{place.__name__}.{called}")
    if own := _own_code(item, name):
        return own
    if called.isidentifier() and "<locals>" not in item.__qualname__:
        return Code(called, before=(f"{called} (your own)",))
    return Code(name, before=(f"{name} (your {called.strip('<>') or type(item).__name__})",))


def _options(module: nn.Module) -> Iterator[str]:
    """Yield the options in which one of PyTorch's modules differs from its defaults: a loss's `repr` leaves them out."""
    for name, parameter in inspect.signature(type(module)).parameters.items():
        value = getattr(module, name, parameter.default)
        if isinstance(value, torch.Tensor):
            yield f"{name}=torch.tensor({value.tolist()})"
        elif value != parameter.default:
            yield f"{name}={value!r}"


def _own_code(item: object, name: str) -> Code | None:
    """Return a learner's function or class with its source; None where it has none that can stand alone."""
    functions = [item, *vars(item).values()] if inspect.isclass(item) else [item]
    functions = [function for function in functions if inspect.isfunction(function)]
    closed_over = {variable for function in functions for variable in function.__code__.co_freevars}
    if not functions or closed_over - {"__class__"}:
        return None
    called = name if item.__name__ == "<lambda>" else item.__name__
    try:
        source = _source(item, functions[0])
    except (OSError, ValueError):
        return None  # of what `exec` was given none is kept, and two lambdas in a line are not told apart
    source = textwrap.dedent(source).rstrip() if called == item.__name__ else f"{name} = {source}"
    known, values = functions[0].__globals__, []
    imports, before = [], []
    for read in sorted(_names_read(source) & known.keys() - {called, *vars(builtins)}):
        if line := _import_of(read, known[read], functions[0].__module__):
            imports.append(line)
        elif isinstance(known[read], (bool, int, float, str)):
            values.append(f"{read} = {known[read]!r}")
        else:
            before.append(f"{read} (for {called})")
    return Code(called, _joined("\n\n\n", "\n".join(values), source), tuple(imports), tuple(before))


def _source(item: Callable, function: Callable) -> str:
    """Return the source of a function, or of the class that a function belongs to.

    `inspect` knows no class that was defined in a notebook, and of a lambda it returns the whole statement.
    """
    if item is function and item.__name__ != "<lambda>":
        return inspect.getsource(item)
    whole, line = "".join(inspect.findsource(function)[0]), function.__code__.co_firstlineno
    nodes = list(ast.walk(ast.parse(whole)))
    if item is function:
        (found,) = (node for node in nodes if isinstance(node, ast.Lambda) and node.lineno == line)
        return ast.unparse(found)
    classes = (node for node in nodes if isinstance(node, ast.ClassDef) and node.name == item.__name__)
    (found,) = (node for node in classes if node.lineno <= line <= node.end_lineno)
    return ast.get_source_segment(whole, found, padded=True)


def _names_read(source: str) -> set[str]:
    """Return the global names that a piece of code reads."""
    tables, names = [symtable.symtable(source, "own", "exec")], set()
    for table in tables:
        tables += table.get_children()
        names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced() and symbol.is_global()}
    return names


def _import_of(name: str, value: object, home: str) -> str:
    """Return the line that imports a value, or nothing where it was defined beside its user."""
    if isinstance(value, ModuleType):
        parent, _, last = value.__name__.rpartition(".")
        if last != name:
            return f"import {value.__name__} as {name}"
        return f"from {parent} import {name}" if parent else f"import {name}"
    for module in (__package__, getattr(value, "__module__", None)):
        if module not in (home, None) and getattr(sys.modules.get(module), name, None) is value:
            return f"from {module} import {name}"
    return ""
