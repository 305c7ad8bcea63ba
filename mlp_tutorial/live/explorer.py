"""What every explorer is: sliders above a picture above a status line, and a still of it all."""

from __future__ import annotations

import base64
import html
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import ipywidgets as widgets

from ..display import checked_scale, pixels, scale
from ..utils.threads import one_thread
from .canvas import Canvas
from .controls import BUTTONS, button, folded, label_of, row, value_of
from .page_style import size_class, style_sheet
from .runner import DRAWING_SHARE, SHORTEST_FRAME, Runner
from .status import CodePanel, Spoken, StatusLine

#: Seconds that the first picture may keep a cell busy.
FIRST_PICTURE_TIME_LIMIT = 4.0
#: Seconds for which the status line stands while work goes on: nobody reads numbers that change with every picture.
SECONDS_A_STATUS = 0.09

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
        self.spoken = Spoken()
        self.runner = Runner(self._paint, self._show_error, self.drawing_share, self.shortest_frame)
        tooltips = buttons if isinstance(buttons, Mapping) else {name: BUTTONS[name] for name in buttons}
        self.buttons = {name: button(name, tooltip) for name, tooltip in tooltips.items()}
        for name, widget in self.buttons.items():
            event = getattr(self, f"on_{name.replace(' ', '_')}")
            widget.on_click(lambda _, event=event: self.runner.answer(self._guarded, event))
        for name, control in self.controls.items():
            control.observe(lambda _, name=name: self.runner.answer(self._guarded, self.on_change, name), names="value")
        folded_controls = [control for name, control in self.controls.items() if name not in top]
        self._style_sheet = widgets.HTML(layout=widgets.Layout(display="none"))
        self._top, self._button_row = [self.controls[name] for name in top], row(self.buttons.values())
        above = [self._style_sheet, row(self._top), self._button_row, self.code_panel.widget]
        below = [self.status_line.widget, *below, *([folded("More", folded_controls)] if folded_controls else [])]
        self._width = max(canvas.width + 32, 672)
        layout = widgets.Layout(width="100%", min_width="0", max_width=pixels(self._width))
        super().__init__([*above, canvas.parts(), self.spoken, *below], layout=layout)
        self.add_class("mlp-explorer")
        self._on_display = False
        self._next_status = 0.0
        self._scale = 1.0
        self.enlarge(scale())

    def shown(self: Own) -> Own:
        """Draw the first picture, and return the explorer; what is wrong with its settings raises here."""
        self.runner.run_now(self.work, time_limit=FIRST_PICTURE_TIME_LIMIT)
        self._on_display = True
        if self.runner.out_of_time:
            self.runner.start(self.work)  # the rest of a long run goes on before the reader's eyes
        else:
            self.runner.rest()
        return self

    def enlarge(self: Own, factor: float) -> Own:
        """Show this explorer at another size: its picture is drawn anew, as sharp as before.

        Parameters
        ----------
        factor : float
            1 is the usual size; 0.5 to 3. It takes the place of what `set_scale` or MLP_TUTORIAL_SCALE says.

        Returns
        -------
        Explorer
            The same one.

        Raises
        ------
        ValueError
            If the factor is not between 0.5 and 3.
        """
        self.remove_class(size_class(self.canvas.width, self._scale))
        self._scale = round(checked_scale(factor), 2)
        self.add_class(size_class(self.canvas.width, self._scale))
        self._style_sheet.value = style_sheet(self.canvas.width, self._scale)
        self.canvas.enlarge(self._scale)
        # A larger picture takes longer to draw; with a larger share there are as many a second.
        self.runner.drawing_share = min(self.drawing_share * max(self._scale, 1) ** 2, 0.6)
        if self._on_display:
            self._paint(finished := not self.runner.running, finished)
        return self

    def enlarged_to(self: Own, width: float, height: float) -> Own:
        """Enlarge this explorer to as much as fits into so many pixels of a page."""
        # In pixels at scale 1: a slider takes 272 × 30, a long one a row; buttons, status line and what is folded take 145.
        num_long = sum(control.layout.flex == "1 1 100%" for control in self._top)
        rows = num_long + math.ceil((len(self._top) - num_long) / (self._width // 272))
        scale = min(width / self._width, height / (self.canvas.height + 30 * rows + 145))
        return self.enlarge(min(max(scale, 0.5), 3.0))

    def fullscreen(self: Own, width: float = 1920, height: float = 1080) -> Own:
        """Let this explorer fill the page, the menus around it and all, until its button *leave* is pressed.

        Parameters
        ----------
        width, height : float, default 1920 and 1080
            Of the screen, in pixels. F11 hides the bars of the browser too.

        Returns
        -------
        Explorer
            The same one; in a notebook, the last line of a cell shows it.
        """
        leave = button("leave", "Leave the full screen")

        def back(_: object) -> None:
            self.remove_class("mlp-full")
            self._button_row.children = list(self.buttons.values())
            self.enlarge(scale())

        leave.on_click(lambda _: self.runner.answer(self._guarded, back, None))
        self.add_class("mlp-full")
        self._button_row.children = [*self.buttons.values(), leave]
        return self.enlarged_to(width, height)

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
            background_changed = self.draw()
            if lasting:
                self.canvas.sentence = self.sentence()
            fine = lasting and self._on_display and self.runner.rests
            self.canvas.paint(background_changed=background_changed, lasting=lasting, fine=fine)
            if finished or time.perf_counter() >= self._next_status:
                parts, note = self.status()
                note = self._out_of_time() if self.runner.out_of_time else note
                self.status_line.show(parts, f"{self.remark} {note}".strip())
                self._next_status = time.perf_counter() + SECONDS_A_STATUS
        if lasting:  # where the picture has the sentence, only the status line is left to be said
            line = self.status_line
            self.spoken.say(f"{line.text}. {line.note}".rstrip() if self.canvas.described else self.canvas.sentence)
        if finished and self.code_panel.visible:
            self.code_panel.show(self.program())

    def _out_of_time(self) -> str:
        return "Stopped, so that the sliders stay within reach: move one to begin anew."

    def _show_error(self, error: Exception) -> None:
        if not self._on_display:
            raise error  # still in the cell that made the explorer: the reader sees it there
        line = "These settings cannot work; the picture shows the last ones that did."
        message = f"{type(error).__name__}: {error}"
        self.status_line.show([line], message)
        self.spoken.say(f"{line} {message}")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        sentence = f"{self.sentence()} {self.remark}".rstrip()
        labels = ", ".join(label_of(control) for control in self._top if control.layout.display != "none")
        picture = base64.b64encode(self.canvas.still(f"A still picture. In Jupyter you can change: {labels}.")).decode()
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
