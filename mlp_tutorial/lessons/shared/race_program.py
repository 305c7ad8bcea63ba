"""The plain PyTorch program of a race: one loop over its runs."""

from __future__ import annotations

from collections.abc import Sequence

from mlp_tutorial.experiment import Experiment, differing
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.programs import Code, code_of


def race_program(experiments: Sequence[Experiment], names: Sequence[str], num_epochs: int) -> str:
    """Return runs that differ in few settings as one program, which ends at the same losses.

    It is the program of a single run, in a loop over a table of what differs: activation, optimizer, learning rate,
    batch size, seed or class. Each run prints its name before its losses.
    """
    settings = differing(experiments)
    if "optimizer" in settings:
        settings = ["optimizer"]  # each is made with its own rate
    # A function that is no layer needs the package's class, which takes layers too: that way serves all.
    template = min(experiments, key=lambda one: code_of(one.activation, "own").is_layer)
    program = template.program(num_epochs, settings)
    columns = [_column(experiments, setting) for setting in settings]
    rows = [", ".join(code.expression for code in row) for row in zip(*columns, strict=True)]
    variables = ["make_optimizer" if setting == "optimizer" else setting for setting in settings]
    if variables == ["make_optimizer"]:
        program = program._replace(optimizer="optimizer = make_optimizer(model.parameters())")
    together = "({})" if len(variables) > 1 else "{}"
    table = [
        f"runs = {{  # {', '.join(variables)}",
        *(f"    {name!r}: {together.format(row)}," for name, row in zip(names, rows, strict=True)),
        "}",
    ]
    program = program._replace(
        sources=(*program.sources, *(code for column in columns for code in column)),
        data="\n".join([program.data, "", *table]),
        report=f'print(f"{{name}}: ", end="")\n{program.report}',
    )
    return program.repeated(f"for name, {together.format(', '.join(variables))} in runs.items():").text()


def _column(experiments: Sequence[Experiment], setting: str) -> list[Code]:
    """Return how a setting is written for each run."""
    names = [f"own_{setting}_{number}" for number in range(1, len(experiments) + 1)]
    column = [_code(one, setting, name) for one, name in zip(experiments, names, strict=True)]
    for run, (code, name) in enumerate(zip(column, names, strict=True)):
        if any(code.expression == other.expression and code != other for other in column[run + 1 :]):
            # Of two functions with one name only the later would be left.
            source = f"{code.source}\n\n\n{name} = {code.expression}"
            column[run] = code._replace(expression=name, source=source)
    return column


def _code(experiment: Experiment, setting: str, name: str) -> Code:
    value = getattr(experiment, setting)
    if setting == "optimizer":
        maker = experiment.optimizer_call("parameters", repr(experiment.learning_rate))
        return Code(f"lambda parameters: {maker}")
    if setting == "model_class" and value is NeuralNetworkModel:
        activation = code_of(experiment.activation, "own_activation")
        maker = f"lambda *sizes: NeuralNetworkModel(*sizes, activation={activation.expression})"
        imports = ("from mlp_tutorial import NeuralNetworkModel", *activation.imports)
        return activation._replace(expression=maker, imports=imports)
    if setting in ("activation", "model_class"):
        return code_of(value, name)
    return Code("len(X)" if value is None else repr(value))
