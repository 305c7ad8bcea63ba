"""One persistent figure, painted into one picture on the page."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext

import ipywidgets as widgets
import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..display import DOTS_PER_INCH, density, has_fields, pixels
from ..plots.style import STYLE

#: Resolution up to which a picture is drawn finer at rest: twice as fine a larger one would take too long.
LARGE = 1.25 * DOTS_PER_INCH
#: While a picture moves, so many in a row have the colours that were chosen for the first of them.
PICTURES_A_PALETTE = 10
#: Width of a part of a picture at most, in pixels: so wide is an explorer in a JupyterLab of 800 beside the file browser.
WIDEST_PART = 352


class Canvas:
    """A figure of fixed size, in pixels at scale 1, whose moving artists are redrawn over a kept background.

    A full drawing of axes, ticks and labels takes tens of milliseconds, a line over a kept background less than one. While
    it moves, the PNG has at most 256 colours, which keeps a frame at a few kilobytes.
    """

    #: The background of the one picture that was drawn fine last, and what of it: of all pictures it would take megabytes.
    _fine: tuple[tuple[object, float] | None, object] = (None, None)

    def __init__(self, width: int = 640, height: int = 320, *, moving_colours: int = 256) -> None:
        with matplotlib.rc_context(STYLE):
            self.figure = Figure(figsize=(width / 100, height / 100), dpi=DOTS_PER_INCH)
        self.width, self.height, self._moving_colours = width, height, moving_colours
        self._agg = FigureCanvasAgg(self.figure)
        self._forget_background()
        self._moving: list[Artist] = []
        self._palette: Image.Image | None = None
        self._pictures_left = 0  # that the palette will still be used for
        #: Writes pixels over the background and below the moving artists: (height, width, 4) of uint8, changed in place.
        self.paste: Callable[[np.ndarray], None] | None = None
        self.png, self.sentence = b"", ""  # the picture shown, and what it shows in words
        #: Whether the picture has its words: `Image` takes none; where there are fields, another element takes its place.
        self.described = has_fields()
        kind = widgets.HTML if self.described else widgets.Image
        # Without a fixed width the front end stretches the picture over the cell.
        height = "auto" if self.described else pixels(height)
        self.image = kind(layout=widgets.Layout(width=pixels(width), height=height, flex="0 0 auto", margin="0"))
        self.widget: widgets.Widget = self.image  # the picture, or more around it
        self._parts = widgets.VBox()
        #: Where the first of two panels ends, in pixels at scale 1 from the left; 0 where no strip parts them.
        self._split: int | None = None

    def enlarge(self, factor: float) -> None:
        """Draw at so many times the size from the next picture on."""
        self.figure.set_dpi(DOTS_PER_INCH * factor)
        self._split = None
        self._forget_background()

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
        self._forget_background()

    def paint(self, *, background_changed: bool = False, lasting: bool = False, fine: bool = False) -> None:
        """Draw and show; a fine picture has two dots for a pixel, which displays of higher density and zoomed pages show."""
        if background_changed:
            self._forget_background()
        dots = density() if fine and self.figure.dpi <= LARGE else 1  # for each pixel, in each direction
        with self._finer(dots) if dots > 1 else nullcontext():
            self.png = self.draw(background_changed=background_changed, lasting=lasting)
            if lasting and len(self._parts.children) == 2:
                self._cut()
        if self.described:
            self.image.value = (
                f'<img class="widget-image" alt="{html.escape(self.sentence)}" width="{self.width}" height="{self.height}" '
                f'style="width: {pixels(self.width)}" tabindex="0" decoding="sync" '
                f'src="data:image/png;base64,{base64.b64encode(self.png).decode()}">'
            )
        else:
            self.image.value = self.png

    def _forget_background(self) -> None:
        self._background, self._look = None, object()

    @contextmanager
    def _finer(self, dots: int) -> Iterator[None]:
        """Draw with more dots, and keep the background for the pictures after."""
        resolution, background = self.figure.dpi, self._background
        self.figure.set_dpi(dots * resolution)
        kept, look = Canvas._fine, (self._look, self.figure.dpi)
        self._background = kept[1] if kept[0] == look else None
        try:
            yield
            Canvas._fine = look, self._background
        finally:
            self.figure.set_dpi(resolution)
            self._background = background

    def parts(self) -> widgets.VBox:
        """Return what stands in the page: in a narrow one both parts of the picture, as two views of one image.

        What can be clicked has to lie in the first one. A picture too wide for two parts, or with no strip to be parted at,
        has one, which scrolls.
        """
        first = widgets.Box([self.widget])
        first.add_class("mlp-first")
        self._parts.children = [first]
        if self.width <= 2 * WIDEST_PART:
            # It shows the right end, and the first one the left.
            second = widgets.Box([self.image], layout=widgets.Layout(justify_content="flex-end"))
            second.add_class("mlp-second")
            self._parts.children = [first, second]
        self._parts.add_class("mlp-parts")
        self._parts.add_class("mlp-whole")
        return self._parts

    def _cut(self) -> None:
        """Cut two parts in the middle of the white strip between two panels, if there is one."""
        drawn, scale = np.asarray(self._agg.buffer_rgba())[..., :3], self.figure.dpi / DOTS_PER_INCH
        if self._split is not None and (drawn[:, round(self._split * scale)] == 255).all():
            return
        white = (drawn == 255).all(axis=(0, 2))
        for part in (*self.figure.axes, *self.figure.legends):  # a strip between two letters of one parts no panels
            box = part.get_tightbbox(self._agg.get_renderer())
            white[max(math.floor(box.x0), 0) : math.ceil(box.x1)] = False
        low, high = round(max(self.width - WIDEST_PART, 0) * scale), round(WIDEST_PART * scale)
        strips = low + np.flatnonzero(np.diff(white[low:high], prepend=False, append=False)).reshape(-1, 2)
        self._split = max(strips, key=np.ptp).mean() / scale if len(strips) else 0
        if self._split:
            self._parts.remove_class("mlp-whole")
            for part, width in zip(self._parts.children, (self._split, self.width - self._split), strict=True):
                part.layout.width = pixels(width)
        else:
            self._parts.add_class("mlp-whole")

    def still(self, words: str) -> bytes:
        """Return the picture shown over a line of words, to be stored: a PNG of 256 colours chosen with care."""
        line = Figure(figsize=(self.width / 100, 0.2), dpi=self.figure.dpi, facecolor="#EEEEEE")
        line.text(0.01, 0.5, words, size=8, va="center", color="#444444")
        agg = FigureCanvasAgg(line)
        agg.draw()
        shown = Image.open(io.BytesIO(self.png)).convert("RGB")
        picture = np.asarray(shown.resize(self._agg.get_width_height(), Image.Resampling.BOX))
        both = np.concatenate([picture, np.asarray(agg.buffer_rgba())[..., :3]])
        return _png(Image.fromarray(both).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))

    def draw(self, *, background_changed: bool = False, lasting: bool = False) -> bytes:
        """Draw and return the picture as a PNG; the background is drawn anew only when it has changed.

        A lasting picture, one that stays, keeps all its colours.
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
        if lasting:
            self._pictures_left = 0
            return _png(picture, compress_level=1)  # more would take longer than all the drawing
        if background_changed or not self._pictures_left:  # to choose colours takes five times as long as to use them
            method = Image.Quantize.FASTOCTREE
            self._palette = picture.quantize(self._moving_colours, method=method, dither=Image.Dither.NONE)
            self._pictures_left = PICTURES_A_PALETTE
        self._pictures_left -= 1
        return _png(picture.quantize(palette=self._palette, dither=Image.Dither.NONE))


def _png(picture: Image.Image, **options: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "png", **options)
    return file.getvalue()
