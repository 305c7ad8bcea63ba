"""The plain PyTorch program of a race: one loop over its runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import nn

from mlp_tutorial.experiment import OPTIMIZERS, Experiment
from mlp_tutorial.model import ACTIVATIONS, NeuralNetworkModel, activation_name
from mlp_tutorial.programs import ACTIVATION_LAYERS, source_of


def race_program(experiments: Sequence[Experiment], names: Sequence[str], num_epochs: int) -> str:
    """Return runs that differ in few settings as one program, which ends at the same losses.

    It is the program of a single run, in a loop: what differs stands in a table above it.

    Parameters
    ----------
    experiments : sequence of Experiment
        The runs; they differ in activation, optimizer, learning rate, batch size, seed or class.
    names : sequence of str
        What each run prints before its losses.
    num_epochs : int
        Where each run ends.
    """
    # The program of a run with a function of its own builds the model by its class; that way serves all.
    own = [one for one in experiments if _own_activation(one) or one.model_class is not NeuralNetworkModel]
    template = own[0] if own else experiments[0]
    if not all(one.batch_size for one in experiments) and any(one.batch_size for one in experiments):
        template = next(one for one in experiments if one.batch_size)
    lines = template.program(num_epochs).splitlines()
    start = lines.index(f"torch.manual_seed({template.seed})")
    head, body = lines[:start], lines[start:]
    columns = _columns(experiments, template)
    for old, new, _ in columns.values():
        body = [line.replace(old, new) for line in body]
    body[-1] = body[-1].replace('print(f"', 'print(f"{name}: ')
    rows = [
        f"    {name!r}: ({', '.join(values)}),"
        for name, *values in zip(names, *(values for _, _, values in columns.values()), strict=True)
    ]
    if len(columns) == 1:
        rows = [row.replace(": (", ": ", 1).removesuffix("),") + "," for row in rows]
    variables = ", ".join(columns)
    unpacked = f"({variables})" if len(columns) > 1 else variables
    return "\n".join(
        [
            *_with_sources(head, experiments, template),
            f"runs = {{  # {variables}",
            *rows,
            "}",
            f"for name, {unpacked} in runs.items():",
            *(f"    {line}" if line else "" for line in body),
            "",
        ]
    )


def _columns(experiments: Sequence[Experiment], template: Experiment) -> dict[str, tuple[str, str, list[str]]]:
    """Return for each setting that differs: what stands in the single program, what replaces it, and the runs' values."""

    def differ(setting: str) -> bool:
        return any(getattr(one, setting) != getattr(template, setting) for one in experiments)

    columns = {}
    if differ("activation"):
        if any(_own_activation(one) for one in experiments):
            old, written = f"activation={_written(template.activation)}", _written
            columns["activation"] = (old, "activation=activation", [written(one.activation) for one in experiments])
        else:
            layers = [ACTIVATION_LAYERS[one.activation] for one in experiments]
            columns["activation"] = (ACTIVATION_LAYERS[template.activation], "activation", layers)
    if differ("optimizer"):
        makers = []
        for one in experiments:
            optimizer_class, options = OPTIMIZERS[one.optimizer]
            options = "".join(f", {key}={value}" for key, value in options.items())
            makers.append(
                f"lambda parameters: torch.optim.{optimizer_class.__name__}(parameters, lr={one.learning_rate!r}{options})"
            )
        optimizer_class, options = OPTIMIZERS[template.optimizer]
        options = "".join(f", {key}={value}" for key, value in options.items())
        old = f"torch.optim.{optimizer_class.__name__}(model.parameters(), lr={template.learning_rate!r}{options})"
        columns["make_optimizer"] = (old, "make_optimizer(model.parameters())", makers)
    elif differ("learning_rate"):
        rates = [repr(one.learning_rate) for one in experiments]
        columns["learning_rate"] = (f"lr={template.learning_rate!r}", "lr=learning_rate", rates)
    if differ("batch_size"):
        sizes = [repr(one.batch_size) if one.batch_size else "len(X)" for one in experiments]
        columns["batch_size"] = (f".split({template.batch_size})", ".split(batch_size)", sizes)
    if differ("seed"):
        seeds = [repr(one.seed) for one in experiments]
        columns["seed"] = (f"manual_seed({template.seed})", "manual_seed(seed)", seeds)
    if differ("model_class"):
        classes = [_class_written(one) for one in experiments]
        columns["model_class"] = (f"model = {_written(template.model_class)}(", "model = model_class(", classes)
    return columns


def _own_activation(experiment: Experiment) -> bool:
    return experiment.model_class is NeuralNetworkModel and experiment.activation not in ACTIVATION_LAYERS


def _written(item: str | Callable) -> str:
    """Return how an activation or a class is written in a program."""
    if isinstance(item, nn.Module):
        return f"nn.{item!r}"
    return repr(item) if isinstance(item, str) else activation_name(item)


def _class_written(experiment: Experiment) -> str:
    name = _written(experiment.model_class)
    if experiment.model_class is not NeuralNetworkModel or experiment.activation == "relu":
        return name
    return f"lambda *sizes: {name}(*sizes, activation={_written(experiment.activation)})"


def _with_sources(head: list[str], experiments: Sequence[Experiment], template: Experiment) -> list[str]:
    """Return the head of the single program with every run's own function or class, each once."""
    own = [one.activation for one in experiments if _own_activation(one)]
    own += [one.model_class for one in experiments if one.model_class is not NeuralNetworkModel]
    there = [template.activation, template.model_class]
    missing = []
    for item in own:
        if item not in [*there, *missing] and not isinstance(item, nn.Module) and item not in ACTIVATIONS.values():
            missing.append(item)
    if any(one.model_class is not template.model_class for one in experiments):
        head = [line.replace("import load_dataset", "import NeuralNetworkModel, load_dataset") for line in head]
    place = next(number for number, line in enumerate(head) if line.startswith(("dataset = ", "# dataset")))
    sources = [line for item in missing for line in [*source_of(item), ""]]
    return [*head[:place], *sources, *head[place:]]
