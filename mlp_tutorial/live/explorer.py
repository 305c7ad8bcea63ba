"""What every explorer is: sliders above a picture above a status line, and a still of it all."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import ipywidgets as widgets

from ..display import pixels
from ..utils.threads import one_thread
from .canvas import Canvas
from .controls import BUTTONS, button, folded, row, value_of
from .page_style import scale_class, style_sheet
from .runner import DRAWING_SHARE, SHORTEST_FRAME, Runner
from .status import CodePanel, StatusLine

#: Seconds that the first picture may keep a cell busy.
FIRST_PICTURE_TIME_LIMIT = 4.0

Own = TypeVar("Own", bound="Explorer")


class Explorer(widgets.VBox):
    """Base of the explorers: connects controls, canvas, runner and status line, and knows no lesson.

    A subclass defines four short methods, `work` (computing), `draw` (bringing the artists up to date), `status` and
    `sentence`, and where there is a program, `program`. The function `explore_…` that makes an explorer returns
    `….shown()`, which draws the first picture. An explorer is a widget: `HBox([one, another])` shows two side by side.

    `controls` go by the keyword argument that each stands for; those not named in `top` stand folded under "More". `buttons`
    are names out of `controls.BUTTONS`, or names with tooltips of their own; a method `on_<name>` answers each click.
    Widgets given as `below` stand between the status line and what is folded.
    """

    drawing_share, shortest_frame = DRAWING_SHARE, SHORTEST_FRAME
    remark = ""  # on the whole picture, before every note and after the sentence
    #: ipywidgets 7 would show every widget by a method of this name, and leave the still out.
    _ipython_display_ = None

    def __init__(
        self,
        canvas: Canvas,
        controls: Mapping[str, widgets.Widget],
        *,
        top: Sequence[str],
        buttons: Sequence[str] | Mapping[str, str] = (),
        below: Sequence[widgets.Widget] = (),
    ) -> None:
        self.canvas, self.controls = canvas, dict(controls)
        self.status_line, self.code_panel = StatusLine(), CodePanel()
        #: The sentence, for those who hear the page; `ipywidgets.Image` takes no alternative text.
        self.spoken = widgets.HTML()
        self.spoken.add_class("mlp-spoken")
        self.runner = Runner(self._paint, self._show_error, self.drawing_share, self.shortest_frame)
        tooltips = buttons if isinstance(buttons, Mapping) else {name: BUTTONS[name] for name in buttons}
        self.buttons = {name: button(name, tooltip) for name, tooltip in tooltips.items()}
        for name, widget in self.buttons.items():
            event = getattr(self, f"on_{name.replace(' ', '_')}")
            widget.on_click(lambda _, event=event: self.runner.answer(self._guarded, event))
        for name, control in self.controls.items():
            control.observe(lambda _, name=name: self.runner.answer(self._guarded, self.on_change, name), names="value")
        folded_controls = [control for name, control in self.controls.items() if name not in top]
        above = [style_sheet(), row([self.controls[name] for name in top]), row(self.buttons.values())]
        below = [self.status_line.widget, *below, *([folded("More", folded_controls)] if folded_controls else [])]
        layout = widgets.Layout(width="100%", min_width="0", max_width=pixels(max(canvas.width + 32, 672)))
        super().__init__([*above, canvas.widget, self.spoken, *below, self.code_panel.widget], layout=layout)
        self.add_class("mlp-explorer")
        self.add_class(scale_class())
        self._on_display = False

    def shown(self: Own) -> Own:
        """Draw the first picture, and return the explorer; what is wrong with its settings raises here."""
        self.runner.run_now(self.work, time_limit=FIRST_PICTURE_TIME_LIMIT)
        self._on_display = True
        if self.runner.out_of_time:
            self.runner.start(self.work)  # the rest of a long run goes on before the reader's eyes
        return self

    def values(self) -> dict[str, object]:
        """Return what each control stands for, by its name."""
        return {name: value_of(control) for name, control in self.controls.items()}

    def work(self) -> Iterator[bool] | None:
        """Compute what the controls ask for.

        Long work is a generator: it yields after each short stretch, True where an epoch is complete. Work that was
        broken off is begun again by calling this again. By default there is nothing to compute.
        """
        return None

    def draw(self) -> bool:
        """Bring the artists up to date; return whether anything but the moving ones has changed."""
        raise NotImplementedError

    def status(self) -> tuple[Sequence[str], str]:
        """Return the parts of the status line, and the note below it."""
        raise NotImplementedError

    def sentence(self) -> str:
        """Return settings and results in a sentence: what a reader without the picture gets."""
        raise NotImplementedError

    def program(self) -> str:
        """Return the plain PyTorch program for the current settings."""
        raise NotImplementedError

    def on_change(self, name: str) -> None:
        """Answer a moved control: by default, do the work anew."""
        self.runner.start(self.work)

    def on_show_code(self) -> None:
        """Show or hide the program."""
        if self.code_panel.visible:
            self.code_panel.hide()
        else:
            self.code_panel.show(self.program())

    def _guarded(self, method, *arguments: object) -> None:
        try:
            method(*arguments)
        except Exception as error:
            self._show_error(error)

    def _paint(self, finished: bool, lasting: bool) -> None:
        with one_thread():
            self.canvas.paint(background_changed=self.draw(), lasting=lasting)
            parts, note = self.status()
            note = self._out_of_time() if self.runner.out_of_time else note
            self.status_line.show(parts, f"{self.remark} {note}".strip())
        if lasting:
            self.spoken.value = html.escape(self.sentence())
        if finished and self.code_panel.visible:
            self.code_panel.show(self.program())

    def _out_of_time(self) -> str:
        return "Stopped, so that the sliders stay within reach: move one to begin anew."

    def _show_error(self, error: Exception) -> None:
        if not self._on_display:
            raise error  # still in the cell that made the explorer: the reader sees it there
        message = f"{type(error).__name__}: {error}"
        self.status_line.show(["These settings cannot work; the picture shows the last ones that did."], message)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        sentence = f"{self.sentence()} {self.remark}".rstrip()
        picture = base64.b64encode(self.canvas.still()).decode()
        return {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
            "image/png": picture,
            # Exports take alternative text from here alone: nbconvert reads none in the metadata of a PNG.
            "text/html": f'<img alt="{html.escape(sentence)}" src="data:image/png;base64,{picture}">',
            "text/plain": sentence,
        }
