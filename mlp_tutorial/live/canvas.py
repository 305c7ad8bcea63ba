"""One persistent figure, painted into one `ipywidgets.Image`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import ipywidgets as widgets
import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..display import DOTS_PER_INCH, pixels
from ..plots.style import STYLE


class Canvas:
    """A figure of fixed size, in pixels at scale 1, whose moving artists are redrawn over a kept background.

    A full drawing of axes, ticks and labels takes tens of milliseconds, a line over a kept background less than one. The PNG
    is reduced to 256 colours, or while it moves to fewer, which keeps a frame at a few kilobytes.
    """

    def __init__(self, width: int = 640, height: int = 320, *, moving_colours: int = 256) -> None:
        with matplotlib.rc_context(STYLE):
            self.figure = Figure(figsize=(width / 100, height / 100), dpi=DOTS_PER_INCH)
        self.width, self.height, self._moving_colours = width, height, moving_colours
        self._agg = FigureCanvasAgg(self.figure)
        self._background = None
        self._moving: list[Artist] = []
        #: Writes pixels over the background and below the moving artists: (height, width, 4) of uint8, changed in place.
        self.paste: Callable[[np.ndarray], None] | None = None
        # Without a fixed width the front end stretches the picture over the cell.
        layout = widgets.Layout(width=pixels(width), height=pixels(height), flex="0 0 auto", margin="0")
        self.image = widgets.Image(format="png", layout=layout)
        self.widget: widgets.Widget = self.image  # what stands in the page: the picture, or more around it

    def enlarge(self, factor: float) -> None:
        """Draw at so many times the size from the next picture on."""
        self.figure.set_dpi(DOTS_PER_INCH * factor)
        self._background = None

    @contextmanager
    def drawing(self) -> Iterator[Figure]:
        """Lay the empty figure out, in the one style."""
        self.figure.clear()
        with matplotlib.rc_context(STYLE):
            yield self.figure

    def set_moving(self, artists: Iterable[Artist]) -> None:
        """Name the artists that `paint` draws over the background, from back to front."""
        for artist in self._moving:
            artist.set_animated(False)
        self._moving = list(artists)
        for artist in self._moving:
            artist.set_animated(True)
        self._background = None

    def paint(self, *, background_changed: bool = False, lasting: bool = False) -> None:
        """Draw and show."""
        self.image.value = self.draw(background_changed=background_changed, lasting=lasting)

    def draw(self, *, background_changed: bool = False, lasting: bool = False) -> bytes:
        """Draw and return the picture as a PNG; the background is drawn anew only when it has changed.

        A lasting picture, one that stays, gets its colours chosen with care; that takes longer than drawing it.
        """
        if background_changed or self._background is None:
            self._agg.draw()  # leaves out the animated artists
            self._background = self._agg.copy_from_bbox(self.figure.bbox)
        else:
            self._agg.restore_region(self._background)
        if self.paste is not None:
            self.paste(np.asarray(self._agg.buffer_rgba()))
        for artist in self._moving:
            artist.axes.draw_artist(artist)
        picture = Image.fromarray(np.asarray(self._agg.buffer_rgba())).convert("RGB")
        method = Image.Quantize.MEDIANCUT if lasting else Image.Quantize.FASTOCTREE
        picture = picture.quantize(256 if lasting else self._moving_colours, method=method, dither=Image.Dither.NONE)
        file = io.BytesIO()
        picture.save(file, "png")
        return file.getvalue()
