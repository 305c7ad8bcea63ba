"""The status line below a picture, and the panel that shows a program."""

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
            f'<div class="mlp-status" role="status"><div>{html.escape(text)}</div>'
            f'<div class="note">{html.escape(note)}</div></div>'
        )


class CodePanel:
    """A program, shown and hidden by a button."""

    def __init__(self) -> None:
        self.widget = widgets.HTML(layout=widgets.Layout(width="100%", display="none"))
        self.visible = False
        self.program = ""

    def show(self, program: str) -> None:
        """Show a program, given as plain text."""
        self.program, self.visible = program, True
        self.widget.value = f'<pre class="mlp-code">{html.escape(program)}</pre>'
        self.widget.layout.display = ""

    def hide(self) -> None:
        """Hide the program."""
        self.visible = False
        self.widget.layout.display = "none"
