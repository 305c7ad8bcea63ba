"""A run of the playground as a plain PyTorch program, and as the call that makes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.playground.input_features import COORDINATES, feature_code
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.lessons.shared.initialisation import program_lines
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.programs import Code, Program, code_of, network

_REPORT = """\
model.eval()
with torch.no_grad():
    training_loss = criterion(model(X), y).item()
    validation_loss = criterion(model(X_validation), y_validation).item()
print(f"training loss {training_loss:.6f}, validation loss {validation_loss:.6f}")"""


def program_of(run: PlaygroundRun) -> str:
    """Return the run as a plain PyTorch program: run alone, it ends at the same losses."""
    lines = [line for _, _, line in run.changes]
    needs_hooks = run.first_live.dropout > 0 or any(line.startswith(("dropout", "on[")) for line in lines)
    has_penalty = run.first_live.penalty != "none" or any(line.startswith("l1, l2") for line in lines)
    needs_linears = needs_hooks or has_penalty or any("linears[" in line for line in lines)
    needs_linears |= run.start.initialisation != "PyTorch's default" and run.weights is None
    data, features = _data_code(run)
    model = _model_code(run)
    criterion = code_of(run.criterion, "own_criterion")
    optimizers = [code_of(own, "own_optimizer") for own in run.optimizers if not isinstance(own, str)]
    model_lines = [f"torch.manual_seed({run.start.seed})", f"model = {model.expression}"]
    if needs_linears:
        model_lines.append("linears = [module for module in model.modules() if isinstance(module, nn.Linear)]")
    model_lines += _first_weights(run)
    if needs_hooks:
        model_lines += [
            "on = {layer: torch.ones(layer.in_features) for layer in linears}  # 0 for what is switched off",
            f"dropout = {run.first_live.dropout!r}",
            f"for layer in {_layers(run.later)}:",
            "    layer.register_forward_pre_hook(",
            "        lambda layer, given: nn.functional.dropout(given[0] * on[layer], dropout, layer.training)",
            "    )",
        ]
    return Program(
        sources=(data, model, criterion, *optimizers, *features),
        data=data.expression,
        model="\n".join(model_lines),
        criterion=f"criterion = {criterion.expression}",
        optimizer=f"optimizer = {run.first_live.optimizer_call()}",
        loop=_loop_code(run, has_penalty, needs_hooks),
        report=_REPORT,
    ).text()


def _data_code(run: PlaygroundRun) -> tuple[Code, tuple[Code, ...]]:
    if isinstance(run.start.dataset, Dataset):
        lines, imports, before = "", (), (f"dataset (your Dataset {run.dataset.name!r})",)
    else:
        options = "".join(f", {name}={value!r}" for name, value in run.start.options().items())
        lines = f"dataset = load_dataset({run.start.dataset!r}{options})\n"
        imports, before = ("from mlp_tutorial import load_dataset",), ()
    plain = run.dataset.input_size != 2 or run.start.features == COORDINATES
    parts = ("dataset.X_train", "dataset.X_validation")
    X, X_validation = parts if plain else (f"features({part})" for part in parts)
    lines += f"X, y = {X}, dataset.y_train\nX_validation, y_validation = {X_validation}, dataset.y_validation"
    features = () if plain else (Code("features", source=feature_code(run.start.features)),)
    return Code(lines, imports=imports, before=before), features


def _model_code(run: PlaygroundRun) -> Code:
    start = run.start
    if start.is_own_module:
        name = type(start.model).__name__
        return Code("copy.deepcopy(own_model)", imports=("import copy",), before=(f"own_model (your {name})",))
    sizes = len(start.input_names()), list(start.hidden_sizes), run.dataset.output_size
    if start.model is not NeuralNetworkModel:
        code = code_of(start.model, "own_model_class")
        return code._replace(expression=f"{code.expression}({', '.join(map(str, sizes))})")
    return network(*sizes, code_of(start.activation, "own_activation"))


def _layers(numbers: Sequence[int]) -> str:
    """Return some of the linear layers as a program writes them."""
    if list(numbers) == [*range(1, len(numbers) + 1)]:
        return "linears[1:]"
    return f"[{', '.join(f'linears[{number}]' for number in numbers)}]"


def _first_weights(run: PlaygroundRun) -> list[str]:
    if run.weights is not None:
        values = ",\n".join(f"    {_written(value)}" for value in run.weights.values())
        return [
            f"weights = [\n{values},\n]",
            "for parameter, values in zip(model.state_dict().values(), weights):",
            "    parameter.copy_(torch.tensor(values))",
        ]
    if run.start.draws_new_weights:
        return [
            "for module in model.modules():",
            '    if hasattr(module, "reset_parameters"):',
            "        module.reset_parameters()",
        ]
    lines = program_lines(run.start.initialisation)
    if run.start.initialisation == "zero":
        lines = ["nn.init.zeros_(layer.weight)", "nn.init.zeros_(layer.bias)"]
    if not lines or run.start.is_own_module:
        return []
    return ["for layer in linears:", *(f"    {line}" for line in lines)]


def _loop_code(run: PlaygroundRun, has_penalty: bool, has_dropout: bool) -> str:
    first = run.first_live
    sizes = [
        f"batch_size = {first.batch_size or 'len(X)'}",
        *(line for _, about, line in run.changes if about == "batch_size"),
    ]
    takes_all = [size.endswith("len(X)") or int(size.split()[-1]) >= len(run.dataset.y_train) for size in sizes]
    order = "torch.randperm(len(X), generator=shuffle)"
    if any(takes_all):  # then the order is left as it is, and no random number is drawn
        order = f"({order} if batch_size < len(X) else torch.arange(len(X)))"
    lines = [f"shuffle = torch.Generator().manual_seed({run.start.seed})"]
    if has_dropout or run.start.model is not NeuralNetworkModel or not isinstance(run.start.activation, str):
        lines.append(f"torch.manual_seed({run.start.seed})")
    lines.append(sizes[0])
    if has_penalty:
        lines.append(f"l1, l2 = {first.penalties()}")
    end = len(run.history)
    if end:
        lines.append(f"for epoch in range({end}):")
        for epoch in sorted({epoch for epoch, _, _ in run.changes if epoch < end}):
            lines.append(f"    if epoch == {epoch}:")
            lines += [f"        {line}" for when, _, line in run.changes if when == epoch]
        lines += [
            "    model.train()",
            f"    for batch in {order}.split(batch_size):",
            "        loss = criterion(model(X[batch]), y[batch])",
            "        optimizer.zero_grad()",
            "        loss.backward()",
        ]
        if has_penalty:
            lines += [
                "        for layer in linears:",
                "            layer.weight.grad += l1 * layer.weight.data.sign() + l2 * layer.weight.data",
            ]
        lines.append("        optimizer.step()")
    lines += [line for when, _, line in run.changes if when >= end]
    return "\n".join(lines)


def call_of(run: PlaygroundRun, look: Mapping[str, object]) -> str:
    """Return the call of `explore_playground` that makes what is seen: trained anew, or with the weights of now.

    `look` holds the arguments that concern the picture alone.
    """
    start = run.start
    dataset, before = repr(start.dataset), []
    if not isinstance(start.dataset, str):
        dataset, before = "dataset", [f"dataset (your Dataset {run.dataset.name!r})"]
    first = [dataset, repr(list(start.hidden_sizes)), repr(run.live.learning_rate)]
    defaults = {field.name: field.default for field in (*fields(Start), *fields(Live))}
    settings = {field.name: getattr(holder, field.name) for holder in (start, run.live) for field in fields(holder)}
    arguments = []
    for name, value in settings.items():
        if name in ("dataset", "hidden_sizes", "learning_rate", "first_seed") or value == defaults[name]:
            continue
        if name == "batch_size":
            arguments.append(f"batch_size={value or None}")
        elif isinstance(value, nn.Module) or callable(value):
            code = code_of(value, f"own_{name}")
            before += code.before or ([f"{code.expression} (your own)"] if code.source else [])
            arguments.append(f"{name}={code.expression}")
        else:
            arguments.append(f"{name}={list(value) if isinstance(value, tuple) else value!r}")
    arguments += [f"{name}={chosen!r}" for name, chosen in look.items()]
    edited = any(about[0] != "on" or epoch for epoch, about, _ in run.changes)
    if edited or run.weights is not None or start.draws_new_weights:
        weights = (f"{name!r}: {_written(value)}" for name, value in run.model.state_dict().items())
        arguments.append(f"weights={{{', '.join(weights)}}}")
    elif len(run.history):
        arguments.append(f"num_epochs={len(run.history)}")
    note = f"# Define these names first: {', '.join(dict.fromkeys(before))}.\n" if before else ""
    return f"{note}explore_playground({', '.join([*first, *arguments])})\n"


def _written(value: torch.Tensor) -> str:
    """Return a tensor as lists of the shortest numbers that stand for its own: 0.1 and not 0.10000000149011612."""
    if value.ndim:
        return f"[{', '.join(map(_written, value))}]"
    if not value.is_floating_point():
        return repr(value.item())
    number = float(str(np.float32(value.item())))
    return repr(number) if math.isfinite(number) else f'float("{number}")'
