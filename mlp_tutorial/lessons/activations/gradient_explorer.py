"""The gradient explorer of lesson 06: how much signal reaches each layer of a fresh network, and how much gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import Experiment
from mlp_tutorial.lessons.activations.gradient_flow import Flow, fresh_network, measure_flow, measure_values
from mlp_tutorial.lessons.activations.gradient_picture import HistogramsPicture, LinesPicture
from mlp_tutorial.lessons.shared.initialisation import SCHEMES, program_lines
from mlp_tutorial.lessons.shared.live_training import activation_menu, dataset_menu
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import Activation, activation_name
from mlp_tutorial.utils.errors import check_count, check_known
from mlp_tutorial.utils.wording import small_number

SEEDS = range(10)  # of the networks that each scheme is measured on
VIEWS = ("lines", "histograms")


def explore_gradients(
    dataset: str | Dataset = "penguins",
    hidden_sizes: Sequence[int] = (8, 8, 8, 8, 8, 8),
    activation: str | Activation = "sigmoid",
    initialisation: str = "PyTorch's default",
    *,
    scale: float = 1.0,
    view: str = "lines",
    schemes: Sequence[str] = tuple(SCHEMES),
) -> GradientExplorer:
    """Send real data through fresh networks and the loss's gradient back, and see what arrives at each layer.

    Parameters
    ----------
    dataset : str or Dataset, default "penguins"
        A name for `load_dataset`, or a data set of your own; its training part is one batch.
    hidden_sizes : sequence of int, default six times 8
        Width of each hidden layer, all the same.
    activation : str or callable, default "sigmoid"
        A name from `ACTIVATIONS`, or a function of your own.
    initialisation : {"PyTorch's default", "Xavier", "He"}
        The scheme whose range over ten seeds is shaded.
    scale : float, default 1.0
        Factor for all first weights.
    view : {"lines", "histograms"}
        Lines for all schemes, or for the chosen one, from seed 0, every number: histograms layer by layer.
    schemes : sequence of str, default all three
        Those that are measured and can be chosen.

    Returns
    -------
    GradientExplorer
        Shown by JupyterLab as sliders above the picture. `flows` holds what was measured, by scheme.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work together; the message says what was expected and what came.

    Examples
    --------
    >>> explorer = explore_gradients(hidden_sizes=[8, 8])
    >>> [len(flow.gradients) for flow in explorer.flows["He"]]
    [3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    """
    for scheme in schemes:
        check_known("initialisation", scheme, SCHEMES)
    check_known("initialisation", initialisation, schemes)
    check_known("view", view, VIEWS)
    if len(set(hidden_sizes)) != 1:
        raise ValueError(f"Give at least one hidden layer, all of one width; hidden_sizes is {list(hidden_sizes)}.")
    check_count("hidden_sizes[0]", hidden_sizes[0])
    return GradientExplorer(dataset, hidden_sizes, activation, initialisation, scale, view, schemes).shown()


class GradientExplorer(Explorer):
    """What `explore_gradients` returns: `flows` holds a list of `Flow` by scheme, one per seed."""

    def __init__(
        self,
        dataset: str | Dataset,
        sizes: Sequence[int],
        activation: str | Activation,
        initialisation: str,
        scale: float,
        view: str,
        schemes: Sequence[str],
    ) -> None:
        self.flows: dict[str, list[Flow]] = {scheme: [] for scheme in schemes}
        self._steps: Iterator[None] = iter(())
        self._restart = True
        canvas = Canvas(640, 300)
        self.picture = self._picture(view, canvas)
        controls = {
            "num_layers": int_slider("hidden layers", len(sizes), 1, 20),
            "width": int_slider("width", sizes[0], 2, 64),
            "activation": activation_menu(activation),
            "initialisation": menu("initialisation", initialisation, list(schemes)),
            "view": menu("show", view, list(VIEWS)),
            "dataset": dataset_menu(dataset),
            "scale": float_slider("weights ×", scale, 0.05, 5, 0.05),
        }
        top = ("num_layers", "width", "activation", "initialisation", "view")
        super().__init__(canvas, controls, top=top, buttons=("show code",))
        self.controls["initialisation"].layout.display = "" if len(schemes) > 1 else "none"

    def _picture(self, view: str, canvas: Canvas) -> LinesPicture | HistogramsPicture:
        return LinesPicture(canvas, list(self.flows)) if view == "lines" else HistogramsPicture(canvas)

    def work(self) -> Iterator[bool]:
        """Measure on; anew where a setting has changed."""
        if self._restart:
            self._steps, self._restart = self._measurement(), False
        if self._is_shown(HistogramsPicture):
            dataset, sizes, activation, scale = self._chosen()
            scheme = self.controls["initialisation"].value
            self.values_shown = measure_values(*fresh_network(dataset, sizes, activation, scheme, scale=scale))
        for _ in self._steps:
            yield True

    def _measurement(self) -> Iterator[None]:
        """Measure a fresh network for every seed and scheme."""
        dataset, sizes, activation, scale = chosen = self._chosen()
        flows: dict[str, list[Flow]] = {scheme: [] for scheme in self.flows}
        for seed in SEEDS:
            for scheme in flows:
                network = fresh_network(dataset, sizes, activation, scheme, seed=seed, scale=scale)
                flows[scheme].append(measure_flow(*network))
                if all(flows.values()):  # every scheme has something to draw
                    self.flows, self._measured = flows, chosen
                    yield

    def _chosen(self) -> tuple[Dataset, list[int], str | Activation, float]:
        value = self.values()
        sizes = [value["width"]] * value["num_layers"]
        return Experiment(value["dataset"], sizes, 1.0).load(), sizes, value["activation"], value["scale"]

    def on_change(self, name: str) -> None:
        """Measure anew; where only the scheme or the view is another, the measurement goes on."""
        self._restart |= name not in ("initialisation", "view")
        if name == "view":
            self.picture = self._picture(self.controls["view"].value, self.canvas)
        self.runner.start(self.work)

    def draw(self) -> bool:
        """Draw what the chosen view shows."""
        shown = self.values_shown if self._is_shown(HistogramsPicture) else self.flows
        return self.picture.update(shown, self.controls["initialisation"].value)

    def _is_shown(self, view: type) -> bool:
        return isinstance(self.picture, view)

    def shares(self) -> dict[str, list[float]]:
        """Return for each scheme and seed: the gradient of the first layer's sums, as a share of the output layer's."""
        return {
            scheme: [flow.gradients[0] / flow.gradients[-1] if flow.gradients[-1] else 0.0 for flow in flows]
            for scheme, flows in self.flows.items()
        }

    def status(self) -> tuple[list[str], str]:
        """Return how much of the gradient comes back to the first layer, for each scheme; below, the range over seeds."""
        shares, shaded = self.shares(), self.controls["initialisation"].value
        first, *others = (f"{scheme} {small_number(median(values))}" for scheme, values in shares.items())
        parts = [f"gradient of the sums in layer 1, as a share of the last layer's: {first}", *others]
        low, high = min(shares[shaded]), max(shares[shaded])
        return parts, f"{shaded}, {len(shares[shaded])} seeds: {small_number(low)} to {small_number(high)}."

    def sentence(self) -> str:
        """Return settings and shares."""
        dataset, sizes, activation, scale = self._measured
        weights = "" if scale == 1 else f", weights × {scale:g}"
        layers = f"{len(sizes)} hidden layer{'s' if len(sizes) > 1 else ''} of {sizes[0]}"
        parts, note = self.status()
        name = activation_name(activation)
        return f"Fresh networks with {layers}, {name}{weights}, on {dataset.name}: {'; '.join(parts)}. {note}"

    def program(self) -> str:
        """Return the plain PyTorch program that measures the shaded scheme."""
        _, sizes, activation, scale = self._chosen()
        scheme = self.controls["initialisation"].value
        program = Experiment(self.controls["dataset"].value, sizes, 1.0, activation=activation).program(1, ["seed"])
        changes = program_lines(scheme)
        if scale != 1:
            changes.append(f"layer.weight.mul_({scale!r})")
        lines = [
            f"# {scheme}",
            "layers = [module for module in model.modules() if isinstance(module, nn.Linear)]",
            *(["with torch.no_grad():", "    for layer in layers:"] if changes else []),
            *(f"        {change}" for change in changes),
            "sums = []",
            "def keep(layer, inputs, z):",
            "    z.retain_grad()",
            "    sums.append(z)",
            "for layer in layers:",
            "    layer.register_forward_hook(keep)",
            "criterion(model(X), y).backward()",
            "gradients.append([z.grad.square().mean().sqrt() for z in sums])",
        ]
        data = f"{program.data}\ngradients = []  # one list per seed"
        program = program._replace(data=data, optimizer="", loop="\n".join(lines), report="")
        report = """\
gradients = torch.tensor(gradients)  # (seeds, layers)
medians = gradients.quantile(0.5, 0)
shares = (gradients / gradients[:, -1:]).quantile(0.5, 0)
for number, (gradient, share) in enumerate(zip(medians, shares), 1):
    print(f"layer {number}: gradient of the sums {gradient:.3e}, {share:.3e} of the last layer's")"""
        return program.repeated(f"for seed in range({len(SEEDS)}):")._replace(report=report).text()
