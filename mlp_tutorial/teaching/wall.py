"""The wall: six explorers for a projector, without code, each with its presets as buttons."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

import ipywidgets as widgets

from ..lessons.activations import explore_gradients
from ..lessons.neurons import explore_neuron
from ..lessons.optimizers import explore_sweep
from ..lessons.playground import explore_playground
from ..lessons.shared.race import explore_race
from ..lessons.shared.trainer import explore_training
from ..live.controls import close
from ..live.explorer import Explorer

#: Of each show its presets, the first one first. The calls are those of docs/teaching.md.
SHOWS: dict[str, dict[str, Callable[[], Explorer]]] = {
    "playground": {
        "three neurons": lambda: explore_playground("disc", [3], 0.1, optimizer="adam", batch_size=25),
        "a feature for a layer": lambda: explore_playground("xor", []),
        "bend the plane": lambda: explore_playground("disc", [4, 2], optimizer="adam", num_epochs=40, see=2, bend=0),
        "no activation": lambda: explore_playground(
            "disc", [4, 2], activation="identity", optimizer="adam", num_epochs=40, see=2, bend=0
        ),
        "noise by heart": lambda: explore_playground(
            "disc", [8, 8], optimizer="adam", batch_size=25, noise=0.3, num_points=100
        ),
        "dead neurons": lambda: explore_playground("gaussians", [2], 0.1, activation="relu", seed=1),
    },
    "trainer": {
        "the usual rate": lambda: explore_training(learning_rate=0.1),
        "ten times the rate": lambda: explore_training(learning_rate=1.0),
        "six hidden layers": lambda: explore_training(hidden_sizes=[8] * 6),
        "a thousand epochs": lambda: explore_training(learning_rate=1.0, num_epochs=1000),
        "a dead network": lambda: explore_training("penguins", learning_rate=5.0, seed=1),
    },
    "neuron": {
        "a larger weight": lambda: explore_neuron(w1=2.0),
        "a large loss": lambda: explore_neuron(w1=-8.0),
        "no activation": lambda: explore_neuron(activation="identity", w1=-8.0),
        "penguins on both sides": lambda: explore_neuron(w1=4.0, w2=-1.5, b=-2.0),
    },
    "race": {
        "four activations": lambda: explore_race(
            "spiral", [16, 16], 0.01, activation=["relu", "silu", "tanh", "sigmoid"], optimizer="adam", num_epochs=200
        ),
        "three optimizers": lambda: explore_race(
            "spiral", [16, 16], [1.0, 0.32, 0.032], optimizer=["sgd", "momentum", "adam"], num_epochs=100
        ),
    },
    "sweep": {
        "penguins": lambda: explore_sweep("penguins", hidden_sizes=[8, 8], learning_rate=0.1),
        "moons": lambda: explore_sweep(
            "moons", hidden_sizes=[16, 16], learning_rate=0.01, optimizer="momentum", num_epochs=60
        ),
    },
    "gradients": {
        "sigmoid": lambda: explore_gradients(activation="sigmoid"),
        "relu": lambda: explore_gradients(activation="relu"),
        "weights five times as large": lambda: explore_gradients(activation="relu", initialisation="He", scale=5.0),
    },
}
COLUMN = 310  # pixels, of the shows and presets on the left
_STYLE = f"""<style>
.mlp-wall {{ --jp-widgets-font-size: 24px; background: #fff; color: #222; color-scheme: light; align-items: flex-start; }}
.mlp-wall-column {{ flex: 0 0 {COLUMN}px; padding: 24px 8px 8px 24px; box-sizing: border-box; }}
.mlp-wall-column select {{ font-size: 30px; height: auto !important; overflow: hidden; border: 0; margin: 0 0 24px; }}
.mlp-wall-column option {{ padding: 6px 10px; }}
.mlp-wall-column button {{ height: auto; min-height: 60px; margin: 0 0 10px; padding: 4px 10px; line-height: 1.2;
  white-space: normal; text-align: left; font-size: 24px; }}
.mlp-wall-stage {{ flex: 1; justify-content: center; }}
</style>"""


class Wall(widgets.HBox):
    """The shows and their presets beside one explorer, over the whole page.

    Parameters
    ----------
    width, height : float, default 1920 and 1080
        Of the page, in pixels; the explorers are drawn as large as it allows.

    Attributes
    ----------
    show, preset : str
        What is shown.
    explorer : Explorer
        The one that is shown; the one before it is closed.
    """

    def __init__(self, width: float = 1920, height: float = 1080) -> None:
        self._room = width - COLUMN, height
        full = widgets.Layout(width="100%")
        # The arrow keys and first letters choose in a list; its label has no width, and is there for who hears the page.
        self.menu = widgets.Select(
            options=list(SHOWS), rows=len(SHOWS), description="show", style={"description_width": "0px"}, layout=full
        )
        self.buttons, self._said = widgets.VBox(layout=full), widgets.HTML()
        self._stage = widgets.HBox()
        column = widgets.VBox([widgets.HTML(_STYLE), self.menu, self.buttons, self._said])
        column.add_class("mlp-wall-column")
        self._stage.add_class("mlp-wall-stage")
        super().__init__([column, self._stage], layout=full)
        self.add_class("mlp-wall")
        self.add_class("mlp-full")
        self.show = ""
        self.menu.observe(lambda _: self.put_on(self.menu.value) if self.menu.value != self.show else None, "value")
        self.put_on(self.menu.value)

    def put_on(self, show: str, preset: str | None = None) -> None:
        """Show a preset of a show; its first one, if none is named."""
        preset = preset or next(iter(SHOWS[show]))
        if show != self.show:
            close(*self.buttons.children)
            self.show, self.buttons.children = show, [self._button(show, name) for name in SHOWS[show]]
            self.menu.value = show
        for button in self.buttons.children:
            button.button_style = "info" if button.description == preset else ""
        self._said.value = "It is being trained …"  # some are for seconds
        before = self._stage.children
        self.preset, self.explorer = preset, SHOWS[show][preset]().enlarged_to(*self._room)
        self._stage.children = [self.explorer]
        for explorer in before:
            explorer.runner.stop()
        close(*before)
        self._said.value = ""

    def open_address(self, query: str) -> None:
        """Show what an address asks for behind its question mark: "show=trainer&preset=ten-times".

        The start of a name is enough, with hyphens for spaces. What there is not, is said on the page.
        """
        asked = dict(parse_qsl(query))
        if not asked.keys() & {"show", "preset"}:
            return
        show = _begins(SHOWS, asked.get("show", self.show))
        preset = _begins(SHOWS[show], asked.get("preset", "")) if show else None
        if preset:
            return self.put_on(show, preset)
        there_are = ", ".join(SHOWS[show] if show else SHOWS)
        wrong = asked["preset"] if show else asked["show"]
        self._said.value = html.escape(f"There is no “{wrong}”. There are: {there_are}.")

    def _button(self, show: str, preset: str) -> widgets.Button:
        button = widgets.Button(description=preset, layout=widgets.Layout(width="100%"))
        button.on_click(lambda _: self.put_on(show, preset))
        return button


def _begins(names: Iterable[str], start: str) -> str | None:
    """Return the first name that begins so, with hyphens for spaces."""
    return next((name for name in names if name.replace(" ", "-").startswith(start.lower())), None)
