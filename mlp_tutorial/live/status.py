"""The status line below a picture, what is said of it, and the panel that shows a program."""

from __future__ import annotations

import html
from collections.abc import Sequence

import ipywidgets as widgets

from ..display import pixels


class StatusLine:
    """A line of text in words, and below it a note; two lines each at most.

    No text changes its height, so that nothing moves; where the page is narrow it has room for more lines.
    """

    def __init__(self) -> None:
        layout = widgets.Layout(width="100%", height=pixels(76), margin="2px 0", overflow="hidden")
        self.widget = widgets.HTML(layout=layout)
        self.widget.add_class("mlp-status-room")
        self.text = self.note = ""

    def show(self, parts: Sequence[str], note: str = "") -> None:
        """Show the parts of the line, separated by dots, and a note, all given as plain text."""
        text = " · ".join(parts)
        if (text, note) == (self.text, self.note):
            return
        self.text, self.note = text, note
        self.widget.value = (
            f'<div class="mlp-status"><div>{html.escape(text)}</div><div class="note">{html.escape(note)}</div></div>'
        )


class Spoken(widgets.Box):
    """What those who hear the page are told when a run ends, in words that are not seen.

    A screen reader announces what changes inside an element that stays; `widgets.HTML` exchanges all that it holds. So one
    widget holds the element, for good, and owns what the other one shows.
    """

    def __init__(self) -> None:
        self.words = widgets.HTML()
        self._id = f"mlp-said-{self.words.model_id}"
        self.say("")
        super().__init__([widgets.HTML(f'<div role="status" aria-owns="{self._id}"></div>'), self.words])
        self.add_class("mlp-spoken")

    def say(self, text: str) -> None:
        """Say a text, given as plain text."""
        self.words.value = f'<span id="{self._id}">{html.escape(text)}</span>'


class CodePanel:
    """A program, shown and hidden by a button."""

    def __init__(self) -> None:
        self.widget = widgets.HTML(layout=widgets.Layout(width="100%", display="none"))
        self.visible = False
        self.program = ""

    def show(self, program: str) -> None:
        """Show a program, given as plain text."""
        self.program, self.visible = program, True
        attributes = 'class="mlp-code" tabindex="0" role="region" aria-label="program"'
        self.widget.value = f"<pre {attributes}>{html.escape(program)}</pre>"
        self.widget.layout.display = ""

    def hide(self) -> None:
        """Hide the program."""
        self.visible = False
        self.widget.layout.display = "none"
